import { type Duration, humanize, milliseconds } from '../duration.ts';
import { checkNames, checkOption } from '../option-check.ts';

/** What the watchdog of the event loop can be given. */
export interface WatchdogOptions {
  /** A loop that does nothing else for this long is blocked. */
  readonly timeout: Duration;
  /** After a block `health().ready` is false for this long, so that others take the load. Default 0. */
  readonly unready?: Duration;
  /** A process whose loop is blocked for this long is ended, by SIGKILL: nothing else reaches it. Default: never. */
  readonly exitAfter?: Duration;
  /**
   * The stack is sampled this often all the time, so that native code whose call is the last act of a function is named too.
   * At least 10 ms, and no more than half the timeout. Default: never; a stack is asked for once the loop is blocked.
   */
  readonly sampling?: Duration;
}

/** In milliseconds. */
export interface WatchdogSettings {
  readonly timeout: number;
  readonly unready: number;
  readonly exitAfter: number;
  /** 0 for never. */
  readonly sampling: number;
}

/** Below this a collection of garbage may look like a block. */
const LEAST = 50;

/** More often than this it would be felt. */
const LEAST_SAMPLING = 10;

/** @throws OptionError */
export function watchdogSettings(given: Duration | WatchdogOptions): WatchdogSettings {
  const options: WatchdogOptions = typeof given === 'object' ? given : { timeout: given };
  checkNames(options, ['timeout', 'unready', 'exitAfter', 'sampling'], 'blockingTimeout');
  const { timeout, unready = 0, exitAfter, sampling } = options;
  const limit = milliseconds(timeout, 'blockingTimeout', LEAST);
  return {
    timeout: limit,
    unready: milliseconds(unready, 'blockingTimeout.unready'),
    exitAfter:
      exitAfter === undefined ? Number.POSITIVE_INFINITY : milliseconds(exitAfter, 'blockingTimeout.exitAfter', limit),
    sampling: sampling === undefined ? 0 : interval(sampling, limit),
  };
}

function interval(sampling: Duration, timeout: number): number {
  const every = milliseconds(sampling, 'blockingTimeout.sampling', LEAST_SAMPLING);
  checkOption(
    every <= timeout / 2,
    'blockingTimeout.sampling',
    `no more than half the timeout, ${humanize(timeout / 2)}`,
    sampling,
  );
  return every;
}
