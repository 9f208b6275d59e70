import type { EventBase } from './event-base.ts';
import type { StepName } from './service-events.ts';

/**
 * The event loop was blocked for longer than the watchdog's timeout; whose code it was, is as found in the middle of it. It is
 * told when it is over: nobody could listen before.
 */
export interface LoopEvent extends EventBase {
  readonly kind: 'loop:blocked';
  /** Missing for code of no service. */
  readonly service?: string;
  /** A hook of the service. */
  readonly step?: StepName;
  /** The name of the task within its service. */
  readonly task?: string;
  /** The hook or the task that has set off what blocked, where that one was over itself: `Web.onStart`. */
  readonly setOffBy?: string;
  /** Milliseconds, to within the time between two heartbeats. */
  readonly duration: number;
  /** What blocked it, the innermost first: `parse (/app/src/jobs.ts:10:5)`. */
  readonly stack: readonly string[];
}
