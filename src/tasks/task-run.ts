import { isAbortOf } from '../abort.ts';
import { sleep } from '../clock.ts';
import { type Entry, enter } from '../current.ts';
import { humanize, milliseconds } from '../duration.ts';
import type { Logger } from '../log.ts';
import { isThenable } from '../thenable.ts';
import type { TimeScale } from '../timer-queue.ts';
import type { Trace } from '../tracing/trace.ts';
import { waitFor } from '../wait.ts';
import type { Wait } from '../waitable.ts';
import type { RunOutcome } from './handle.ts';
import type { TaskLife, TaskOwner } from './owner.ts';
import { RunSignal } from './run-signal.ts';
import { type TaskRunTrace, traceRun } from './run-trace.ts';
import type { TaskContext } from './task-context.ts';
import { failedRun, lateRun, type TaskError } from './task-error.ts';
import type { RecordedRun, TaskRecord } from './task-record.ts';
import { Ticks } from './ticks.ts';

/** Has a task run, during one life of its service. */
export interface RunKeeper {
  readonly record: TaskRecord;
  readonly life: TaskLife;
  /** What due times are counted in. */
  readonly scale: TimeScale;
  /** Milliseconds; `Infinity` for none. */
  readonly timeout: number;
  readonly onError: ((error: unknown, self: object) => unknown) | undefined;
  /** Where there is one run at a time: hands its end on to that one, so that not every run needs functions of its own. */
  readonly settlement: Settlement | undefined;
  /** What follows from a failure: called once for a run that fails, unless its life is over. */
  failed(run: TaskRun, event: number): void;
  /** Nothing of a run is under way any more. */
  ended(run: TaskRun): void;
}

/** What becomes of a run once its code has settled. */
export interface Settlement {
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (error: unknown) => void;
}

/** Somebody who waits for a run. */
interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What few runs ever need. */
interface Extras {
  /** Where it may be aborted while its life goes on. */
  own?: RunSignal;
  cancelTimeout?: () => void;
  /** What is to be over before the run is: what the user's `onError` does. */
  judging?: Promise<void>;
  waiting?: Waiting[];
  /** Where somebody looks on. */
  trace?: Trace<TaskRunTrace>;
}

/** One run of a task: what its code is given, and how it ends. */
export class TaskRun implements TaskContext, RecordedRun, Entry {
  readonly step = 'task';
  readonly run: number;
  readonly lateness: number;
  readonly beganAt: number;
  active = true;
  outcome: RunOutcome = 'done';
  error: TaskError | undefined;
  event = 0;
  isOver = false;
  readonly #keeper: RunKeeper;
  readonly #due: number;
  endedAt = Number.NaN;
  /** What it gave or threw. */
  #result: unknown;
  #hasThrown = false;
  #extras: Extras | undefined;

  /**
   * @param beganAt now, on the clock's `now()`
   * @param due when it is due, on the keeper's scale; not a number for one that begins when it is wanted
   * @param lateness how much later than it was to begin it does
   */
  constructor(keeper: RunKeeper, beganAt: number, due = Number.NaN, lateness = 0) {
    this.#keeper = keeper;
    this.#due = due;
    this.beganAt = beganAt;
    this.lateness = lateness;
    this.run = keeper.record.count();
  }

  get unit(): TaskOwner {
    return this.#keeper.record.owner;
  }

  get name(): string {
    return this.#keeper.record.label;
  }

  get log(): Logger {
    return this.#keeper.record.log;
  }

  get scheduledAt(): number {
    const { clock } = this.unit.host;
    const isDue = !Number.isNaN(this.#due);
    if (isDue && this.#keeper.scale === 'date') return this.#due;
    return Math.round(clock.date() - clock.now() + (isDue ? this.#due : this.beganAt));
  }

  get duration(): number {
    return (this.isOver ? this.endedAt : this.unit.host.clock.now()) - this.beganAt;
  }

  get signal(): AbortSignal {
    const { record, life, timeout } = this.#keeper;
    const isItsLifes = record.kind !== 'background' && timeout === Number.POSITIVE_INFINITY;
    return isItsLifes ? life.signal : this.#own.signal;
  }

  // Each of these gives a function of its own, so that a destructured one still knows its run.

  get sleep(): TaskContext['sleep'] {
    return (duration) => sleep(this.unit.host.clock, milliseconds(duration, 'sleep()'), this.signal);
  }

  get wait(): Wait {
    const { host } = this.unit;
    return (...args: unknown[]) => waitFor(args, { host, signal: this.signal, log: () => this.log }) as never;
  }

  get interval(): TaskContext['interval'] {
    return (duration) => new Ticks(this.unit.host.clock, this.signal, duration);
  }

  /** Takes its course; what its code throws is not thrown here. */
  begin(): void {
    const { record } = this.#keeper;
    record.began(this);
    const trace = traceRun(record, this);
    if (trace !== undefined) this.#more.trace = trace;
    this.#call(trace);
    trace?.returned();
  }

  #call(trace: Trace<TaskRunTrace> | undefined): void {
    const { record, timeout } = this.#keeper;
    let returned: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      const { door } = this.unit.host;
      const run = door === undefined ? record.code : () => door(this, () => record.code(this));
      returned = trace === undefined ? enter(this, run, this) : trace.within(() => enter(this, run, this));
      if (isThenable(returned)) promise = Promise.resolve(returned);
    } catch (thrown) {
      this.rejected(thrown);
      return;
    }
    if (promise === undefined) {
      this.fulfilled(returned);
      return;
    }
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#more.cancelTimeout = this.unit.host.clock.timer(timeout, () => this.#expire(timeout));
    }
    const { fulfilled, rejected } = this.#keeper.settlement ?? this.#settlement();
    promise.then(fulfilled, rejected);
  }

  #settlement(): Settlement {
    return { fulfilled: (value) => this.fulfilled(value), rejected: (thrown) => this.rejected(thrown) };
  }

