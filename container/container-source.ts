/** The container as the engine's source of nodes and objects. */

import type { Graph } from '../src/graph/graph.ts';
import type { GraphIssue } from '../src/graph/model.ts';
import type { NodeKey } from '../src/lifecycle/host.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { Blueprint, LivingUnits, Source, Selection as Wanted } from '../src/lifecycle/source.ts';
import type { ServiceSpec } from '../src/spec.ts';
import type { BindingGraph, BindingNode } from './binding-graph.ts';
import { walkBindings } from './bindings.ts';
import { blueprintOf } from './blueprint.ts';
import { specOfInstance, wordsOf } from './class-words.ts';
import { DECLARED, DeclaredOption, type DependsOnOption } from './declared.ts';
import { Instances, isThere } from './instances.ts';
import {
  aliasesAreAncestors,
  type BindingLike,
  type BindingServiceLike,
  type ClassLike,
  type ContainerLike,
  type Identifier,
  methodsOfInversify,
  type PluginContextLike,
  type TargetBindingLike,
  unwrapped,
} from './inversify.ts';
import { Labels } from './labels.ts';
import { wantedBy } from './lazy.ts';
import { lazyFaults } from './lazy-faults.ts';
import { pictureOf } from './picture.ts';
import type { DeclaredDependency } from './request.ts';
import { Selection, type SelectionFault } from './selection.ts';
import { instanceOf, Survey } from './survey.ts';

export interface ContainerSourceOptions {
  readonly dependsOn: readonly DependsOnOption[];
  /** Warnings are errors. */
  readonly strict: boolean;
  /** The groups that services can be supervised in. */
  readonly groups: readonly string[];
  /** What the package itself is bound as, which nobody wants to see. */
  readonly hidden: ReadonlySet<Identifier>;
  readonly ownerOf: (binding: BindingLike) => Lifecycle | undefined;
  /** Whether a service that nothing is bound to is called so. */
  readonly isLabelTaken: (label: string) => boolean;
}

/** A walk over the bindings, and what they were. */
interface Walked {
  readonly own: readonly Mark[];
  readonly graph: BindingGraph;
  readonly unusedOptions: readonly GraphIssue[];
}

/** What of a binding may change with no event: `restore` puts in a clone, and `when...()` may come late. */
type Mark = readonly [binding: BindingLike, isSatisfiedBy: unknown];

function markOf(binding: BindingLike): Mark {
  return [binding, binding.isSatisfiedBy];
}

function isSame(marks: readonly Mark[], bindings: readonly BindingLike[]): boolean {
  if (marks.length !== bindings.length) return false;
  return marks.every(([known, isSatisfiedBy], index) => {
    const binding = bindings[index];
    return binding === known && binding.isSatisfiedBy === isSatisfiedBy;
  });
}

/** Looks the bindings over anew each time it is asked: they may have changed, and autobinding tells nobody. */
export class ContainerSource implements Source {
  readonly #container: ContainerLike;
  readonly #context: PluginContextLike;
  readonly #options: ContainerSourceOptions;
  readonly #instances: Instances;
  readonly #aliasesAreAncestors: boolean;
  readonly #labels: Labels;
  /** What was bound here for those who adopt a class, by binding. */
  readonly #aside = new Map<NodeKey, symbol>();
  #walked: Walked | undefined;
  /** As of the last walk. */
  #nodes: ReadonlyMap<number, BindingNode> = new Map();

  constructor(container: ContainerLike, context: PluginContextLike, options: ContainerSourceOptions) {
    this.#container = container;
    this.#context = context;
    this.#options = options;
    this.#labels = new Labels(options.isLabelTaken);
    this.#instances = new Instances(container, context);
    this.#aliasesAreAncestors = aliasesAreAncestors(container);
  }

