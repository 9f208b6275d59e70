import { type Duration, milliseconds } from '../duration.ts';
import { checkNames } from '../option-check.ts';

/** What the watchdog of the event loop can be given. */
export interface WatchdogOptions {
  /** A loop that does nothing else for this long is blocked. */
  readonly timeout: Duration;
  /** After a block `health().ready` is false for this long, so that others take the load. Default 0. */
  readonly unready?: Duration;
  /** A process whose loop is blocked for this long is ended, by SIGKILL: nothing else reaches it. Default: never. */
  readonly exitAfter?: Duration;
}

/** In milliseconds. */
export interface WatchdogSettings {
  readonly timeout: number;
  readonly unready: number;
  readonly exitAfter: number;
}

/** Below this a collection of garbage may look like a block. */
const LEAST = 50;

/** @throws OptionError */
export function watchdogSettings(given: Duration | WatchdogOptions): WatchdogSettings {
  const options: WatchdogOptions = typeof given === 'object' ? given : { timeout: given };
  checkNames(options, ['timeout', 'unready', 'exitAfter'], 'blockingTimeout');
  const { timeout, unready = 0, exitAfter } = options;
  const limit = milliseconds(timeout, 'blockingTimeout', LEAST);
  return {
    timeout: limit,
    unready: milliseconds(unready, 'blockingTimeout.unready'),
    exitAfter:
      exitAfter === undefined ? Number.POSITIVE_INFINITY : milliseconds(exitAfter, 'blockingTimeout.exitAfter', limit),
  };
}
