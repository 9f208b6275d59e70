import { currentEntry } from '../current.ts';
import { messageOf } from '../errors.ts';
import type { Failure } from '../supervision/intensity.ts';
import { MaxRestartsExceeded } from '../supervision/max-restarts.ts';
import type { Scheduler, TimeScale } from '../timer-queue.ts';
import type { Sleeper } from '../wake-heap.ts';
import type { Loop } from './loop.ts';
import type { TaskLife } from './owner.ts';
import { GRACE, isInTime, NEVER, type Schedule } from './schedule.ts';
import { notRunning, waitsForItself } from './task-error.ts';
import type { TaskRecord, TaskStanding } from './task-record.ts';
import { type RunKeeper, type Settlement, TaskRun } from './task-run.ts';
import type { ScheduledSpec } from './task-spec.ts';
import { Work } from './work.ts';

/** What is to be run as soon as there is a place. */
interface Held {
  /** Undefined for one that was triggered. */
  readonly due: number | undefined;
  readonly waiting: Waiting[];
}

/** Somebody who has triggered it and waits for its run. */
interface Waiting {
  readonly resolve: (run: TaskRun) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A timer or crontab task during one life of its service.
 *
 * It waits for the next due time, `#due`, in the clock's queue; while it is paused, or its runs are what the next due time is
 * counted from, it waits for none. Each due time that comes is one of three things: a run; an overlap, where there is no place
 * for it; or missed, where it was seen too late.
 */
export class ScheduledLoop extends Work implements Loop, RunKeeper, Sleeper {
  readonly awaited = 'before onStop';
  readonly scale: TimeScale;
  readonly timeout: number;
  readonly onError: RunKeeper['onError'];
  readonly settlement: Settlement | undefined;
  wakesAt = Number.NaN;
  readonly #clock: Scheduler;
  readonly #spec: ScheduledSpec;
  readonly #schedule: Schedule;
  #due = NEVER;
  /** The last due time that has come: a date may be set back before it. */
  #seen = Number.NEGATIVE_INFINITY;
  /** How much later than due it is to begin. */
  #jitter = 0;
  /** When the last run ended, or the life began; on the clock's `now()`. */
  #endedAt = Number.NaN;
  #held: Held | undefined;
  #isPaused = false;
  #isOver = false;
  /** In a row, for the story of a crash. */
  #failures: Failure[] = [];

  constructor(record: TaskRecord, life: TaskLife, spec: ScheduledSpec, schedule: Schedule) {
    super(record, life);
    this.scale = schedule.scale;
    this.timeout = spec.timeout;
    this.onError = spec.onError;
    this.settlement = spec.atOnce === 1 ? this.runs.settleLatest() : undefined;
    this.#spec = spec;
    this.#schedule = schedule;
    this.#clock = record.owner.host.clock;
    record.failuresInARow = 0;
  }