  blueprint(only?: Wanted): Blueprint {
    return blueprintOf(this.#survey(), only, (id) => this.#aside.has(id));
  }

  picture(living: LivingUnits): Graph {
    return pictureOf(this.#survey(), living);
  }

  create(key: NodeKey): unknown {
    const node = this.#nodes.get(Number(key));
    if (node === undefined) throw new Error(`binding ${String(key)} is gone`);
    if (node.contextual) return this.#createInContext(node);
    return this.#instances.get(node.binding, node.plain, node.isSynchronous && this.#hasAllItNeeds(node));
  }

  #hasAllItNeeds({ needs }: BindingNode): boolean {
    return needs.every(({ binding }) => isThere(binding));
  }

  bindAside(implementation: object): NodeKey {
    const Class = implementation as ClassLike;
    const identifier = Symbol(Class.name);
    this.#container.bind(identifier).to(Class).inSingletonScope();
    const [binding] = [...(this.#service.getNonParentBindings(identifier) ?? [])];
    const { id } = binding as BindingLike;
    this.#aside.set(id, identifier);
    return id;
  }

  async unbindAside(key: NodeKey): Promise<void> {
    const identifier = this.#aside.get(key);
    if (identifier === undefined || !this.binds(identifier)) return;
    this.#aside.delete(key);
    await (this.#container.unbindAsync ?? this.#container.unbind).call(this.#container, identifier);
  }

  /** Those of these bindings that a start of everything would start, but for those of whoever has adopted a class. */
  servicesAmong(ids: ReadonlySet<number>): number[] {
    if (ids.size === 0) return [];
    const services = this.#survey().services.map(({ id }) => id);
    return services.filter((id) => ids.has(id) && !this.#aside.has(id));
  }

  replace(key: NodeKey, instance: object): void {
    const binding = this.#nodes.get(Number(key))?.binding;
    if (binding === undefined) throw new Error(`binding ${String(key)} is gone`);
    if (binding.type === 'ConstantValue') (binding as { value: unknown }).value = instance;
    binding.cache = { isRight: true, value: instance };
  }

  forget(key: NodeKey): void {
    const binding = this.#nodes.get(Number(key))?.binding;
    if (binding !== undefined && binding.type !== 'ConstantValue') binding.cache = { isRight: false, value: undefined };
  }

  inspect(instance: object): ServiceSpec | undefined {
    return specOfInstance(instance);
  }

  spared(instance: object): readonly PropertyKey[] {
    return methodsOfInversify(instance.constructor as ClassLike);
  }

  /** The container's own bindings, aliases included. */
  ownBindings(): BindingLike[] {
    const service = this.#service;
    const own: BindingLike[] = [];
    for (const identifier of service.getNonParentBoundServices()) {
      for (const binding of service.getNonParentBindings(identifier) ?? []) own.push(binding);
    }
    return own;
  }

  /** The own bindings, dependencies first; what no order is known of (aliases, the package's own) comes last. */
  idsInOrder(): number[] {
    const sorted = this.#survey().order.filter(({ node }) => !node.foreign);
    return [...new Set([...sorted, ...this.ownBindings()].map(({ id }) => id))];
  }

  /** The lifecycles of parent containers whose services are needed here. */
  foreignOwners(): Set<Lifecycle> {
    const owners = [...this.#survey().nodes.values()].map(({ owner }) => owner);
    return new Set(owners.filter((owner) => owner !== undefined));
  }

  /** Has the container itself something bound to it? */
  binds(identifier: Identifier): boolean {
    return this.#service.getNonParentBindings(identifier) !== undefined;
  }

  owns(binding: BindingLike): boolean {
    for (const own of this.#service.getNonParentBindings(binding.serviceIdentifier) ?? [])
      if (own === binding) return true;
    return false;
  }

  /** What `container.get` would answer with, or why it would not. */
  answerTo(identifier: Identifier): TargetBindingLike | SelectionFault {
    return new Selection(this.#service, this.#aliasesAreAncestors).answerTo(identifier);
  }

  /** Is there such an object behind one of the own bindings? */
  holds(isIt: (value: unknown) => boolean): boolean {
    return this.ownBindings().some((binding) => binding.type !== 'ServiceRedirection' && isIt(instanceOf(binding)));
  }

  get #service(): BindingServiceLike {
    return this.#context.bindingService;
  }

  #survey(): Survey {
    const own = this.ownBindings();
    const { graph, unusedOptions } = this.#walk(own);
    const { hidden, ownerOf, strict, groups } = this.#options;
    return new Survey(graph, {
      labels: this.#labels,
      isHidden: ({ serviceIdentifier }) => hidden.has(serviceIdentifier) || wantedBy(serviceIdentifier) !== undefined,
      ownerOf,
      strict,
      groups,
      aliases: own.filter((binding) => binding.type === 'ServiceRedirection'),
      extraWarnings: [...unusedOptions, ...lazyFaults(graph, (identifier) => this.answerTo(identifier))],
    });
  }

  /** As long as the bindings are the same, so is what is injected into what. */
  #walk(own: readonly BindingLike[]): Walked {
    if (this.#walked !== undefined && isSame(this.#walked.own, own)) return this.#walked;
    const declared = new DeclaredOption(this.#options.dependsOn);
    const graph = walkBindings(this.#service, own, {
      aliasesAreAncestors: this.#aliasesAreAncestors,
      unconstrained: this.#unconstrained(),
      extraDependencies: (binding) => [...declaredBy(binding), ...declared.of(binding)],
      stopAt: (binding, foreign) => foreign && binding.scope === 'Singleton',
    });
    this.#nodes = graph.nodes;
    this.#labels.keep(graph.nodes);
    // The walk itself may autobind, which tells nobody: what it found then is not what it began with.
    this.#walked = { own: this.ownBindings().map(markOf), graph, unusedOptions: declared.unused() };
    return this.#walked;
  }

  /** Forgets what was walked: bindings came or went, here or in a parent. */
  bindingsChanged(): void {
    this.#walked = undefined;
  }

  /** All bindings without `when...()` have one predicate: the package's own is one of them. */
  #unconstrained(): unknown {
    for (const identifier of this.#options.hidden) {
      for (const { isSatisfiedBy } of this.#service.getNonParentBindings(identifier) ?? []) return isSatisfiedBy;
    }
    return undefined;
  }

  /**
   * What it gets depends on who asks for it further up, so it cannot be made on its own: the nearest one above it that can
   * is made instead, and it with that.
   */
  async #createInContext(node: BindingNode): Promise<unknown> {
    const above = this.#nearestAbove(node);
    await this.#instances.get(above.binding, above.plain);
    return above === node || !node.binding.cache.isRight
      ? this.#instances.get(node.binding, node.plain)
      : node.binding.cache.value;
  }

  #nearestAbove(node: BindingNode): BindingNode {
    const above = new Set([node]);
    for (const at of above) {
      const users = [...this.#nodes.values()].filter(({ dependencies }) => dependencies.has(at.id));
      // At the top nobody asks, whatever the predicates below looked for.
      if (at.binding.scope === 'Singleton' && (!at.contextual || users.length === 0)) return at;
      for (const user of users) above.add(user);
    }
    return node;
  }
}

function declaredBy(binding: TargetBindingLike): DeclaredDependency[] {
  if (binding.type !== 'Instance') return NONE;
  const { dependsOn } = wordsOf(binding.implementationType);
  if (dependsOn.length === 0) return NONE;
  return dependsOn.map((identifier) => ({ identifier: unwrapped(identifier as Identifier), via: DECLARED }));
}

const NONE: DeclaredDependency[] = [];
