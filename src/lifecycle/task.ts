import { sleep } from '../clock.ts';
import { Deadline, EXPIRED } from '../deadline.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { andThen, promiseOf } from '../eventual.ts';
import type { Logger } from '../log.ts';
import type { Life, LifeTask } from './life.ts';
import { type Actor, type Outcome, perform } from './step.ts';
import type { Unit } from './unit.ts';

/** What a task is given. Its members may be taken apart: `async ({ signal, log }) => ...`. */
export interface TaskContext {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  readonly log: Logger;
  /** Aborts when the service's start is aborted or its stop begins. */
  readonly signal: AbortSignal;
  /** Resolves after the duration, or at once when the service stops; it never rejects. */
  sleep(duration: Duration): Promise<void>;
}

/** A piece of work that was spawned and belongs to a life: awaited when the life ends. */
export interface SpawnedTask {
  readonly name: string;
  /** Fulfils when the work is over, however it ended: a failure is the service's crash, not the awaiter's. */
  readonly finished: Promise<void>;
}

export type TaskFunction = (context: TaskContext) => unknown;

/** One spawned piece of work (Mode's `add_future`). */
export class Task implements SpawnedTask, LifeTask, Actor {
  readonly name: string;
  readonly unit: Unit;
  /** Never passes: a task may run as long as its life. */
  readonly deadline: Deadline;
  readonly finished: Promise<void>;

  constructor(unit: Unit, life: Life, name: string, run: TaskFunction) {
    this.name = `${unit.label}.${name}`;
    this.unit = unit;
    this.deadline = new Deadline(unit.host.clock, Number.POSITIVE_INFINITY);
    const context = contextOf(unit, life, this.name);
    life.addTask(this);
    const outcome = perform(this, 'task', () => run(context), name);
    this.finished = promiseOf(andThen(outcome, (came) => this.#finish(unit, life, came)));
  }

  /** Nobody does. */
  awaitedBy(): readonly string[] {
    return [];
  }

  #finish(unit: Unit, life: Life, outcome: Outcome): void {
    life.removeTask(this);
    if (outcome.kind === 'failed' && !life.aborted) unit.host.crash(unit, outcome.error);
  }

  /** @returns false when the task was still at it as the deadline passed */
  async finishedBy(deadline: Deadline): Promise<boolean> {
    return (await deadline.race(this.finished)) !== EXPIRED;
  }
}

function contextOf(unit: Unit, life: Life, name: string): TaskContext {
  const { clock, logger } = unit.host;
  return {
    name,
    log: logger.child?.({ service: unit.label, task: name }) ?? logger,
    get signal() {
      return life.signal;
    },
    sleep: (duration) => sleep(clock, milliseconds(duration, 'sleep()'), life.signal),
  };
}
