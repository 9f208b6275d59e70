/** A task as the engine sees it: checked, with its defaults, its durations in milliseconds. */

import { type Duration, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';
import type { OwnTask } from '../events/task-events.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { type Backoff, backoffOf } from '../supervision/backoff.ts';
import { countOf, type Intensity, intensityOf } from '../supervision/intensity.ts';
import { CronTimes } from './cron-times.ts';
import type { ScheduledOptions, TaskMethod, TaskOptions, TaskWord } from './options.ts';

/** What every task has. */
interface TaskSpecBase {
  /** Within its service. */
  readonly name: string;
  readonly method: TaskMethod;
  readonly enabled: ((self: object) => unknown) | undefined;
  readonly onError: ((error: unknown, self: object) => unknown) | undefined;
}

/** What a task has that runs at times known beforehand. */
interface ScheduledSpecBase extends TaskSpecBase {
  /** How many runs there may be at once. */
  readonly atOnce: number;
  /** Whether one due time is held while there is no place. */
  readonly holds: boolean;
  readonly missed: 'skip' | 'runOnce';
  readonly jitter: number;
  readonly timeout: number;
  /** How many runs in a row may fail. */
  readonly maxFailures: number;
}

export interface TimerSpec extends ScheduledSpecBase {
  readonly kind: 'timer';
  readonly interval: number | ((self: object) => Duration);
  readonly immediate: boolean;
  readonly every: 'interval' | 'delay';
}

export interface CrontabSpec extends ScheduledSpecBase {
  readonly kind: 'crontab';
  readonly expression: CronTimes | ((self: object) => string);
  readonly timeZone: string | undefined;
}

export interface BackgroundSpec extends TaskSpecBase {
  readonly kind: 'background';
  readonly intensity: Intensity;
  readonly backoff: Backoff;
}

export type ScheduledSpec = TimerSpec | CrontabSpec;
export type TaskSpec = ScheduledSpec | BackgroundSpec;

/** A task as events tell of it. */
export function ownTask({ name, kind }: Pick<TaskSpec, 'name' | 'kind'>): OwnTask {
  return { task: name, taskKind: kind };
}

const OF_ALL = ['name', 'enabled', 'onError'];
const OF_SCHEDULED = [...OF_ALL, 'overlap', 'missed', 'jitter', 'timeout', 'restart'];
const KNOWN: Readonly<Record<TaskSpec['kind'], readonly string[]>> = {
  timer: [...OF_SCHEDULED, 'immediate', 'every'],
  crontab: [...OF_SCHEDULED, 'timeZone'],
  background: [...OF_ALL, 'restart', 'backoff'],
};

/** The shortest interval and timeout: a Node timer counts whole milliseconds. */
const MIN_TIME = 1;

/** @throws OptionError for anything that makes no sense */
export function taskSpec(word: TaskWord): TaskSpec {
  checkNames(word.options, KNOWN[word.kind], 'options');
  switch (word.kind) {
    case 'timer':
      return timerSpec(word);
    case 'crontab':
      return crontabSpec(word);
    case 'background':
      return {
        ...baseOf(word),
        kind: 'background',
        intensity: intensityOf(restartOf(word.options.restart, ['max', 'within']), 'restart'),
        backoff: backoffOf(backoffOptions(word.options.backoff), 'backoff'),
      };
  }
}

/** An interval in milliseconds. @throws OptionError */
export function intervalOf(value: Duration): number {
  return milliseconds(value, 'the interval', MIN_TIME);
}

/** @throws OptionError for a random delay that could pass the next due time */
export function checkJitter(jitter: number, interval: number): void {
  if (jitter < interval) return;
  throw new OptionError(`jitter (${jitter} ms) must be less than the interval (${interval} ms), or runs change places`);
}

function timerSpec(word: TaskWord & { kind: 'timer' }): TimerSpec {
  const { immediate = false, every = 'interval', overlap, missed } = word.options;
  checkOption(typeof immediate === 'boolean', 'immediate', 'true or false', immediate);
  checkOption(every === 'interval' || every === 'delay', 'every', "'interval' or 'delay'", every);
  if (every === 'delay' && (overlap !== undefined || missed !== undefined)) {
    const option = overlap === undefined ? 'missed' : 'overlap';
    throw new OptionError(
      `every: 'delay' and ${option} contradict each other: the next run is due after the last one, so none can be ${option === 'missed' ? 'missed' : 'in its way'}; leave one of them out`,
    );
  }
  const scheduled = scheduledOf(word);
  const interval = typeof word.interval === 'function' ? word.interval : intervalOf(word.interval);
  if (typeof interval === 'number' && every === 'interval') checkJitter(scheduled.jitter, interval);
  return { ...scheduled, kind: 'timer', interval, immediate, every };
}

function crontabSpec(word: TaskWord & { kind: 'crontab' }): CrontabSpec {
  const { timeZone } = word.options;
  const expression = typeof word.expression === 'function' ? word.expression : new CronTimes(word.expression, timeZone);
  return { ...scheduledOf(word), kind: 'crontab', expression, timeZone: CronTimes.checkedZone(timeZone) };
}

function scheduledOf(word: TaskWord & { readonly options: ScheduledOptions }): ScheduledSpecBase {
  const { overlap = 'skip', missed = 'skip', jitter = 0, timeout, restart } = word.options;
  checkOption(missed === 'skip' || missed === 'runOnce', 'missed', "'skip' or 'runOnce'", missed);
  const hasPlaces = typeof overlap === 'object' && overlap !== null;
  if (hasPlaces) checkNames(overlap, ['max'], 'overlap');
  const atOnce = hasPlaces ? overlap.max : 1;
  const isFine = overlap === 'skip' || overlap === 'queue' || (hasPlaces && isPlaces(atOnce));
  checkOption(isFine, 'overlap', "'skip', 'queue' or { max: 2 }, with a whole number of 1 or more", overlap);
  return {
    ...baseOf(word),
    atOnce,
    holds: overlap === 'queue',
    missed,
    jitter: milliseconds(jitter, 'jitter'),
    timeout: timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(timeout, 'timeout', MIN_TIME),
    maxFailures:
      restart === undefined
        ? Number.POSITIVE_INFINITY
        : countOf(restartOf(restart, ['max']).max ?? Number.NaN, 'restart.max'),
  };
}

function baseOf({ method, options }: TaskWord & { readonly options: TaskOptions }): TaskSpecBase {
  const { name = nameOf(method), enabled, onError } = options;
  checkOption(typeof name === 'string' && name !== '', 'name', "a text like 'flush'", name);
  for (const [option, value] of Object.entries({ enabled, onError })) {
    checkOption(value === undefined || typeof value === 'function', option, 'a function', value);
  }
  // Decorators see to it that functions are given the class they were written for.
  return {
    name,
    method,
    enabled: enabled as TaskSpecBase['enabled'],
    onError: onError as TaskSpecBase['onError'],
  };
}

function restartOf<T extends object>(restart: T | undefined, known: readonly string[]): T | Record<string, never> {
  if (restart === undefined) return {};
  checkNames(restart, known, 'restart');
  return restart;
}

function backoffOptions<T extends object>(backoff: T | undefined): T | Record<string, never> {
  if (backoff === undefined) return {};
  checkNames(backoff, ['initial', 'factor', 'max', 'jitter', 'resetAfter'], 'backoff');
  return backoff;
}

function isPlaces(max: unknown): boolean {
  return Number.isInteger(max) && Number(max) >= 1;
}

function nameOf({ key }: TaskMethod): string {
  return typeof key === 'symbol' ? (key.description ?? '') : key;
}
