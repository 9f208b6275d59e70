import { type Duration, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';

/** How long to wait before the next attempt; the wait grows with each failure (Pekko's and cockatiel's exponential back-off). */
export interface BackoffOptions {
  /** The wait after the first failure. Default 100 ms. */
  readonly initial?: Duration;
  /** What each further wait is multiplied with; 1 or more. Default 2. */
  readonly factor?: number;
  /** The longest wait. Default 30 s, or `initial` where that is longer. */
  readonly max?: Duration;
  /** How much of the wait is left to chance, from 0 (none) to 1 (all of it: "full jitter"). Default 1. */
  readonly jitter?: number;
  /** After an attempt that lasted this long, the waits begin anew. Default 60 s. */
  readonly resetAfter?: Duration;
}

/** The same in milliseconds, with the defaults. */
export interface Backoff {
  readonly initial: number;
  readonly factor: number;
  readonly max: number;
  readonly jitter: number;
  readonly resetAfter: number;
}

/** @param what names the option in errors; throws OptionError */
export function backoffOf(options: BackoffOptions, what: string): Backoff {
  const { factor = 2, jitter = 1 } = options;
  const initial = milliseconds(options.initial ?? 100, `${what}.initial`);
  const backoff = {
    initial,
    factor,
    max: milliseconds(options.max ?? Math.max(30_000, initial), `${what}.max`),
    jitter,
    resetAfter: milliseconds(options.resetAfter ?? '60s', `${what}.resetAfter`),
  };
  if (!(Number.isFinite(factor) && factor >= 1)) {
    throw new OptionError(`${what}.factor must be a number of 1 or more, got ${String(factor)}`);
  }
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new OptionError(`${what}.jitter must be a share from 0 (none) to 1 (all), got ${String(jitter)}`);
  }
  if (backoff.max < initial) {
    throw new OptionError(`${what}.max (${backoff.max} ms) must not be less than ${what}.initial (${initial} ms)`);
  }
  return backoff;
}

/**
 * The wait before an attempt, in milliseconds.
 *
 * @param failures in a row so far, 1 or more
 * @param chance a random number from 0 up to 1
 */
export function delayOf({ initial, factor, max, jitter }: Backoff, failures: number, chance: number): number {
  // Not beyond all numbers: no wait at all, times infinity, is none.
  const growth = Math.min(factor ** (failures - 1), Number.MAX_VALUE);
  const longest = Math.min(max, initial * growth);
  return longest * (1 - jitter * chance);
}