  /** Has its signal abort, where that is not its life's alone. */
  abort(reason: Error): void {
    this.#own.abort(reason);
  }

  /** Whether it was aborted by itself, while its life goes on. */
  get wasAborted(): boolean {
    return this.#extras?.own?.wasAborted === true;
  }

  /** Settles as the run does. Nobody needs to handle it: a failure is counted and told of anyhow. */
  finished(): Promise<unknown> {
    const finished = new Promise((resolve, reject) => {
      const more = this.#more;
      more.waiting ??= [];
      more.waiting.push({ resolve, reject });
      if (this.isOver) this.#tell();
    });
    finished.catch(() => {});
    return finished;
  }

  get #more(): Extras {
    this.#extras ??= {};
    return this.#extras;
  }

  get #own(): RunSignal {
    const known = this.#extras?.own;
    if (known !== undefined) return known;
    const own = new RunSignal(this.#keeper.life);
    if (this.isOver) own.close();
    this.#more.own = own;
    return own;
  }

  #expire(timeout: number): void {
    this.abort(new DOMException('The run took longer than its timeout', 'TimeoutError'));
    const error = lateRun(this.name, this.run, humanize(timeout), this.#keeper.life.aborted);
    this.#fail(error, error);
  }

  fulfilled(value: unknown): void {
    this.#result = value;
    this.#settled();
  }

  rejected(thrown: unknown): void {
    this.#result = thrown;
    this.#hasThrown = true;
    if (this.error === undefined) {
      const isAborted = this.wasAborted || this.#keeper.life.aborted;
      if (isAborted && isAbortOf(this.signal, thrown)) this.outcome = 'aborted';
      else this.#fail(failedRun(this.name, this.run, thrown), thrown);
    }
    this.#settled();
  }

  #settled(): void {
    this.active = false;
    const extras = this.#extras;
    extras?.cancelTimeout?.();
    if (extras?.judging === undefined) this.#end();
    else void extras.judging.then(() => this.#end());
  }

  /** It failed; a run that took too long is still at it. */
  #fail(error: TaskError, thrown: unknown): void {
    const { record, life, onError } = this.#keeper;
    this.error = error;
    this.outcome = 'failed';
    this.#extras?.trace?.failed(error);
    const event = record.failed(this, error);
    if (onError !== undefined) this.#more.judging = this.#judge(onError, thrown, event);
    else if (!life.aborted) this.#keeper.failed(this, event);
  }

  async #judge(onError: NonNullable<RunKeeper['onError']>, thrown: unknown, event: number): Promise<void> {
    const { record, life } = this.#keeper;
    const entry: Entry = { unit: record.owner, step: 'task', active: true };
    let crash: Error | undefined;
    try {
      const ask = (): unknown => enter(entry, onError, thrown, record.owner.instance as object);
      const trace = this.#extras?.trace;
      const verdict = await (trace === undefined ? ask() : trace.within(ask));
      if (verdict === 'crash') crash = this.error;
    } catch (wrong) {
      crash = failedRun(`${this.name} (its onError)`, this.run, wrong);
    }
    entry.active = false;
    if (life.aborted) return;
    if (crash === undefined) this.#keeper.failed(this, event);
    else record.owner.crash(crash, event);
  }

  #end(): void {
    this.endedAt = this.unit.host.clock.now();
    this.isOver = true;
    this.#extras?.own?.close();
    this.#keeper.record.ended(this);
    this.#extras?.trace?.over(this.#traced());
    this.#keeper.ended(this);
    this.#tell();
  }

  #traced(): Partial<TaskRunTrace> {
    const { outcome, duration } = this;
    return this.#hasThrown ? { outcome, duration } : { outcome, duration, result: this.#result };
  }

  #tell(): void {
    const waiting = this.#extras?.waiting;
    if (waiting === undefined) return;
    for (const { resolve, reject } of waiting.splice(0)) {
      if (this.error !== undefined) reject(this.error);
      else if (this.#hasThrown) reject(this.#result);
      else resolve(this.#result);
    }
  }
}
