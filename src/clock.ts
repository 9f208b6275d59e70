import { performance } from 'node:perf_hooks';

/** The longest delay a Node timer takes, in milliseconds; a longer one would fire at once. */
export const MAX_DELAY = 2 ** 31 - 1;

/**
 * All time comes in through this, so that a test can hand in its own (`ManualClock` in `inversify-lifecycle/testing`).
 * The idea is fx's `fxclock`.
 */
export interface Clock {
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  now(): number;
  /** Milliseconds since the epoch, as `Date.now()`. */
  date(): number;
  /** Calls `fire` once, `ms` from now; the returned function cancels it, at any time, any number of times. */
  timer(ms: number, fire: () => void): () => void;
}

/** The clock of the machine. Its timers keep the process alive: each belongs to something that is being awaited. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  timer(ms, fire) {
    let handle: NodeJS.Timeout | undefined;
    const wait = (left: number): void => {
      // Node cuts off fractions and would fire early.
      handle = left > MAX_DELAY ? setTimeout(wait, MAX_DELAY, left - MAX_DELAY) : setTimeout(fire, Math.ceil(left));
    };
    if (ms !== Number.POSITIVE_INFINITY) wait(ms);
    return () => clearTimeout(handle);
  },
};

/** Resolves after `ms`, or as soon as the signal aborts; it never rejects, so a loop looks at its signal after it. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.timer(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}
