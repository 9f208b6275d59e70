/** What tasks know of the service they belong to. */

import type { Door } from '../current.ts';
import type { Deadline } from '../deadline.ts';
import type { Eventual } from '../eventual.ts';
import type { Logger } from '../log.ts';
import type { Scheduler } from '../timer-queue.ts';
import type { WaitHost } from '../wait.ts';

/** The service whose code a task is. */
export interface TaskOwner {
  readonly label: string;
  readonly instance: unknown;
  readonly state: { readonly at: string };
  /** The event that what happens next is caused by. */
  readonly lastEvent: number | undefined;
  readonly host: TaskHost;
  /** A logger for one of its tasks. */
  logOf(task: string): Logger;
  /** One of its tasks has come to its end by itself. */
  workEnded(): void;
  /** Reports that it failed by its own doing. */
  crash(error: Error, cause: number): void;
}

export interface TaskHost extends WaitHost {
  readonly clock: Scheduler;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  /** Between the engine and the code of services; only in tests. */
  readonly door?: Door | undefined;
}

/** The start-to-stop that a task runs in. */
export interface TaskLife {
  /** Aborts when the life ends. */
  readonly signal: AbortSignal;
  readonly aborted: boolean;
  addTask(task: LifeTask): void;
  removeTask(task: LifeTask): void;
}

/** A task as its life sees it. */
export interface LifeTask {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  /**
   * When the end of the life waits for it: scheduled runs are short and over before `onStop`; other work may need `onStop` to
   * end.
   */
  readonly awaited: 'before onStop' | 'after onStop';
  /** Whether anything of it is under way. */
  readonly busy: boolean;
  /** Nothing of it begins any more. */
  quiesce(): void;
  /** @returns whether nothing of it is under way any more; false once the deadline has passed */
  finishedBy(deadline: Deadline): Eventual<boolean>;
  /** It is not waited for any longer. @returns the error that says so */
  abandon(): Error;
}
