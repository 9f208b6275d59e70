/** What the decorators `@Timer`, `@Crontab` and `@Background` take, and the plain words that they write. */

import type { Duration } from '../duration.ts';
import type { BackoffOptions } from '../supervision/backoff.ts';
import type { RestartOptions } from '../supervision/intensity.ts';

/** What every task takes. Functions are given the service that the task belongs to. */
export interface TaskOptions<Self = never> {
  /** The task is called `<service>.<name>`. Default: the method's name. */
  readonly name?: string;
  /** Asked at each start of the service, after its `onStart`; a task that is not enabled does not run in that life. Default: it is. */
  readonly enabled?: (self: Self) => boolean;
  /**
   * Told of each failure, before anything follows from it; it may be asynchronous. If it gives `'crash'`, or throws, the
   * service crashes; anything else leaves it to the task's `restart`.
   */
  readonly onError?: (error: unknown, self: Self) => unknown;
}

/** What a task takes that is run again and again, at times that are known beforehand. */
export interface ScheduledOptions<Self = never> extends TaskOptions<Self> {
  /**
   * What happens at a due time while the run before is still at it: it is left out (`'skip'`, the default), one is held until
   * the run is over (`'queue'`), or so many may run at once (`{ max: 3 }`). What finds no place is counted in `overlaps`.
   */
  readonly overlap?: 'skip' | 'queue' | { readonly max: number };
  /**
   * What happens to due times that passed while the event loop was blocked or the machine slept, seen more than a minute
   * late or only when the next one had passed too: nothing (`'skip'`, the default), or one run in place of all of them
   * (`'runOnce'`). Each is counted in `missed`.
   */
  readonly missed?: 'skip' | 'runOnce';
  /** Each run begins later than due by a random time up to this. It does not add up. Default 0. */
  readonly jitter?: Duration;
  /** After this the run's `signal` aborts and it counts as failed; the next run waits until it has settled. Default: none. */
  readonly timeout?: Duration;
  /** `{ max: 3 }`: the service crashes when more than three runs in a row have failed. Default: it never does for that. */
  readonly restart?: { readonly max: number };
}

export interface TimerOptions<Self = never> extends ScheduledOptions<Self> {
  /** The first run is at once, not after the first interval. Default false. */
  readonly immediate?: boolean;
  /**
   * `'interval'`, the default: run k is due at start + k * interval, however long runs take. `'delay'`: the next run is due
   * that long after the last one has finished.
   */
  readonly every?: 'interval' | 'delay';
}

export interface CrontabOptions<Self = never> extends ScheduledOptions<Self> {
  /** An IANA name such as `'Europe/Berlin'`. Default: the machine's. */
  readonly timeZone?: string;
}

export interface BackgroundOptions<Self = never> extends TaskOptions<Self> {
  /**
   * One that throws is run again; with more failures than `max` within `within` of running time (waits do not count) the
   * service crashes. Default: `{ max: 5, within: '60s' }`.
   */
  readonly restart?: RestartOptions;
  /** How long to wait before it is run again. */
  readonly backoff?: BackoffOptions;
}

/** How a task's method is called on its service. */
export interface TaskMethod {
  readonly key: string | symbol;
  /** For a `#private` method, which has no name to call it by. */
  readonly get?: (self: object) => unknown;
}

/** What one decorator wrote about one method. Nothing of it is checked yet. */
export type TaskWord = { readonly method: TaskMethod } & (
  | {
      readonly kind: 'timer';
      readonly interval: Duration | ((self: object) => Duration);
      readonly options: TimerOptions;
    }
  | {
      readonly kind: 'crontab';
      readonly expression: string | ((self: object) => string);
      readonly options: CrontabOptions;
    }
  | { readonly kind: 'background'; readonly options: BackgroundOptions }
);
