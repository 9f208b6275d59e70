import { OptionError, textOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { StartOptions, StopOptions } from '../lifecycle/options.ts';
import type { StartReport, StopReport } from '../lifecycle/report.ts';

/** What a Worker runs: a container with a lifecycle, or the lifecycle itself. */
export interface Runnable {
  startAll(options?: StartOptions): Promise<StartReport>;
  stopAll(options?: StopOptions): Promise<StopReport>;
  readonly lifecycle: Lifecycle;
}

/** Where an object that is no Runnable itself has the one to run in its place. A global symbol, for the sake of other copies. */
export const RUNNABLE: unique symbol = Symbol.for('inversify-lifecycle.runnable');

/** A service: it runs by its lifecycle. */
export interface HasRunnable {
  /** @internal */ readonly [RUNNABLE]: Runnable;
}

/** The Runnable itself, or the one that the object has. */
export function runnableOf(given: Runnable | HasRunnable): Runnable {
  const hasOne = typeof given === 'object' && given !== null && RUNNABLE in given;
  return hasOne ? given[RUNNABLE] : (given as Runnable);
}

/** @throws OptionError for what has no lifecycle */
export function checkRunnable(runnable: Runnable): void {
  const isObject = typeof runnable === 'object' && runnable !== null;
  if (isObject && typeof runnable.startAll === 'function' && typeof runnable.lifecycle?.health === 'function') return;
  const got = isObject ? `a ${runnable.constructor?.name ?? 'object'} that has none` : textOf(runnable);
  throw new OptionError(
    `a Worker runs a container with a lifecycle, got ${got}; write container.register(LifecyclePlugin), or make it with new ServiceContainer()`,
  );
}
