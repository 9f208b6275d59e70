import type { EventBase } from './event-base.ts';

/** Calls that the guard has caught, or cannot see. */
export type GuardEvent = MisuseEvent | BlindEvent;

/** A method of a service was called while the service did not run; whoever called it was thrown the error. */
export interface MisuseEvent extends EventBase {
  readonly kind: 'guard:misuse';
  readonly service: string;
  readonly error: Error;
}

/** The guard cannot see calls of these methods: nothing can be put before them. */
export interface BlindEvent extends EventBase {
  readonly kind: 'guard:blind';
  readonly service: string;
  readonly methods: readonly string[];
  /** What is in the way, where it is not that the object is frozen. */
  readonly reason?: string;
}
