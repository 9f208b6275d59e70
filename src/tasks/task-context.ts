import type { Duration } from '../duration.ts';
import type { Logger } from '../log.ts';
import type { Wait } from '../waitable.ts';
import type { Tick } from './ticks.ts';

/** What a task is given. Its members may be taken apart: `async ({ signal, log }) => ...`. */
export interface TaskContext {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  readonly log: Logger;
  /** Aborts when the service's stop begins, when the run's `timeout` is over, and when a background task is paused. */
  readonly signal: AbortSignal;
  /** The number of this run, from 1, over all lives of the service. */
  readonly run: number;
  /** When it was due, in milliseconds since the epoch. */
  readonly scheduledAt: number;
  /** By how much it began later than that and its jitter, in milliseconds. */
  readonly lateness: number;
  /** Resolves after the duration, or at once when `signal` aborts; it never rejects. */
  sleep(duration: Duration): Promise<void>;
  /** Waits for the first of several things, until `signal` aborts: see `ServiceContext.wait`. */
  readonly wait: Wait;
  /** Ticks until `signal` aborts: see `ServiceContext.interval`. */
  interval(duration: Duration): AsyncIterableIterator<Tick>;
}
