import { currentEntry } from '../current.ts';
import { humanize } from '../duration.ts';
import { messageOf } from '../errors.ts';
import { delayOf } from '../supervision/backoff.ts';
import { type Failure, failuresWithin, isExceeded } from '../supervision/intensity.ts';
import { MaxRestartsExceeded } from '../supervision/max-restarts.ts';
import type { Scheduler } from '../timer-queue.ts';
import type { Sleeper } from '../wake-heap.ts';
import type { Loop } from './loop.ts';
import type { TaskLife } from './owner.ts';
import { notRunning, waitsForItself } from './task-error.ts';
import type { TaskRecord, TaskStanding } from './task-record.ts';
import { type RunKeeper, type Settlement, TaskRun } from './task-run.ts';
import type { BackgroundSpec } from './task-spec.ts';
import { Work } from './work.ts';

/** Why the signal of a background task aborts when it is paused. */
class Paused extends Error {
  override readonly name = 'AbortError';
}

/** A background task during one life of its service: one run, and another one after each that fails. */
export class BackgroundLoop extends Work implements Loop, RunKeeper, Sleeper {
  readonly awaited = 'after onStop';
  readonly scale = 'now';
  readonly timeout = Number.POSITIVE_INFINITY;
  readonly onError: RunKeeper['onError'];
  readonly settlement: Settlement;
  wakesAt = Number.NaN;
  readonly #clock: Scheduler;
  readonly #spec: BackgroundSpec;
  /** When it is run again, on the clock's `now()`. */
  #due: number | undefined;
  #isPaused = false;
  /** It has come to its end by itself. */
  #isDone = false;
  #isOver = false;
  /** How long it has run in this life, all runs together: waits are no time in which it could have failed. */
  #uptime = 0;
  #failures: Failure[] = [];
  /** In a row, each soon after the one before. */
  #attempts = 0;

  constructor(record: TaskRecord, life: TaskLife, spec: BackgroundSpec) {
    super(record, life);
    this.onError = spec.onError;
    this.settlement = this.runs.settleLatest();
    this.#spec = spec;
    this.#clock = record.owner.host.clock;
    record.failuresInARow = 0;
  }

  begin(): void {
    if (!this.#isPaused && !this.#isOver) this.#run();
  }

  quiesce(): void {
    this.#isOver = true;
    this.#rest();
  }

  pause(): void {
    this.#isPaused = true;
    this.#rest();
    for (const run of this.runs) run.abort(new Paused(`task ${this.name} is paused`));
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isOver && !this.#isDone && !this.busy) this.#run();
  }

  standing(): TaskStanding {
    const clock = this.#clock;
    const state = this.busy ? 'running' : this.#isPaused ? 'paused' : this.#due === undefined ? 'done' : 'restarting';
    return { state, nextRun: this.#due === undefined ? undefined : Math.round(clock.date() - clock.now() + this.#due) };
  }

  trigger(): Promise<unknown> {
    if (this.#isOver) throw notRunning(this.name, 'stopping');
    if (this.runs.has(currentEntry())) throw waitsForItself(this.name);
    if (this.runs.latest !== undefined) return this.runs.latest.finished();
    this.#rest();
    return this.#run().finished();
  }

  wake(): void {
    this.#due = undefined;
    this.#run();
  }

  #run(): TaskRun {
    const run = new TaskRun(this, this.#clock.now());
    this.runs.add(run);
    run.begin();
    return run;
  }

  /** It has failed, and comes again after a while, unless that was once too often. */
  failed({ error, duration }: TaskRun, event: number): void {
    const { intensity, backoff } = this.#spec;
    const clock = this.#clock;
    if (error === undefined || this.#isOver) return;
    const failure = { at: this.#uptime + duration, date: clock.date(), error };
    this.#failures = failuresWithin(intensity, this.#failures, failure);
    if (isExceeded(intensity, this.#failures)) {
      this.#giveUp(error, event);
      return;
    }
    this.#attempts = duration >= backoff.resetAfter ? 1 : this.#attempts + 1;
    if (this.#isPaused) return;
    const delay = delayOf(backoff, this.#attempts, this.record.owner.host.random());
    this.#due = clock.now() + delay;
    this.#clock.wakeAt(this, this.#due);
    this.record.restarting(delay, event);
  }

  #giveUp(error: Error, event: number): void {
    const { max, within } = this.#spec.intensity;
    const times = this.#failures.length === 1 ? 'once' : `${this.#failures.length} times`;
    const text = `task ${this.name} failed ${times} within ${humanize(within)} of running time, more often than restart.max (${max}); the last time: ${messageOf(error.cause ?? error)}`;
    this.record.owner.crash(new MaxRestartsExceeded(text, this.#failures, error.cause ?? error), event);
  }

  ended(run: TaskRun): void {
    this.runs.delete(run);
    this.#uptime += run.duration;
    this.#isDone = run.outcome === 'done' && !run.wasAborted;
    if (this.#isDone && !this.#isOver) this.record.owner.workEnded();
    // Resumed while its paused run was still on its way out.
    if (run.wasAborted && this.#due === undefined && !this.#isPaused && !this.#isOver) this.#run();
  }

  #rest(): void {
    this.#due = undefined;
    this.#clock.letSleep(this);
  }
}
