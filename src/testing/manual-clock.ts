import type { Clock } from '../clock.ts';
import { OptionError } from '../errors.ts';

interface Timer {
  readonly at: number;
  /** Timers of one instant fire in the order they were set. */
  readonly order: number;
  readonly fire: () => void;
}

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

  /** How many timers are set. */
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
   * @throws OptionError for a negative or infinite length
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + checkedLength(ms, 'advance()');
    await quiescence();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next);
      next.fire();
      await quiescence();
    }
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Lets time pass in which nothing can fire, as a call does that blocks the event loop. What was due meanwhile fires late,
   * with the next `advance`.
   *
   * @throws OptionError for a negative or infinite length
   */
  block(ms: number): void {
    this.#now += checkedLength(ms, 'block()');
  }

  /** Sets the date forward (or, by a negative number, back), as a person or NTP does; `now()` goes on as ever. */
  shiftDate(ms: number): void {
    this.#epoch += ms;
  }

  /** Fulfils as soon as at least this many timers are set. */
  scheduled(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#timers.size < count) return;
        this.#watchers.delete(look);
        resolve();
      };
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

function checkedLength(ms: number, what: string): number {
  if (ms >= 0 && ms !== Number.POSITIVE_INFINITY) return ms;
  throw new OptionError(`${what} expects milliseconds of 0 or more, since time does not run backwards; got ${ms}`);
}

/** Fulfils when every promise that can settle by itself has settled. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
