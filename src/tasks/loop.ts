import type { LifeTask } from './owner.ts';
import type { TaskStanding } from './task-record.ts';

/** A task during one life of its service. */
export interface Loop extends LifeTask {
  /** Its service runs from now on. */
  begin(): void;
  /** What it is doing, its pause aside. */
  standing(): TaskStanding;
  /** Runs it now, or joins a run. */
  trigger(): Promise<unknown>;
  pause(): void;
  resume(): void;
}
