/**
 * The ways out of a container, guarded: what is taken away while it runs is stopped first, and before it what depends on
 * it. Inversify's deactivation handlers would not do: they run unordered, the first asynchronous one is not awaited
 * (8.2.3 and 7.11.0), and they cannot tell a synchronous unbind, which has to be refused, from an asynchronous one.
 *
 * A wrapper sees only direct calls. A module whose load unbinds something goes around it; `BindingWatch` hears of that.
 */

import { enterDisposal } from '../src/current.ts';
import { LifecycleError } from '../src/errors.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { Unit } from '../src/lifecycle/unit.ts';
import type { ContainerSource } from './container-source.ts';
import type { BindingLike } from './inversify.ts';

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, unknown>;

/** One way out, by its name in the asynchronous form. */
interface WayOut {
  readonly name: string;
  /** Whether a call with these arguments takes the binding away. */
  readonly takes: (binding: BindingLike, args: readonly unknown[]) => boolean;
}

const WAYS_OUT: readonly WayOut[] = [
  { name: 'unbind', takes: (binding, [which]) => which === binding.serviceIdentifier || idOf(which) === binding.id },
  { name: 'rebind', takes: (binding, [which]) => which === binding.serviceIdentifier },
  { name: 'unbindAll', takes: () => true },
  { name: 'unload', takes: (binding, modules) => modules.some((module) => idOf(module) === binding.moduleId) },
];

/** Puts the guard before the container's own methods. */
export function guardWaysOut(container: object, source: ContainerSource, lifecycle: Lifecycle): void {
  const methods = container as Methods;
  const wrap = wrapperOf(methods, lifecycle.guards);
  const isSeven = 'unbindSync' in methods;
  for (const { name, takes } of WAYS_OUT) {
    const asyncName = isSeven ? name : `${name}Async`;
    const syncName = isSeven ? `${name}Sync` : name;
    const taken = (args: readonly unknown[]): Unit[] => {
      const bindings = source.ownBindings().filter((binding) => takes(binding, args));
      return bindings.map(({ id }) => lifecycle.runningGraph.get(id)).filter((unit) => unit?.wanted) as Unit[];
    };
    wrap(asyncName, (original) => async (...args) => {
      const stopped = await outcomeOf(lifecycle.bound.release(taken(args)));
      if (name === 'unbindAll') await outcomeOf(lifecycle.stopAll());
      const result = await original(...args);
      stopped.rethrow();
      return result;
    });
    wrap(syncName, (original) => (...args) => {
      const [unit] = taken(args);
      if (unit !== undefined) throw syncUnbind(unit, syncName, asyncName);
      return original(...args);
    });
  }
}

/** @param isTold whether what a way out calls, such as `@preDestroy`, has to be known as its doing */
function wrapperOf(methods: Methods, isTold: boolean): (name: string, guard: (original: Method) => Method) => void {
  return (name, guard) => {
    const original = methods[name];
    if (typeof original !== 'function') return;
    const call: Method = (...args) => original.apply(methods, args);
    const value = guard(isTold ? (...args) => enterDisposal(() => call(...args)) : call);
    Object.defineProperty(methods, name, { value, configurable: true, writable: true, enumerable: false });
  };
}

/** What a call came to, to be looked at later. Reentry is refused at once: nothing has been stopped then. */
async function outcomeOf(work: Promise<unknown>): Promise<{ rethrow(): void }> {
  try {
    await work;
    return { rethrow() {} };
  } catch (error) {
    if (error instanceof LifecycleError && error.code === 'LIFECYCLE_REENTRANT') throw error;
    return {
      rethrow() {
        throw error;
      },
    };
  }
}

function syncUnbind({ label, state }: Unit, syncName: string, asyncName: string): LifecycleError {
  const message = `container.${syncName}() would take away ${label}, which is ${state.at}, and cannot wait for its stop; write await container.${asyncName}(...), or await container.stopAll() first`;
  return new LifecycleError('LIFECYCLE_SYNC_UNBIND', message, { service: label, use: asyncName });
}

/** Of a binding identifier or a container module. */
function idOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
}
