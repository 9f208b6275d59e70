import { AsyncResource } from 'node:async_hooks';
import type { Clock } from './clock.ts';
import { type Sleeper, WakeHeap } from './wake-heap.ts';

/** Which of the clock's two times an instant is of: `now` never jumps, `date` is the calendar's and may. */
export type TimeScale = 'now' | 'date';

/** A clock that wakes the same one again and again, without a timer made anew each time. */
export interface Scheduler extends Clock {
  /** Has it woken once at this instant, and not at the one it waited for before. `Infinity` is never. */
  wakeAt(sleeper: Sleeper, at: number, scale?: TimeScale): void;
  /** Has it not woken. */
  letSleep(sleeper: Sleeper, scale?: TimeScale): void;
}

/** How many are woken one after the other before what they have set going may go on. */
const AT_ONE_GO = 64;

/**
 * A clock whose timers all wait in one queue over a single timer of the clock below: most of them (deadlines, warnings) are
 * cancelled long before they are due, and cost next to nothing here. While none is set, neither is the one below.
 *
 * What waits for a date follows the calendar: whenever the queue wakes, for whatever reason, it looks what the date is by
 * then. Nothing polls for a date that was set forward; one that was set back is waited for again.
 */
export class TimerQueue implements Scheduler {
  readonly #clock: Clock;
  readonly #steady = new WakeHeap();
  readonly #calendar = new WakeHeap();
  /** All are woken in the asynchronous context that this was made in, and not in that of whoever came to set the timer. */
  readonly #scope = new AsyncResource('inversify-lifecycle');
  /** On the scale of `now`. */
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #isFiring = false;
  #isSettling = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  date(): number {
    return this.#clock.date();
  }

  timer(ms: number, fire: () => void): () => void {
    const sleeper: Sleeper = { wakesAt: Number.NaN, wake: fire };
    this.wakeAt(sleeper, this.#clock.now() + ms);
    return () => this.letSleep(sleeper);
  }

  wakeAt(sleeper: Sleeper, at: number, scale: TimeScale = 'now'): void {
    if (at === Number.POSITIVE_INFINITY) {
      this.letSleep(sleeper, scale);
      return;
    }
    const heap = scale === 'now' ? this.#steady : this.#calendar;
    heap.add(sleeper, at);
    if (this.#isFiring) return;
    const steadily = scale === 'now' ? sleeper.wakesAt : sleeper.wakesAt - this.#clock.date() + this.#clock.now();
    if (steadily < this.#armedFor) this.#arm(steadily);
  }

  letSleep(sleeper: Sleeper, scale: TimeScale = 'now'): void {
    if (Number.isNaN(sleeper.wakesAt)) return;
    (scale === 'now' ? this.#steady : this.#calendar).remove(sleeper);
    this.#settleLater();
  }

  /** What is set while this goes on, for an instant that has come, still fires; what becomes due meanwhile waits its turn. */
  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#disarm = undefined;
    this.#isFiring = true;
    this.#fireDue(this.#clock.now(), this.#clock.date());
  }

  /** Not all at one go: what the first ones have set going is over, and its memory free, before the next ones begin. */
  #fireDue(now: number, date: number): void {
    try {
      for (let count = 0; count < AT_ONE_GO; count++) {
        const next = this.#steady.takeDue(now) ?? this.#calendar.takeDue(date);
        if (next === undefined) {
          this.#isFiring = false;
          this.#settle();
          return;
        }
        next.wake();
      }
    } finally {
      // Also after one that throws: the clock below is told, and the others come all the same.
      if (this.#isFiring) queueMicrotask(() => this.#fireDue(now, date));
    }
  }

  /** Nothing is waited for in vain: many may go at once, so the timer below is put right after that. */
  #settleLater(): void {
    if (this.#steady.size === 0 && this.#calendar.size === 0) this.#settle();
    else if (!this.#isSettling) {
      this.#isSettling = true;
      queueMicrotask(() => {
        this.#isSettling = false;
        this.#settle();
      });
    }
  }

  #settle(): void {
    if (this.#isFiring) return;
    const dated = this.#calendar.firstAt;
    const steady = this.#steady.firstAt;
    const next =
      dated === Number.POSITIVE_INFINITY ? steady : Math.min(steady, dated - this.#clock.date() + this.#clock.now());
    if (next === Number.POSITIVE_INFINITY) {
      this.#disarm?.();
      this.#disarm = undefined;
      this.#armedFor = next;
    } else if (next !== this.#armedFor) this.#arm(next);
  }

  #arm(at: number): void {
    this.#disarm?.();
    this.#armedFor = at;
    this.#disarm = this.#clock.timer(Math.max(0, at - this.#clock.now()), () =>
      this.#scope.runInAsyncScope(this.#wake, this),
    );
  }
}
