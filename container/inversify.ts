/**
 * What this package uses of Inversify, as small structural interfaces: nothing of `@inversifyjs/*` is imported, so one
 * build serves every version in the peer range. Verified against 7.11.0 (core 9.2.0, container 1.15.0, plugin 0.2.0)
 * and 8.2.3 (core 15.0.1, container 3.1.3, plugin 0.3.1); the file of Inversify a shape comes from is named at it.
 */

import 'reflect-metadata';
import type { BindingIdentifier, ServiceIdentifier } from 'inversify';

/** What a binding is bound to: a string, a symbol or a class (common `ServiceIdentifier`). */
export type Identifier = ServiceIdentifier;

/** A class as the container sees it, abstract or not. */
export type ClassLike = abstract new (...args: never[]) => unknown;

/** The name a request carries (`@named`, `{ name }`; core `MetadataName`). */
export type RequestName = string | number | symbol | undefined;

/** The tags a request carries (`@tagged`, `{ tag }`; core `MetadataTag`). A `Map`, as Inversify's predicates expect. */
export type RequestTags = Map<string | number | symbol, unknown>;

/** What a binding's `when...` predicate is asked with (core `BindingConstraints`). */
export interface ConstraintsLike {
  readonly name: RequestName;
  readonly tags: RequestTags;
  readonly serviceIdentifier: Identifier;
  getAncestor(): ConstraintsLike | undefined;
}

/** How long the container keeps an instance (core `BindingScope`). */
export type ScopeLike = 'Singleton' | 'Transient' | 'Request';

/** Where a singleton's instance is kept, or the promise of it while it is made (core `ScopedBinding.cache`). */
export interface CacheLike {
  readonly isRight: boolean;
  readonly value: unknown;
}

/** What all bindings have (core `BaseBinding`). `id` is unique per process and stays over snapshot and restore. */
interface BaseBindingLike {
  readonly id: number;
  readonly moduleId: number | undefined;
  readonly serviceIdentifier: Identifier;
  /** Read-only in Inversify's types, and a plain property in fact. */
  isSatisfiedBy: (constraints: ConstraintsLike) => boolean;
}

/** What all bindings but aliases have (core `ScopedBinding`); `cache` is mutable in Inversify's types too. */
interface ScopedBindingLike extends BaseBindingLike {
  cache: CacheLike;
  readonly scope: ScopeLike;
  /** Of the binding alone (`bind(...).to(...).onActivation(...)`). */
  readonly onActivation: unknown;
}

/** `to`, `toSelf` and autobind (core `InstanceBinding`). */
export interface InstanceBindingLike extends ScopedBindingLike {
  readonly type: 'Instance';
  readonly implementationType: ClassLike;
}

/** `toResolvedValue` (core `ResolvedValueBinding`). */
export interface ResolvedValueBindingLike extends ScopedBindingLike {
  readonly type: 'ResolvedValue';
  readonly metadata: { readonly arguments: readonly ElementLike[] };
}

/** `toConstantValue` (core `ConstantValueBinding`); an activation may replace `value`, the cache has what came of it. */
export interface ConstantBindingLike extends ScopedBindingLike {
  readonly type: 'ConstantValue';
  readonly value: unknown;
}

/** `toDynamicValue`, `toFactory` and 7's `toProvider`: what these ask the container for cannot be seen. */
export interface OpaqueBindingLike extends ScopedBindingLike {
  readonly type: 'DynamicValue' | 'Factory' | 'Provider';
}

/** `toService` (core `ServiceRedirectionBinding`). It has neither scope nor instance of its own. */
export interface RedirectionBindingLike extends BaseBindingLike {
  readonly type: 'ServiceRedirection';
  readonly targetServiceIdentifier: Identifier;
}

/** A binding behind which there is an instance. */
export type TargetBindingLike =
  | InstanceBindingLike
  | ResolvedValueBindingLike
  | ConstantBindingLike
  | OpaqueBindingLike;

/** Any binding (core `Binding`). */
export type BindingLike = TargetBindingLike | RedirectionBindingLike;

/** How many bindings an injection takes (core `ClassElementMetadataKind`); any other kind is an unfinished one. */
export const ELEMENT_KIND = { multiple: 0, single: 1, unmanaged: 2 } as const;

/** One injection: a constructor argument, a property or an argument of `toResolvedValue` (core `ClassElementMetadata`). */
export type ElementLike = InjectedElementLike | { readonly kind: typeof ELEMENT_KIND.unmanaged };

/** An injection the container serves. */
export interface InjectedElementLike {
  readonly kind: typeof ELEMENT_KIND.multiple | typeof ELEMENT_KIND.single;
  readonly value: Identifier | LazyIdentifierLike;
  readonly name: RequestName;
  readonly tags: RequestTags;
  readonly optional: boolean;
  /** Only of multi-injections: also what the parents bind. */
  readonly chained?: boolean;
}

/** An identifier written before its class exists (common `LazyServiceIdentifier`). */
export interface LazyIdentifierLike {
  unwrap(): Identifier;
}

/** What decorators wrote about a class (core `ClassMetadata`). */
export interface ClassMetadataLike {
  readonly lifecycle: {
    readonly postConstructMethodNames: ReadonlySet<string | symbol>;
    readonly preDestroyMethodNames: ReadonlySet<string | symbol>;
  };
  readonly constructorArguments: readonly ElementLike[];
  readonly properties: ReadonlyMap<string | symbol, ElementLike>;
}

