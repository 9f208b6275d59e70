import type { TimeScale } from '../timer-queue.ts';
import { CronTimes } from './cron-times.ts';
import { checkJitter, intervalOf, type ScheduledSpec } from './task-spec.ts';

/** No due time at all. */
export const NEVER = Number.POSITIVE_INFINITY;

/** A due time that is seen later than this was missed, however far away the next one is (Quartz's misfire threshold). */
export const GRACE = 60_000;

/** Seen within this of a due time is in time for it, in milliseconds: a timer of Node's is no finer. */
const FINEST = 2;

/** Whether this due time is seen in time, whatever became of those before it. */
export function isInTime(due: number, now: number): boolean {
  return now - due < FINEST;
}

/** When runs are due, as a pure value: it knows no clock and keeps no state. */
export interface Schedule {
  /** What its instants are counted in. */
  readonly scale: TimeScale;
  /** The time between the end of a run and the next due time, where that is what decides; undefined for fixed due times. */
  readonly delay: number | undefined;
  /** The first due time, for what begins now. */
  first(now: number): number;
  /** The first due time after this instant; `NEVER` when there is none any more. */
  after(instant: number): number;
  /** The due times after one and up to another instant: how many, and the last of them. */
  between(due: number, upTo: number): { readonly count: number; readonly last: number };
}

/**
 * The schedule of one life of a service.
 *
 * @param now when the life began, on the clock's `now()`
 * @throws OptionError for what a function gave that is no interval or no expression; what the function throws
 */
export function scheduleOf(spec: ScheduledSpec, self: object, now: number): Schedule {
  if (spec.kind === 'crontab') {
    const { expression, timeZone } = spec;
    return calendar(typeof expression === 'function' ? new CronTimes(expression(self), timeZone) : expression);
  }
  const { every, immediate } = spec;
  const interval = typeof spec.interval === 'function' ? intervalOf(spec.interval(self)) : spec.interval;
  if (every === 'delay') return delays(interval, immediate);
  checkJitter(spec.jitter, interval);
  return new Phases(interval, now, immediate);
}

/** Due time k is epoch + k * interval: what is late does not make the next one late. */
export class Phases implements Schedule {
  readonly scale = 'now';
  readonly delay = undefined;
  readonly #interval: number;
  readonly #epoch: number;
  readonly #isImmediate: boolean;

  constructor(interval: number, epoch: number, isImmediate: boolean) {
    this.#interval = interval;
    this.#epoch = epoch;
    this.#isImmediate = isImmediate;
  }

  first(): number {
    return this.#dueAt(this.#isImmediate ? 0 : 1);
  }

  after(instant: number): number {
    return this.#dueAt(this.#lastBy(instant) + 1);
  }

  between(due: number, upTo: number): { readonly count: number; readonly last: number } {
    const last = this.#lastBy(upTo);
    const count = last - this.#lastBy(due);
    return count > 0 ? { count, last: this.#dueAt(last) } : { count: 0, last: due };
  }

  #dueAt(k: number): number {
    return this.#epoch + k * this.#interval;
  }

  /** A quotient of two floats may be off by a hair either way. */
  #lastBy(instant: number): number {
    const k = Math.round((instant - this.#epoch) / this.#interval);
    return this.#dueAt(k) <= instant ? k : k - 1;
  }
}

function delays(interval: number, immediate: boolean): Schedule {
  return {
    scale: 'now',
    delay: interval,
    first: (now) => (immediate ? now : now + interval),
    after: (instant) => instant + interval,
    between: (due) => ({ count: 0, last: due }),
  };
}

function calendar(times: CronTimes): Schedule {
  return {
    scale: 'date',
    delay: undefined,
    first: (date) => times.after(date) ?? NEVER,
    after: (date) => times.after(date) ?? NEVER,
    between: (due, upTo) => times.between(due, upTo),
  };
}
