import type { RunOutcome, TaskKind } from '../tasks/handle.ts';
import type { EventBase } from './event-base.ts';

/** The tasks of services, and their runs. */
export type TaskEvent =
  | RunBeganEvent
  | RunEndedEvent
  | RunFailedEvent
  | OverlapEvent
  | MissedEvent
  | TaskRestartEvent
  | PauseEvent
  | TaskAbandonedEvent;

/** What events about a task carry. */
interface TaskEventBase extends EventBase {
  readonly service: string;
  /** The name of the task within its service. */
  readonly task: string;
}

/** A task that a service has in all its lives, whether or not it is at work. */
export interface OwnTask {
  /** The name of the task within its service. */
  readonly task: string;
  readonly taskKind: TaskKind;
}

/** A run of a task began. */
export interface RunBeganEvent extends TaskEventBase {
  readonly kind: 'task:began';
  readonly taskKind: TaskKind;
  readonly run: number;
  /** Milliseconds. */
  readonly lateness: number;
}

/** A run of a task is over; its parent is the event of its beginning. */
export interface RunEndedEvent extends TaskEventBase {
  readonly kind: 'task:ended';
  readonly run: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly outcome: RunOutcome;
}

/** A run of a task threw, or took longer than its timeout and is still at it. */
export interface RunFailedEvent extends TaskEventBase {
  readonly kind: 'task:failed';
  readonly run: number;
  /** Milliseconds so far. */
  readonly duration: number;
  readonly error: Error;
  /** How many runs in a row have failed by now. */
  readonly inARow: number;
}

/** A due time found the run before still at it, and no place. */
export interface OverlapEvent extends TaskEventBase {
  readonly kind: 'task:overlap';
  /** It is made up for when there is a place. */
  readonly isHeld: boolean;
  /** How many due times in a row have found no place by now. */
  readonly inARow: number;
}

/** Due times passed while the loop was blocked, or the clock was set forward. */
export interface MissedEvent extends TaskEventBase {
  readonly kind: 'task:missed';
  readonly taskKind: TaskKind;
  readonly count: number;
  /** One run follows in place of all of them. */
  readonly isMadeUp: boolean;
}

/** A background task failed and will be run again. */
export interface TaskRestartEvent extends TaskEventBase {
  readonly kind: 'task:restarting';
  /** Milliseconds until then. */
  readonly delay: number;
}

export interface PauseEvent extends TaskEventBase {
  readonly kind: 'task:paused' | 'task:resumed';
}

/** The stop of a service could not wait for a task any longer. */
export interface TaskAbandonedEvent extends TaskEventBase {
  readonly kind: 'task:abandoned';
  readonly error: Error;
}
