import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { currentEntry, type Entry } from '../current.ts';
import { humanize } from '../duration.ts';
import { type Scheduler, TimerQueue, type TimeScale } from '../timer-queue.ts';
import type { Sleeper } from '../wake-heap.ts';
import type { ManualClock } from './manual-clock.ts';

/** A timer that a hook or a task has set, or something that one has left behind. */
export interface OwnTimer {
  /** Undefined for one that was set by no hook or task. */
  readonly owner: Entry | undefined;
  readonly ms: number;
  readonly repeats: boolean;
  /** False for one that keeps no process alive (`unref`). */
  isRef: boolean;
  cancel(): void;
}

/** The time of one lifecycle in a test: a manual clock, and whose timers are set on it. */
export class OwnTime implements Scheduler {
  readonly clock: ManualClock;
  /** What a timer's own function throws, there where nobody can catch it. */
  readonly #onThrow: (thrown: unknown, timer: OwnTimer) => void;
  /** The engine's timers, and what sleeps in hooks and tasks. */
  readonly #queue: TimerQueue;
  readonly #set = new Set<OwnTimer>();

  constructor(clock: ManualClock, onThrow: (thrown: unknown, timer: OwnTimer) => void) {
    this.clock = clock;
    this.#queue = new TimerQueue(clock);
    this.#onThrow = onThrow;
  }

  /** What is set and was set by a hook or a task, or with `userClock`. */
  get timers(): ReadonlySet<OwnTimer> {
    return this.#set;
  }

  /** Whether anything is set by this hook or run. */
  has(owner: Entry): boolean {
    for (const timer of this.#set) if (timer.owner === owner) return true;
    return false;
  }

  now(): number {
    return this.clock.now();
  }

  date(): number {
    return this.clock.date();
  }

  /** Set by the engine, maybe for a hook or task that sleeps: it is those in whose context the call comes. */
  timer(ms: number, fire: () => void): () => void {
    const owner = currentEntry();
    if (owner === undefined || ms === Number.POSITIVE_INFINITY) return this.#queue.timer(ms, fire);
    const cancel = this.#queue.timer(ms, () => {
      this.#set.delete(timer);
      fire();
    });
    const timer = this.#note(owner, ms, false, cancel);
    return () => timer.cancel();
  }

  wakeAt(sleeper: Sleeper, at: number, scale?: TimeScale): void {
    this.#queue.wakeAt(sleeper, at, scale);
  }

  letSleep(sleeper: Sleeper, scale?: TimeScale): void {
    this.#queue.letSleep(sleeper, scale);
  }

  /** The clock as it is handed to the code under test. */
  readonly userClock: Clock = {
    now: () => this.clock.now(),
    date: () => this.clock.date(),
    timer: (ms, fire) => {
      if (ms === Number.POSITIVE_INFINITY) return () => {};
      const { cancel } = this.start(ms, fire, false);
      return cancel;
    },
  };

  /** A timer of the code under test; its function runs in the context it is set in, as Node's does. */
  start(ms: number, fire: () => void, repeats: boolean): OwnTimer {
    const call = AsyncResource.bind(fire);
    let stop: () => void = () => {};
    const arm = (): void => {
      stop = this.clock.timer(ms, () => {
        if (repeats) arm();
        else this.#set.delete(timer);
        try {
          call();
        } catch (thrown) {
          this.#onThrow(thrown, timer);
        }
      });
    };
    const timer = this.#note(currentEntry(), ms, repeats, () => stop());
    arm();
    return timer;
  }

  #note(owner: Entry | undefined, ms: number, repeats: boolean, stop: () => void): OwnTimer {
    const timer: OwnTimer = {
      owner,
      ms,
      repeats,
      isRef: true,
      cancel: () => {
        this.#set.delete(timer);
        stop();
      },
    };
    this.#set.add(timer);
    return timer;
  }
}

/** `an interval of 1 s`. */
export function timerText({ ms, repeats }: OwnTimer): string {
  return `${repeats ? 'an interval' : 'a timer'} of ${humanize(ms)}`;
}
