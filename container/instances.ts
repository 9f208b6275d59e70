/** The instance behind one binding. */

import { hasActivations } from './activations.ts';
import {
  type BindingLike,
  type CacheLike,
  type ClassLike,
  type ConstraintsLike,
  isThenable,
  type PluginContextLike,
  type ResolverLike,
  type TargetBindingLike,
} from './inversify.ts';

const PRIVATE_NAME = 'inversify-lifecycle:binding#';
/** What of a plugin's context is needed here. */
export type InstanceContext = Pick<PluginContextLike, 'activationService' | 'bindingService'>;

const EMPTY: CacheLike = { isRight: false, value: undefined };

/**
 * Gets the instance of exactly one binding through the container's own `getAsync`, so that activations, scopes and
 * `@postConstruct` are Inversify's.
 *
 * A parent's singleton must be asked of the parent's `Instances`: asked of a child's, it would be made with what the
 * child binds and kept by the parent for everybody.
 */
export class Instances {
  readonly #container: ResolverLike;
  readonly #context: InstanceContext;

  /** @param context its services are asked for each time, since `restore` swaps them */
  constructor(container: ResolverLike, context: InstanceContext) {
    this.#container = container;
    this.#context = context;
  }

  /**
   * The instance itself if the container has it already, else the promise of it. Errors are Inversify's own; after a
   * rejection the next call makes it anew.
   *
   * @param plain `getAsync(identifier)` gives this binding and no other (`BindingNode.plain`)
   * @param isSynchronous neither the binding nor anything that it is made with takes longer than a call: it is made at
   *   once (`get` of anything else fails, with all its side effects under way)
   */
  get(binding: TargetBindingLike, plain: boolean, isSynchronous = false): unknown {
    const { cache } = binding;
    if (isThenableConstant(binding)) return binding.value;
    if (isThere(binding)) return cache.value;
    const { serviceIdentifier } = binding;
    if (isSynchronous && plain && !hasActivations(this.#context, serviceIdentifier)) {
      return this.#container.get(serviceIdentifier);
    }
    const pending = plain ? this.#container.getAsync(serviceIdentifier) : this.#getByName(binding);
    forgetOnRejection(binding);
    return pending;
  }

  /** Gives every binding of the identifier a name of its own, besides what it answers to, and asks for that name. */
  #getByName(binding: TargetBindingLike): Promise<unknown> {
    const { serviceIdentifier } = binding;
    for (const sibling of this.#context.bindingService.get(serviceIdentifier) ?? []) answerToPrivateName(sibling);
    answerToPrivateName(binding);
    return this.#container.getAsync(serviceIdentifier, { name: privateName(binding) });
  }
}

/**
 * Has instances of this class a method `then`? Promises take these for promises: whoever awaits one waits for what its
 * `then` does, and never gets the instance.
 */
export function hasThen(Class: ClassLike): boolean {
  const prototype: unknown = Class.prototype;
  return typeof prototype === 'object' && prototype !== null && 'then' in prototype;
}

/** Has the container its instance already? */
export function isThere({ cache }: TargetBindingLike): boolean {
  return cache.isRight && !isThenable(cache.value);
}

/** A query builder, say: `getAsync` would run it. */
function isThenableConstant(binding: TargetBindingLike): binding is TargetBindingLike & { readonly value: unknown } {
  return binding.type === 'ConstantValue' && isThenable(binding.value) && !(binding.value instanceof Promise);
}

/**
 * Inversify keeps a rejected promise as the singleton for ever. It is put there synchronously, so it is at hand here,
 * and it is watched itself because whoever waits for the instance may have given up before it rejects.
 */
function forgetOnRejection(binding: TargetBindingLike): void {
  const { value } = binding.cache;
  if (!isThenable(value)) return;
  value.then(undefined, () => {
    if (binding.cache.value === value) binding.cache = EMPTY;
  });
}

function privateName({ id }: BindingLike): string {
  return `${PRIVATE_NAME}${id}`;
}

const named = new WeakSet<BindingLike>();

/** Lets the binding answer to its private name and to no other private one; all else is as before. */
function answerToPrivateName(binding: BindingLike): void {
  if (named.has(binding)) return;
  named.add(binding);
  const { isSatisfiedBy } = binding;
  const own = privateName(binding);
  binding.isSatisfiedBy = (constraints: ConstraintsLike) =>
    isPrivateName(constraints.name) ? constraints.name === own : isSatisfiedBy(constraints);
}

function isPrivateName(name: ConstraintsLike['name']): boolean {
  return typeof name === 'string' && name.startsWith(PRIVATE_NAME);
}
