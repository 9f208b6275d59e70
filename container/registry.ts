/** Which container has which lifecycle; shared by all copies of the package in one process. */

import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { ContainerSource } from './container-source.ts';
import type { BindingLike } from './inversify.ts';

interface Registry {
  readonly byContainer: WeakMap<object, Lifecycle>;
  /** Held weakly: a container that nobody uses any more goes, with its lifecycle. */
  readonly owners: Set<WeakRef<Owner>>;
}

interface Owner {
  readonly source: ContainerSource;
  readonly lifecycle: Lifecycle;
}

const KEY = Symbol.for('inversify-lifecycle.registry');

const place = globalThis as { [KEY]?: Registry };
place[KEY] ??= { byContainer: new WeakMap(), owners: new Set() };
const registry: Registry = place[KEY];

/** The registry entries live as long as their lifecycles. */
const kept = new WeakMap<Lifecycle, Owner>();

export function enrol(container: object, lifecycle: Lifecycle, source: ContainerSource): void {
  const owner = { source, lifecycle };
  kept.set(lifecycle, owner);
  registry.byContainer.set(container, lifecycle);
  registry.owners.add(new WeakRef(owner));
}

/** What a lifecycle knows of its container. */
export function sourceOf(lifecycle: Lifecycle): ContainerSource | undefined {
  return kept.get(lifecycle)?.source;
}

export function enrolled(container: object): Lifecycle | undefined {
  return registry.byContainer.get(container);
}

/** The lifecycle of the container that a binding is of. */
export function ownerOf(binding: BindingLike): Lifecycle | undefined {
  return lifecycleWhere((source) => source.owns(binding));
}

/** The lifecycle of a container that has such an object. */
export function homeOf(isIt: (value: unknown) => boolean): Lifecycle | undefined {
  return lifecycleWhere((source) => source.holds(isIt));
}

function lifecycleWhere(isMeant: (source: ContainerSource) => boolean): Lifecycle | undefined {
  for (const reference of registry.owners) {
    const owner = reference.deref();
    if (owner === undefined) registry.owners.delete(reference);
    else if (isMeant(owner.source)) return owner.lifecycle;
  }
  return undefined;
}
