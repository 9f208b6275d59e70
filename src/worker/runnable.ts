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
