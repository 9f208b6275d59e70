import type { Deadline } from '../deadline.ts';
import type { Eventual } from '../eventual.ts';
import type { LifeTask, TaskLife } from './owner.ts';
import { RunsInHand } from './runs-in-hand.ts';
import type { TaskRecord } from './task-record.ts';

/** The runs of a task during one life of its service, as that life's end sees them. */
export abstract class Work implements LifeTask {
  abstract readonly awaited: LifeTask['awaited'];
  readonly record: TaskRecord;
  readonly life: TaskLife;
  protected readonly runs = new RunsInHand();

  constructor(record: TaskRecord, life: TaskLife) {
    this.record = record;
    this.life = life;
  }

  get name(): string {
    return this.record.label;
  }

  get busy(): boolean {
    return this.runs.count > 0;
  }

  abstract quiesce(): void;

  finishedBy(deadline: Deadline): Eventual<boolean> {
    return this.runs.finishedBy(deadline);
  }

  abandon(): Error {
    return this.record.abandoned();
  }
}
