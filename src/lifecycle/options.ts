import { type Clock, systemClock } from '../clock.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { consoleLogger, LOG_LEVELS, type Logger, type LogLevel } from '../log.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { type Ref, refText } from '../refs.ts';
import { type Strategy, type Supervision, type SupervisionOptions, supervisionOf } from '../supervision/policy.ts';
import { isWinston, missingLevel, WinstonLogger } from '../winston.ts';

/** What a `Lifecycle` can be given. */
export interface LifecycleOptions {
  /** The budget of `stopAll`. Default 25 s, which leaves 5 s of the 30 s that Kubernetes gives. */
  readonly stopTimeout?: Duration;
  /** After this a step that is awaited is reported as slow. Default 5 s. */
  readonly slowAfter?: Duration;
  /** Where lines go. Default: where those of the parent container go, and without one warnings and errors to the console. */
  readonly logger?: Logger;
  /** Warnings of the graph are errors. Default false. */
  readonly strict?: boolean;
  /**
   * What the root of the supervision tree does about a crash that nothing below it has mended: a strategy, or one with its
   * options and the groups there are. Default: the application stops.
   */
  readonly supervision?: Strategy | SupervisionOptions;
  /**
   * For development: a call of a method of a service that does not run throws a GuardError, which names both ends. Default
   * false, which costs nothing.
   */
  readonly guard?: boolean;
  /** The source of time. Default: the machine's. */
  readonly clock?: Clock;
  /** The source of chance, for jitter: a number from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** What one `startAll` can be given. */
export interface StartOptions {
  /** Only these and what they need. Default: everything. */
  readonly only?: readonly Ref[];
  /** How many may be on their way at once. Default: as many as the graph allows. No effect on a start that it joins. */
  readonly concurrency?: number;
  /** Limit for the whole start. Default: none but each service's own. No effect on a start that it joins. */
  readonly timeout?: Duration;
  /** Aborts the start, for all who have joined it. */
  readonly signal?: AbortSignal;
}

/** What one `stopAll` can be given. */
export interface StopOptions {
  /** The budget. Default: the lifecycle's `stopTimeout`. A second call can shorten the budget of a stop under way. */
  readonly timeout?: Duration;
  /** Why; hooks see it as `reason`. */
  readonly reason?: unknown;
}

/** What one `requestStop` can be given. */
export interface StopRequestOptions {
  /**
   * The stop begins that much later, and `health().ready` is false from now on: time for those who send requests to look
   * elsewhere. Default 0. An application that is still starting is stopped at once.
   */
  readonly delay?: Duration;
  /** The budget of the stop. Default: the lifecycle's `stopTimeout`. */
  readonly timeout?: Duration;
}

export interface LifecycleSettings {
  readonly stopTimeout: number;
  readonly slowAfter: number;
  readonly logger: Logger;
  /** Whether the logger was given, and is not the one that stands in. */
  readonly hasLogger: boolean;
  readonly strict: boolean;
  readonly supervision: Supervision;
  readonly guard: boolean;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface StartSettings {
  readonly only: readonly Ref[] | undefined;
  readonly concurrency: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const LIFECYCLE_OPTIONS = [
  'stopTimeout',
  'slowAfter',
  'logger',
  'strict',
  'supervision',
  'guard',
  'clock',
  'random',
  'dependsOn',
];
const START_OPTIONS = ['only', 'concurrency', 'timeout', 'signal'];
const STOP_OPTIONS = ['timeout', 'reason'];
const REQUEST_OPTIONS = ['delay', 'timeout'];

/** @throws OptionError */
export function lifecycleSettings(options: LifecycleOptions): LifecycleSettings {
  checkNames(options, LIFECYCLE_OPTIONS, 'lifecycle options');
  const { logger = consoleLogger(), strict = false, guard = false } = options;
  const { clock = systemClock, random = Math.random } = options;
  checkOption(typeof strict === 'boolean', 'strict', 'true or false', strict);
  checkOption(typeof guard === 'boolean', 'guard', 'true or false', guard);
  checkOption(typeof random === 'function', 'random', 'a function like Math.random', random);
  return {
    stopTimeout: milliseconds(options.stopTimeout ?? '25s', 'stopTimeout'),
    slowAfter: milliseconds(options.slowAfter ?? '5s', 'slowAfter'),
    logger: givenLogger(logger),
    hasLogger: options.logger !== undefined,
    strict,
    supervision: supervisionOf(options.supervision),
    guard,
    clock,
    random,
  };
}

/**
 * A logger that somebody gives, as one that takes the fields first.
 *
 * @throws OptionError for what cannot be logged to
 */
export function givenLogger(logger: Logger): Logger {
  if (isWinston(logger)) {
    checkMethods(missingLevel(logger));
    return new WinstonLogger(logger);
  }
  checkMethods(LOG_LEVELS.find((level) => typeof logger?.[level] !== 'function'));
  if ('createLogger' in logger && 'transports' in logger) {
    throw new OptionError('logger must be a logger, got winston itself; write logger: winston.createLogger({ ... })');
  }
  return logger;
}

/** @throws OptionError */
function checkMethods(missing: LogLevel | undefined): void {
  if (missing === undefined) return;
  throw new OptionError(
    `logger must have the methods ${LOG_LEVELS.join(', ')} (pino has them; for the console write consoleLogger('info')); ${missing} is missing`,
  );
}

/** @throws OptionError */
export function startSettings(options: StartOptions): StartSettings {
  checkNames(options, START_OPTIONS, 'startAll()');
  const { only, concurrency = Number.POSITIVE_INFINITY, timeout, signal } = options;
  if (only !== undefined && !Array.isArray(only)) {
    throw new OptionError(`startAll({ only }) must be an array of refs, got ${refText(only)}; write only: [Api]`);
  }
  if (!(Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY) || concurrency < 1) {
    throw new OptionError(`startAll({ concurrency }) must be a whole number of 1 or more, got ${String(concurrency)}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new OptionError(`startAll({ signal }) must be an AbortSignal, got ${String(signal)}`);
  }
  const limit = timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(timeout, 'startAll({ timeout })');
  return { only, concurrency, timeout: limit, signal };
}

/** @returns the budget in milliseconds; throws OptionError */
export function stopBudgetOf(options: StopOptions, fallback: number): number {
  checkNames(options, STOP_OPTIONS, 'stopAll()');
  return options.timeout === undefined ? fallback : milliseconds(options.timeout, 'stopAll({ timeout })');
}

/** @returns delay and budget in milliseconds; throws OptionError */
export function stopRequestOf(
  options: StopRequestOptions,
  fallback: number,
): { readonly delay: number; readonly timeout: number } {
  checkNames(options, REQUEST_OPTIONS, 'requestStop()');
  const { delay = 0, timeout } = options;
  return {
    delay: milliseconds(delay, 'requestStop({ delay })'),
    timeout: timeout === undefined ? fallback : milliseconds(timeout, 'requestStop({ timeout })'),
  };
}
