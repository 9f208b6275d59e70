/** A task as its users see it. */

/** What makes a task run: due times, the life of its service, or a call of `spawn`. */
export type TaskKind = 'timer' | 'crontab' | 'background' | 'spawned';

export type TaskState =
  /** Its service does not run. */
  | 'idle'
  /** Its `enabled` said no in this life. */
  | 'disabled'
  /** Its next run is due later. */
  | 'waiting'
  /** A run is under way. */
  | 'running'
  /** It failed and is run again after its back-off. */
  | 'restarting'
  | 'paused'
  /** It has come to its end. */
  | 'done';

/** How a run ended: one whose signal had aborted, and that ended because of it, has neither succeeded nor failed. */
export type RunOutcome = 'done' | 'failed' | 'aborted';

/** The last run that has begun. */
export interface LastRun {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds; undefined while it is under way. */
  readonly duration: number | undefined;
  /** A `TaskError`, whose `cause` is what was thrown; undefined unless it failed. */
  readonly error: Error | undefined;
}

/** One task as it is now; a plain value that does not change. Counts are over all lives of its service. */
export interface TaskSnapshot {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  readonly service: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  /** How many runs have begun. */
  readonly runs: number;
  readonly failures: number;
  /** How often it was run again after a failure, by itself. */
  readonly restarts: number;
  /** Due times that found the run before still at it, and no place. */
  readonly overlaps: number;
  /** Due times that passed while the loop could not see to them. */
  readonly missed: number;
  /** By how much the last run began later than due, in milliseconds. */
  readonly lateness: number | undefined;
  readonly lastRun: LastRun | undefined;
  /** When the next run is due, in milliseconds since the epoch; undefined where nothing is. */
  readonly nextRun: number | undefined;
}

/** A live task: what it is doing, and how to make it do otherwise. */
export interface TaskHandle {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  readonly service: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  snapshot(): TaskSnapshot;
  /**
   * Runs it now, paused or not, and leaves its due times as they are. Where there is no place for one more run it joins the
   * one under way, or the one that is held.
   *
   * @returns what the run gives; rejects with the TaskError of a run that fails
   * @throws LifecycleError with code LIFECYCLE_NOT_RUNNING when its service does not run or its stop was asked for,
   *   LIFECYCLE_REENTRANT where it would wait for itself
   */
  trigger(): Promise<unknown>;
  /**
   * Nothing begins by itself any more until `resume`, also over a restart of the service. A scheduled run under way goes on to
   * its end; a background task's signal aborts.
   */
  pause(): void;
  /** Due times are what they would have been; a background task is run anew. */
  resume(): void;
}
