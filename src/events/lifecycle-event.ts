import type { AppEvent } from './app-events.ts';
import type { EventBase } from './event-base.ts';
import type { GraphEvent } from './graph-events.ts';
import type { GuardEvent } from './guard-events.ts';
import type { LoopEvent } from './loop-events.ts';
import type { OperatorEvent } from './operator-events.ts';
import type { ProcessEvent } from './process-events.ts';
import type { ServiceEvent } from './service-events.ts';
import type { SupervisionEvent } from './supervision-events.ts';
import type { TaskEvent } from './task-events.ts';

/** Everything that happens. A reader that misses a kind does not compile when it ends its `switch` with `never`. */
export type LifecycleEvent =
  | AppEvent
  | GraphEvent
  | ServiceEvent
  | TaskEvent
  | SupervisionEvent
  | GuardEvent
  | LoopEvent
  | OperatorEvent
  | ProcessEvent
  | ListenerEvent;

/** A listener of these events threw or rejected; the others were called all the same. */
export interface ListenerEvent extends EventBase {
  readonly kind: 'listener:failed';
  readonly error: Error;
  /** The diagnostics channel, where it was a subscriber of one. */
  readonly channel?: string;
}

/** It may be asynchronous; nobody waits for it. */
export type LifecycleListener = (event: LifecycleEvent) => void;

export type Facts<E> = E extends EventBase ? Omit<E, 'id' | 'parent' | 'at'> : never;

export type Kind = LifecycleEvent['kind'];
