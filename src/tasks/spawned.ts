import { OptionError } from '../errors.ts';
import type { TaskHandle, TaskKind, TaskSnapshot, TaskState } from './handle.ts';
import type { TaskLife, TaskOwner } from './owner.ts';
import type { TaskContext } from './task-context.ts';
import { TaskRecord } from './task-record.ts';
import { type RunKeeper, TaskRun } from './task-run.ts';
import { Work } from './work.ts';

/** A piece of work that was spawned and belongs to a life: awaited when the life ends. */
export interface SpawnedTask {
  /** `<ServiceLabel>.<task name>`. */
  readonly name: string;
  /** Fulfils when the work is over, however it ended: a failure is the service's crash, not the awaiter's. */
  readonly finished: Promise<void>;
}

export type TaskFunction = (context: TaskContext) => unknown;

/** One spawned piece of work (Mode's `add_future`); its failure crashes the service. */
export class Spawned extends Work implements SpawnedTask, TaskHandle, RunKeeper {
  readonly awaited = 'after onStop';
  readonly kind: TaskKind = 'spawned';
  readonly scale = 'now';
  readonly timeout = Number.POSITIVE_INFINITY;
  readonly onError = undefined;
  readonly settlement = undefined;
  readonly #run: TaskRun;

  constructor(owner: TaskOwner, life: TaskLife, name: string, work: TaskFunction) {
    super(new TaskRecord(owner, 'spawned', name, work), life);
    this.#run = new TaskRun(this, owner.host.clock.now());
    life.addTask(this);
    this.runs.add(this.#run);
    this.#run.begin();
  }

  get service(): string {
    return this.record.owner.label;
  }

  get state(): TaskState {
    return this.busy ? 'running' : 'done';
  }

  get finished(): Promise<void> {
    const over = (): void => {};
    return this.#run.finished().then(over, over);
  }

  snapshot(): TaskSnapshot {
    return this.record.snapshot({ state: this.state, nextRun: undefined });
  }

  async trigger(): Promise<unknown> {
    throw this.#once('triggered');
  }

  pause(): void {
    throw this.#once('paused');
  }

  resume(): void {
    throw this.#once('resumed');
  }

  /** What it has begun it goes on with. */
  quiesce(): void {}

  failed({ error }: TaskRun, event: number): void {
    if (error !== undefined) this.record.owner.crash(error, event);
  }

  ended(run: TaskRun): void {
    this.runs.delete(run);
    this.life.removeTask(this);
    if (run.outcome === 'done' && !this.life.aborted) this.record.owner.workEnded();
  }

  #once(what: string): OptionError {
    return new OptionError(
      `task ${this.name} was spawned and runs once, so it cannot be ${what}; make it a @Background method`,
    );
  }
}