  begin(): void {
    this.#endedAt = this.#clock.now();
    if (!this.#isPaused && !this.#isOver) this.#await(this.#schedule.first(this.#now()));
  }

  quiesce(): void {
    this.#isOver = true;
    this.#rest();
    for (const { reject } of this.#held?.waiting ?? []) reject(notRunning(this.name, 'stopping'));
    this.#held = undefined;
  }

  pause(): void {
    this.#isPaused = true;
    this.#rest();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isOver) return;
    const { delay } = this.#schedule;
    const now = this.#now();
    if (delay === undefined) this.#await(this.#schedule.after(Math.max(now, this.#seen)));
    else if (!this.busy) this.#await(Math.max(now, this.#endedAt + delay));
  }

  standing(): TaskStanding {
    const nextRun = this.#isWaiting ? Math.round(this.#dateOf(this.#due)) : undefined;
    const isDone = !this.#isWaiting && !this.#isPaused && !this.busy;
    return { state: this.busy ? 'running' : this.#isPaused ? 'paused' : isDone ? 'done' : 'waiting', nextRun };
  }

  trigger(): Promise<unknown> {
    if (this.#isOver) throw notRunning(this.name, 'stopping');
    const { latest } = this.runs;
    if (latest === undefined || this.#hasPlace) return this.#run().finished();
    // What runs inside a run of this task would wait for that.
    if (this.runs.has(currentEntry())) throw waitsForItself(this.name);
    if (!this.#spec.holds) return latest.finished();
    this.#held ??= { due: undefined, waiting: [] };
    const { waiting } = this.#held;
    return new Promise<TaskRun>((resolve, reject) => waiting.push({ resolve, reject })).then((run) => run.finished());
  }

  /** The due time has come. */
  wake(): void {
    const due = this.#due;
    const now = this.#now();
    const jitter = this.#jitter;
    const { delay } = this.#schedule;
    this.#seen = due;
    // A run will say when the next one is due.
    if (delay !== undefined) this.#due = NEVER;
    else {
      const next = this.#schedule.after(due);
      const isLate = now - due > GRACE + jitter || next <= now;
      if (isLate) {
        this.#miss(due, now);
        return;
      }
      this.#await(next);
    }
    this.#begin(due, now - due - jitter, this.scale === 'now' ? now : undefined);
  }

  #miss(due: number, now: number): void {
    const { count, last } = this.#schedule.between(due, now);
    const isMadeUp = this.#spec.missed === 'runOnce';
    this.#seen = last;
    const isLastInTime = isInTime(last, now);
    this.#await(this.#schedule.after(last));
    this.record.missed(isLastInTime ? count : count + 1, isMadeUp);
    if (isLastInTime || isMadeUp) this.#begin(last, now - last);
  }

  /** @param now on the clock's `now()`, where it is known already */
  #begin(due: number, lateness: number, now?: number): void {
    if (this.#hasPlace) {
      this.record.placed();
      this.#run(due, Math.max(0, lateness), now);
      return;
    }
    const isHeld = this.#spec.holds && this.#held === undefined;
    if (isHeld) this.#held = { due, waiting: [] };
    this.record.overlapped(isHeld);
  }

  get #hasPlace(): boolean {
    return this.runs.count < this.#spec.atOnce;
  }

  #run(due?: number, lateness?: number, now = this.#clock.now()): TaskRun {
    const run = new TaskRun(this, now, due, lateness);
    this.runs.add(run);
    run.begin();
    return run;
  }

  failed({ error }: TaskRun, event: number): void {
    const { maxFailures } = this.#spec;
    if (error === undefined || this.#isOver || maxFailures === Number.POSITIVE_INFINITY) return;
    this.#failures.push({ at: this.#clock.now(), date: this.#clock.date(), error });
    if (this.#failures.length <= maxFailures) return;
    const times = this.#failures.length === 1 ? 'once' : `${this.#failures.length} times in a row`;
    const text = `task ${this.name} failed ${times} (restart: { max: ${maxFailures} }); the last time: ${messageOf(error.cause ?? error)}`;
    this.record.owner.crash(new MaxRestartsExceeded(text, this.#failures, error.cause ?? error), event);
  }

  ended(run: TaskRun): void {
    this.runs.delete(run);
    this.#endedAt = run.endedAt;
    if (run.outcome === 'done' && this.#failures.length > 0) this.#failures = [];
    if (this.#isOver) return;
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      const lateness = held.due === undefined ? 0 : this.#now() - held.due;
      const next = this.#run(held.due, lateness);
      for (const { resolve } of held.waiting) resolve(next);
    }
    const { delay } = this.#schedule;
    const isNext = delay !== undefined && !this.#isWaiting && !this.#isPaused && !this.busy;
    if (isNext) this.#await(this.#endedAt + delay);
  }

  get #isWaiting(): boolean {
    return this.#due !== NEVER;
  }

  #await(due: number): void {
    this.#due = due;
    if (this.#spec.jitter > 0) this.#jitter = this.#jitterOf(due);
    this.#clock.wakeAt(this, due + this.#jitter, this.scale);
  }

  /** No longer than until the next due time, or that would come first. */
  #jitterOf(due: number): number {
    const { delay } = this.#schedule;
    const next = delay === undefined ? this.#schedule.after(due) : NEVER;
    return this.record.owner.host.random() * Math.min(this.#spec.jitter, next - due);
  }

  /** Nothing is due any more. */
  #rest(): void {
    this.#due = NEVER;
    this.#clock.letSleep(this, this.scale);
    // Whoever has triggered it waits on.
    if (this.#held?.waiting.length === 0) this.#held = undefined;
  }

  #now(): number {
    return this.scale === 'now' ? this.#clock.now() : this.#clock.date();
  }

  #dateOf(instant: number): number {
    return this.scale === 'date' ? instant : this.#clock.date() - this.#clock.now() + instant;
  }
}