/** All bindings of a container (core `BindingService`). `restore` swaps it: always ask the context for it anew. */
export interface BindingServiceLike {
  /** The container's own bindings of `identifier`; without any, its parent's; without any, it autobinds if it may. */
  get(identifier: Identifier): Iterable<BindingLike> | undefined;
  /** The container's own bindings of `identifier`, then all its ancestors'. */
  getChained(identifier: Identifier): Iterable<BindingLike>;
  getNonParentBindings(identifier: Identifier): Iterable<BindingLike> | undefined;
  getNonParentBoundServices(): Iterable<Identifier>;
  /** Its own and its ancestors'. */
  getBoundServices(): Iterable<Identifier>;
}

/** One binding that came or went (core `CacheBindingInvalidation`). */
export interface InvalidationLike {
  readonly binding: BindingLike;
  readonly kind: 'bindingAdded' | 'bindingRemoved';
}

/** Who hears that plans are no longer valid (core `PlanResultCacheService.subscribe`). */
export interface InvalidationSubscriber {
  invalidateServiceBinding(invalidation: InvalidationLike): void;
  clearCache(): void;
}

/** The container's cache of plans, used for its events only. It survives `restore`. */
export interface PlanResultCacheServiceLike {
  /** Holds the subscriber weakly, and has no way back. */
  subscribe(subscriber: InvalidationSubscriber): void;
}

/** Runs when a binding goes (core `DeactivationsService`); handlers of a service go with it. */
export interface DeactivationServiceLike {
  add(handler: (instance: unknown) => unknown, relation: { readonly serviceId: Identifier }): void;
}

/** What runs when an instance was made (core `ActivationsService`), this container's and its parents'. */
export interface ActivationServiceLike {
  add(handler: (context: unknown, instance: unknown) => unknown, relation: { readonly serviceId: Identifier }): void;
  get(identifier: Identifier): Iterable<unknown> | undefined;
}

/** What a plugin is given (plugin `PluginContext`); all four are getters over what the container uses now. */
export interface PluginContextLike {
  readonly activationService: ActivationServiceLike;
  readonly bindingService: BindingServiceLike;
  readonly deactivationService: DeactivationServiceLike;
  readonly planResultCacheService: PlanResultCacheServiceLike;
}

/** What a plugin may do (plugin `PluginApi`). `define` throws if the container has an own property of that name. */
export interface PluginApiLike {
  define(name: string | symbol, method: (...args: never[]) => unknown): void;
}

/** What a container resolves with (container `Container`). */
export interface ResolverLike {
  get(identifier: Identifier): unknown;
  getAsync(identifier: Identifier, options?: { readonly name: string }): Promise<unknown>;
}

/** What binds as well; in 7 `unbind` is asynchronous, in 8 `unbindAsync`. */
export interface ContainerLike extends ResolverLike {
  bind(identifier: Identifier): { to(Class: ClassLike): { inSingletonScope(): unknown } };
  unbind(identifier: Identifier): unknown;
  unbindAsync?(identifier: Identifier): Promise<unknown>;
}

/**
 * Is an alias a request of its own, so that predicates find it among the ancestors of what its target needs? So in 8
 * (core `currySubplan`); in 7 the target stands in the alias's place, under the alias's identifier (core 9
 * `curryBuildServiceNodeBindings`). Told by a method only 7 has.
 */
export function aliasesAreAncestors(container: object): boolean {
  return !('unbindSync' in container);
}

const METADATA = '@inversifyjs/core/classMetadataReflectKey';
const NO_METADATA: ClassMetadataLike = {
  constructorArguments: [],
  properties: new Map(),
  lifecycle: { postConstructMethodNames: new Set(), preDestroyMethodNames: new Set() },
};

/** The metadata of a class itself, not of its base; that of a class without any is empty (core `getClassMetadata`). */
export function classMetadata(Class: ClassLike): ClassMetadataLike {
  const found: unknown = Reflect.getOwnMetadata(METADATA, Class);
  return isClassMetadata(found) ? found : NO_METADATA;
}

/** The methods of a class, and of its bases, that Inversify calls by itself: `@postConstruct` and `@preDestroy`. */
export function methodsOfInversify(Class: ClassLike): readonly (string | symbol)[] {
  const names: (string | symbol)[] = [];
  for (let at: unknown = Class; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const { postConstructMethodNames, preDestroyMethodNames } = classMetadata(at as ClassLike).lifecycle;
    names.push(...postConstructMethodNames, ...preDestroyMethodNames);
  }
  return names;
}

function isClassMetadata(value: unknown): value is ClassMetadataLike {
  return typeof value === 'object' && value !== null && 'constructorArguments' in value && 'properties' in value;
}

/** The identifier behind a lazy one; throws what the user's function throws. */
export function unwrapped(value: Identifier | LazyIdentifierLike): Identifier {
  return typeof value === 'object' ? value.unwrap() : value;
}

/** Is it something `await` would wait for? The same question as Inversify's own `isPromise`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}

/** An identifier as it reads in a message: a class's name, a string, `Symbol(name)`. */
export function identifierText(identifier: Identifier): string {
  return typeof identifier === 'function' ? identifier.name || '(anonymous class)' : String(identifier);
}

/** A binding as it reads in a message, not yet unique: the class that is made, or the identifier. */
export function bindingLabel(binding: BindingLike): string {
  if (binding.type === 'Instance' && binding.implementationType.name !== '') return binding.implementationType.name;
  const identifier = binding.serviceIdentifier;
  return (typeof identifier === 'symbol' && identifier.description) || identifierText(identifier);
}

/** What names one binding to `unbind` (container `BindingIdentifier`, which `bind(...).to(...).getIdentifier()` gives). */
export function bindingIdentifier(id: number): BindingIdentifier {
  return Object.assign(Object.create(null), { id, [Symbol.for('@inversifyjs/container/bindingIdentifier')]: true });
}
