/** Keeps the lifecycle true to bindings that change while their services run, however they change. */

import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { Unit } from '../src/lifecycle/unit.ts';
import { type BindingChange, onBindingChange } from './binding-changes.ts';
import type { ContainerSource } from './container-source.ts';
import { type BindingLike, isThenable, type PluginContextLike, type TargetBindingLike } from './inversify.ts';

/** What else is to be done when bindings change. */
export interface BindingReactions {
  /** A binding has come; also one of a parent container. */
  readonly onAdded: (binding: BindingLike) => void;
  /** Everything may have gone. */
  readonly onReset: () => void;
}

/** @returns its undo */
export function watchBindings(
  context: PluginContextLike,
  source: ContainerSource,
  lifecycle: Lifecycle,
  { onAdded, onReset }: BindingReactions,
): () => void {
  let looking = false;
  return onBindingChange(context, (change: BindingChange) => {
    source.bindingsChanged();
    if (change.kind === 'added') {
      onAdded(change.binding);
      return;
    }
    if (change.kind === 'reset') {
      keepInstances(source, lifecycle);
      onReset();
    }
    if (looking) return;
    looking = true;
    queueMicrotask(() => {
      looking = false;
      stopOrphans(source, lifecycle);
    });
  });
}

/** `restore` forgets singletons made since the snapshot; what runs must not be made a second time. */
function keepInstances(source: ContainerSource, lifecycle: Lifecycle): void {
  for (const binding of source.ownBindings()) {
    const unit = lifecycle.runningGraph.get(binding.id);
    const isKept = unit?.created === true && unit.inService;
    if (!isKept || unit.key !== binding.id || binding.type === 'ServiceRedirection') continue;
    if (!hasInstance(binding)) binding.cache = { isRight: true, value: unit.instance };
  }
}

/** Services whose bindings went behind the guard's back: a module's load unbound them, or `restore` did. */
function stopOrphans(source: ContainerSource, lifecycle: Lifecycle): void {
  const bound = boundIds(source);
  const orphans: Unit[] = [];
  for (const unit of lifecycle.runningGraph.units) {
    const isBound = typeof unit.key === 'object' || bound.has(unit.key);
    const isWanted = unit.state.at === 'running' || unit.state.at === 'restarting' || unit.state.at === 'crashed';
    if (unit.host === lifecycle && isWanted && !isBound) orphans.push(unit);
  }
  const prune = (): void => {
    const left = boundIds(source);
    lifecycle.starts.prune((key) => left.has(Number(key)));
  };
  // What goes wrong there is an event and a line in the log; there is nobody to tell it to.
  lifecycle.bound.release(orphans).then(prune, prune);
}

function boundIds(source: ContainerSource): Set<number> {
  return new Set(source.ownBindings().map(({ id }) => id));
}

function hasInstance({ cache }: TargetBindingLike): boolean {
  return cache.isRight && !isThenable(cache.value);
}
