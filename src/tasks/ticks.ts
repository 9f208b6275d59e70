import type { Duration } from '../duration.ts';
import type { Scheduler } from '../timer-queue.ts';
import type { Sleeper } from '../wake-heap.ts';
import { GRACE, isInTime, Phases } from './schedule.ts';
import { intervalOf } from './task-spec.ts';

/** One tick of an interval. */
export interface Tick {
  /** The number of this tick, from 1. */
  readonly count: number;
  /** When it was due, in milliseconds since the epoch. */
  readonly scheduledAt: number;
  /** By how much it came later than that, in milliseconds. */
  readonly lateness: number;
  /** Due times since the tick before that are left out: the loop's body, or something that blocked the event loop, took longer. */
  readonly missed: number;
}

const END: IteratorResult<Tick, undefined> = { done: true, value: undefined };

/**
 * Ticks with the phase lock of timers: due time k is start + k * interval, by a clock that never jumps, and one that nobody
 * could see to is left out. It waits for a tick only while somebody does, so a loop that is left leaves nothing behind.
 */
export class Ticks implements AsyncIterableIterator<Tick, undefined> {
  readonly #clock: Scheduler;
  readonly #signal: AbortSignal;
  readonly #phases: Phases;
  readonly #sleeper: Sleeper = { wakesAt: Number.NaN, wake: () => this.#wake() };
  readonly #end = (): void => this.#finish();
  readonly #waiting: ((result: IteratorResult<Tick, undefined>) => void)[] = [];
  /** The last due time that was given or left out, and at first the start. */
  #last: number;
  /** The due time that is waited for. */
  #due: number;
  #count = 0;
  #missed = 0;
  #isOver = false;

  /** @throws OptionError for an interval that makes no sense */
  constructor(clock: Scheduler, signal: AbortSignal, interval: Duration) {
    this.#clock = clock;
    this.#signal = signal;
    this.#last = clock.now();
    this.#due = this.#last;
    this.#phases = new Phases(intervalOf(interval), this.#last, false);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Tick, undefined>> {
    if (this.#isOver || this.#signal.aborted) return Promise.resolve(END);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length > 1) return;
      this.#signal.addEventListener('abort', this.#end);
      this.#await(this.#clock.now());
    });
  }

  /** What `break` calls. */
  async return(): Promise<IteratorResult<Tick, undefined>> {
    this.#finish();
    return END;
  }

  /** The first due time that has not passed. */
  #await(now: number): void {
    const next = this.#phases.after(this.#last);
    if (next >= now) this.#due = next;
    else {
      const { count, last } = this.#phases.between(next, now);
      const isNow = last === now;
      this.#due = isNow ? last : this.#phases.after(last);
      this.#missed += isNow ? count : count + 1;
    }
    this.#clock.wakeAt(this.#sleeper, this.#due);
  }

  #wake(): void {
    const now = this.#clock.now();
    const { count, last } = this.#phases.between(this.#due, now);
    const isMissed = (count > 0 || now - last > GRACE) && !isInTime(last, now);
    this.#missed += isMissed ? count + 1 : count;
    this.#last = last;
    if (isMissed) this.#await(now);
    else this.#give(last, now);
  }

  #give(due: number, now: number): void {
    const tick = {
      count: ++this.#count,
      scheduledAt: Math.round(this.#clock.date() - now + due),
      lateness: now - due,
      missed: this.#missed,
    };
    this.#missed = 0;
    this.#waiting.shift()?.({ done: false, value: tick });
    if (this.#waiting.length > 0) this.#await(now);
    else this.#signal.removeEventListener('abort', this.#end);
  }

  #finish(): void {
    this.#isOver = true;
    this.#clock.letSleep(this.#sleeper);
    this.#signal.removeEventListener('abort', this.#end);
    for (const tell of this.#waiting.splice(0)) tell(END);
  }
}
