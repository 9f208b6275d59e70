import type { Clock } from '../clock.ts';
import { type Duration, humanize, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { afterRealTime, afterThis } from './real-time.ts';

interface Timer {
  readonly at: number;
  /** Timers of one instant fire in the order they were set. */
  readonly order: number;
  readonly fire: () => void;
}

/** How long something may take before a test is told that it waits in vain. */
export interface PatienceOptions {
  /** Of real time, not of the clock's; `Infinity` for no limit. Default 2 s. */
  readonly timeout?: Duration;
}

/** How far `run` goes. */
export interface RunOptions extends PatienceOptions {
  /** The most time, of the clock's, that the work may take. Default one day. */
  readonly within?: Duration;
  /** Asked before time goes on, which it does not where this gives true: something has happened meanwhile. */
  readonly unless?: () => Promise<boolean>;
}

/** The real time after which a wait is given up, in milliseconds. */
const PATIENCE = 2_000;

/**
 * A clock that stands still until it is told to go on (fx's `fxclock`, tokio's `start_paused`). Between two timers all
 * promises that can settle do, so a test needs no sleeps.
 */
export class ManualClock implements Clock {
  #now = 0;
  #epoch: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();

  /** @param epoch what `date()` gives at first, in milliseconds since 1970; default 2026-01-01T00:00:00Z */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#epoch + this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => {};
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.add(timer);
    for (const look of [...this.#watchers]) look();
    return () => void this.#timers.delete(timer);
  }

  /** How many timers are set. A lifecycle keeps all of its own in one queue, which counts as one timer. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined when none is set. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next && Math.max(0, next.at - this.#now);
  }

  /**
   * Lets time pass. Timers fire in order, each at its own instant.
   *
   * @param duration milliseconds, or a text like `'10s'`
   * @throws OptionError for a negative or infinite length: time does not run backwards
   */
  async advance(duration: Duration): Promise<void> {
    const end = this.#now + checkedLength(duration, 'advance()');
    await quiescence();
    while (this.fireNext(end)) await quiescence();
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Lets time pass, timer by timer, until the work has settled, and gives what it gave: `await clock.run(app.stopAll())`.
   *
   * @throws what the work throws; an Error when it has not settled within `within`, or when no timer is set and it does not
   *   settle in real time either
   */
  async run<T>(work: PromiseLike<T>, options: RunOptions = {}): Promise<T> {
    const within = milliseconds(options.within ?? '1d', 'run({ within })');
    const patience = patienceOf(options, 'run({ timeout })');
    const end = this.#now + within;
    let settled = false;
    const watched = Promise.resolve(work).finally(() => {
      settled = true;
    });
    watched.catch(() => {});
    for (await quiescence(); !settled; await quiescence()) {
      if ((await options.unless?.()) === true || this.fireNext(end)) continue;
      if (this.pending > 0) throw new Error(`the work had not settled after ${humanize(within)} of the clock's time`);
      await this.#realTimeFor(watched, patience);
    }
    return watched;
  }

  /** No timer is set: what the work waits for is not of this clock. */
  #realTimeFor(work: Promise<unknown>, patience: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        this.#watchers.delete(goOn);
        giveUp();
        resolve();
      };
      const giveUp = afterRealTime(patience, () => {
        this.#watchers.delete(goOn);
        const waited = humanize(patience);
        reject(
          new Error(
            `the work had not settled after ${waited} of real time, and no timer is set: it waits for real I/O, or for what never comes`,
          ),
        );
      });
      this.#watchers.add(goOn);
      work.then(goOn, goOn);
    });
  }

  /**
   * Goes on to the next timer and fires it, if it is due by then; what it sets going has not settled when this returns.
   * `advance` and `run` are made of it.
   *
   * @param limit the latest instant, on `now()`; default any
   * @returns whether there was one
   */
  fireNext(limit: number = Number.POSITIVE_INFINITY): boolean {
    const next = this.#next();
    if (next === undefined || next.at > limit) return false;
    this.#now = Math.max(this.#now, next.at);
    this.#timers.delete(next);
    next.fire();
    return true;
  }

  /**
   * Lets time pass in which nothing can fire, as a call does that blocks the event loop. What was due meanwhile fires late,
   * with the next `advance`.
   *
   * @throws OptionError for a negative or infinite length
   */
  block(duration: Duration): void {
    this.#now += checkedLength(duration, 'block()');
  }

  /** Sets the date forward (or, by a negative number, back), as a person or NTP does; `now()` goes on as ever. */
  shiftDate(ms: number): void {
    this.#epoch += ms;
  }

  /**
   * Fulfils as soon as at least this many timers are set, for code that sets them only after real I/O; `advance` itself
   * waits for all that settles without.
   *
   * @throws Error when they are not set within the real time of `timeout`
   */
  scheduled(count: number, options: PatienceOptions = {}): Promise<void> {
    const patience = patienceOf(options, 'scheduled({ timeout })');
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#watchers.delete(look);
        giveUp();
      };
      const look = (): void => {
        if (this.#timers.size < count) return;
        settle();
        resolve();
      };
      const giveUp = afterRealTime(patience, () => {
        settle();
        reject(new Error(`${this.pending} of ${count} timers were set after ${humanize(patience)} of real time`));
      });
      this.#watchers.add(look);
      look();
    });
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** @returns milliseconds of real time; throws OptionError */
export function patienceOf({ timeout = PATIENCE }: PatienceOptions, what: string): number {
  return timeout === Number.POSITIVE_INFINITY ? timeout : milliseconds(timeout, what);
}

function checkedLength(duration: Duration, what: string): number {
  if (typeof duration === 'string') return milliseconds(duration, what);
  if (duration >= 0 && duration !== Number.POSITIVE_INFINITY) return duration;
  throw new OptionError(
    `${what} expects milliseconds of 0 or more, since time does not run backwards; got ${duration}`,
  );
}

/** Fulfils when every promise that can settle by itself has settled. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => afterThis(resolve));
}
