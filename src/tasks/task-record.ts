import type { Logger } from '../log.ts';
import type { LastRun, RunOutcome, TaskKind, TaskSnapshot, TaskState } from './handle.ts';
import type { TaskOwner } from './owner.ts';
import type { TaskContext } from './task-context.ts';
import { abandonedTask, type TaskError } from './task-error.ts';

/** What a task says of itself while it is asked. */
export interface TaskStanding {
  readonly state: TaskState;
  /** Milliseconds since the epoch. */
  readonly nextRun: number | undefined;
}

/** What is told of a run. */
export interface RecordedRun {
  readonly run: number;
  readonly lateness: number;
  /** Milliseconds; so far, while it is under way. */
  readonly duration: number;
  readonly outcome: RunOutcome;
  /** The event of its beginning. */
  event: number;
}

/** One task over all lives of its service: who it is, what it has done, and the events that tell of it. */
export class TaskRecord {
  readonly owner: TaskOwner;
  readonly kind: TaskKind;
  /** Within its service. */
  readonly name: string;
  readonly code: (context: TaskContext) => unknown;
  /** Runs in a row that failed. */
  failuresInARow = 0;
  #runs = 0;
  #failures = 0;
  #restarts = 0;
  #overlaps = 0;
  /** Due times in a row that found no place. */
  #overlapsInARow = 0;
  #missed = 0;
  /*
   * Of the last run, as plain numbers: the run itself would grow old here, one for each task, and cost the garbage collector
   * more than the run.
   */
  #lateness = Number.NaN;
  /** Milliseconds since the epoch. */
  #lastStartedAt = Number.NaN;
  /** Not a number while it is under way. */
  #lastDuration = Number.NaN;
  #lastRun = 0;
  #lastError: TaskError | undefined;

  constructor(owner: TaskOwner, kind: TaskKind, name: string, code: (context: TaskContext) => unknown) {
    this.owner = owner;
    this.kind = kind;
    this.name = name;
    this.code = code;
  }

  /** `<ServiceLabel>.<task name>`. */
  get label(): string {
    return `${this.owner.label}.${this.name}`;
  }

  get log(): Logger {
    return this.owner.logOf(this.name);
  }

  /** A run begins. */
  began(run: RecordedRun): void {
    const { events, clock } = this.owner.host;
    const at = clock.date();
    this.#lastRun = run.run;
    this.#lateness = run.lateness;
    this.#lastStartedAt = at;
    this.#lastDuration = Number.NaN;
    this.#lastError = undefined;
    if (!events.wants('task:began')) run.event = events.pass();
    else {
      const { label: service, lastEvent } = this.owner;
      const { run: number, lateness } = run;
      run.event = events.emit(
        { at, kind: 'task:began', service, task: this.name, taskKind: this.kind, run: number, lateness },
        lastEvent,
      );
    }
  }

  /** The number of the next run. */
  count(): number {
    return ++this.#runs;
  }

  /** A run failed. @returns the event */
  failed(run: RecordedRun, error: TaskError): number {
    this.#failures++;
    this.failuresInARow++;
    if (run.run === this.#lastRun) this.#lastError = error;
    const { run: number, duration } = run;
    const facts = { ...this.#facts, run: number, duration, error, inARow: this.failuresInARow };
    return this.owner.host.events.emit({ kind: 'task:failed', ...facts }, run.event);
  }

  /** A run is over. */
  ended(run: RecordedRun): void {
    const { outcome, run: number, duration } = run;
    if (number === this.#lastRun) this.#lastDuration = duration;
    if (outcome === 'done') this.failuresInARow = 0;
    const { label: service, host } = this.owner;
    const { events } = host;
    if (!events.wants('task:ended')) events.pass();
    else events.emit({ kind: 'task:ended', service, task: this.name, run: number, duration, outcome }, run.event);
  }

  /** A due time found a place. */
  placed(): void {
    this.#overlapsInARow = 0;
  }

  /** A due time found no place. @param isHeld it is made up for later */
  overlapped(isHeld: boolean): void {
    this.#overlaps++;
    const inARow = ++this.#overlapsInARow;
    this.#emit({ kind: 'task:overlap', ...this.#facts, isHeld, inARow });
  }

  /** Due times passed unseen. */
  missed(count: number, isMadeUp: boolean): void {
    this.#missed += count;
    this.#emit({ kind: 'task:missed', ...this.#facts, taskKind: this.kind, count, isMadeUp });
  }

  /** It is about to be run again after a failure. @param delay in milliseconds */
  restarting(delay: number, cause: number): void {
    this.#restarts++;
    this.owner.host.events.emit({ kind: 'task:restarting', ...this.#facts, delay }, cause);
  }

  /** Its life is over, and it is still at it. */
  abandoned(): TaskError {
    const error = abandonedTask(this.label);
    this.#emit({ kind: 'task:abandoned', ...this.#facts, error });
    return error;
  }

  paused(isPaused: boolean): void {
    this.#emit({ kind: isPaused ? 'task:paused' : 'task:resumed', ...this.#facts });
  }

  snapshot({ state, nextRun }: TaskStanding): TaskSnapshot {
    const hasRun = this.#lastRun > 0;
    return {
      name: this.label,
      service: this.owner.label,
      kind: this.kind,
      state,
      runs: this.#runs,
      failures: this.#failures,
      restarts: this.#restarts,
      overlaps: this.#overlaps,
      missed: this.#missed,
      lateness: hasRun ? this.#lateness : undefined,
      lastRun: hasRun ? this.#describeLast() : undefined,
      nextRun,
    };
  }

  #describeLast(): LastRun {
    return {
      startedAt: this.#lastStartedAt,
      duration: Number.isNaN(this.#lastDuration) ? undefined : this.#lastDuration,
      error: this.#lastError,
    };
  }

  get #facts(): { readonly service: string; readonly task: string } {
    return { service: this.owner.label, task: this.name };
  }

  #emit(facts: Parameters<TaskOwner['host']['events']['emit']>[0]): void {
    this.owner.host.events.emit(facts, this.owner.lastEvent);
  }
}
