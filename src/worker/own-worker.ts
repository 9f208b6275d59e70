/** A module that runs a Worker of its own may be loaded by somebody who wants to run, check or draw it in another way. */

import type { Ref } from '../refs.ts';
import type { Runnable } from './runnable.ts';
import type { WorkerOptions } from './worker-options.ts';

/** A Worker that a module was about to run. */
export interface OwnWorker {
  readonly runnable: Runnable;
  readonly options: WorkerOptions;
  /** What is to be completed; undefined where everything runs. */
  readonly refs: readonly Ref[] | undefined;
}

/** Takes over; the module goes on with the exit code once there is one. */
type Taker = (worker: OwnWorker) => Promise<number>;

/** A global symbol: the module may have a copy of the package of its own. */
const TAKER = Symbol.for('inversify-lifecycle.own-worker');
const place = globalThis as { [TAKER]?: Taker };

/** From now on Workers that would run are handed over. @returns the undo */
export function takeWorkers(taker: Taker): () => void {
  place[TAKER] = taker;
  return () => {
    Reflect.deleteProperty(place, TAKER);
  };
}

/** @returns the exit code to be, or undefined where nobody takes it over */
export function handOver(worker: OwnWorker): Promise<number> | undefined {
  return place[TAKER]?.(worker);
}
