import { controlSocket } from '../control/control-socket.ts';
import { heapWatch } from '../crash/heap-watch.ts';
import { type UncaughtPolicy, uncaughtErrors } from '../crash/uncaught.ts';
import { canCry, cryOnSignal } from '../cry/cry.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { OptionError, textOf } from '../errors.ts';
import { httpPort } from '../http/http-port.ts';
import { type HttpOptions, httpSettings } from '../http/http-settings.ts';
import { journalling } from '../journal/journal-companion.ts';
import { checkLogger } from '../lifecycle/options.ts';
import { LOG_LEVELS, LOG_THRESHOLDS, type Logger, type LogLevel, type LogThreshold } from '../log.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { redirected } from '../redirect/redirect.ts';
import type { RedirectOptions } from '../redirect/settings.ts';
import { systemdCompanions } from '../systemd/systemd-companion.ts';
import { traces } from '../telemetry/traces.ts';
import { watchdog } from '../watchdog/watchdog.ts';
import { type WatchdogOptions, watchdogSettings } from '../watchdog/watchdog-settings.ts';
import type { Companion } from './companion.ts';
import { debugging } from './debugging.ts';
import { inspectorPort } from './inspector-port.ts';
import { checkSignal, type SignalName, STOP_SIGNALS } from './process-signals.ts';
import type { Runnable } from './runnable.ts';
import { serviceLevels } from './service-levels.ts';

/** pino's levels. */
export type WorkerLogLevel = LogThreshold;

/** How lines look: Mode's way, or one JSON object a line; `auto` is `pretty` on a terminal. */
export type LogFormat = 'auto' | 'pretty' | 'json';

/** What a Worker can be given. */
export interface WorkerOptions {
  /** Whether it runs until somebody asks for its end. Without, it ends when all background and spawned work is done. Default true. */
  readonly daemon?: boolean;
  /** Limit for the whole start. Default: none but each service's own. */
  readonly startTimeout?: Duration;
  /**
   * The budget of the stop, whoever asks for it: a signal, the application, a crash, a start that failed. Default: the
   * lifecycle's `stopTimeout`, 25 s.
   */
  readonly stopTimeout?: Duration;
  /**
   * After the first signal everything goes on for this long, with `health().ready` false: time for load balancers to look
   * elsewhere. Default 0.
   */
  readonly preStopDelay?: Duration;
  /** When all is stopped and the process is still alive after this, it is ended by force. `Infinity`: it never is. Default 5 s. */
  readonly exitTimeout?: Duration;
  /** The signals that ask for its end. Default SIGINT, SIGTERM, SIGHUP, and SIGBREAK on Windows. */
  readonly signals?: readonly SignalName[];
  /** Where lines go, in place of the Worker's own pino: another pino, or anything of that shape. */
  readonly logger?: Logger;
  /** The finest level that is written. Default `info`. */
  readonly logLevel?: WorkerLogLevel;
  /** Of services that have another, by their names: `{ Db: 'debug' }`. Their tasks have it too. */
  readonly logLevels?: Readonly<Record<string, WorkerLogLevel>>;
  /** The level of the lines that tell of what is as it should be: starts and stops. Default `info`. */
  readonly routineLevel?: LogLevel;
  /**
   * Whether what the program writes to the console, to standard output and to standard error becomes lines of the log, each of
   * the service or the task that wrote it; an object says which of the three, and at what level. Default false.
   */
  readonly redirect?: boolean | RedirectOptions;
  /** Default `auto`. */
  readonly logFormat?: LogFormat;
  /** A file that lines are added to, in place of standard output. */
  readonly logFile?: string;
  /** Only warnings and errors are written. Default false. */
  readonly quiet?: boolean;
  /**
   * Watches the event loop from a second thread: what blocks it for longer than this is written while it still does, with its
   * service, task and line. `false`: nothing watches. Default false.
   */
  readonly blockingTimeout?: Duration | WatchdogOptions | false;
  /**
   * Opens a port for probes, metrics and pictures: a port, `'host:port'`, or options; `true` is `'127.0.0.1:9100'`. It needs
   * the optional package fastify, and for `/metrics` prom-client. Default false.
   */
  readonly http?: boolean | number | string | HttpOptions;
  /**
   * Spans of OpenTelemetry for starts, stops and runs. `true` needs the optional package `@opentelemetry/api`. Default: where the
   * program has set up a tracer, and nothing is loaded where it has not.
   */
  readonly traces?: boolean;
  /** Debug lines, stacks of fifty frames, and deprecations that say where they come from. Default false. */
  readonly debug?: boolean;
  /**
   * Opens Node's inspector for as long as the program runs: a port, or `'host:port'`; `true` is `'127.0.0.1:9229'`. Whoever
   * reaches it can run any code in the process. Default false; SIGUSR1 opens it too, as in every Node program.
   */
  readonly inspect?: boolean | number | string;
  /**
   * A socket through which this user, and nobody else, can look into the program and command it while it runs, with
   * `inversify-lifecycle attach <pid>`. A text is the name to find it by, or the path of the socket. Default false.
   */
  readonly control?: boolean | string;
  /** A file that everything that happens is added to, one event a line; `inversify-lifecycle journal` reads it. Default: none. */
  readonly journal?: string;
  /** Whether systemd is told how the program is, where `NOTIFY_SOCKET` says that it listens. Default `'auto'`. */
  readonly systemd?: 'auto' | false;
  /**
   * Whatever keeps the process alive after the stop is told with where it was made. Without, those are known by their service
   * that a start hook made. It costs a little with every timer and socket. Default false.
   */
  readonly trackHandles?: boolean;
  /**
   * What an exception that nobody catches and a rejection that nobody handles lead to: `'stop'`, the ordered stop; `'exit'`, the
   * end at once. Both are logged, with the service where it is known, and end with code 1. Default `'stop'`.
   */
  readonly uncaught?: UncaughtPolicy;
}

/** Where lines go. */
export type LogSettings =
  | { readonly kind: 'given'; readonly logger: Logger }
  | {
      readonly kind: 'pino';
      readonly level: WorkerLogLevel;
      readonly format: LogFormat;
      readonly file: string | undefined;
      /** Whether any of it was asked for; if not, a logger that the lifecycle was given is used. */
      readonly isAskedFor: boolean;
    };

export interface WorkerSettings {
  readonly daemon: boolean;
  readonly startTimeout: number | undefined;
  readonly stopTimeout: number | undefined;
  readonly preStopDelay: number;
  readonly exitTimeout: number;
  readonly trackHandles: boolean;
  readonly signals: readonly SignalName[];
  readonly log: LogSettings;
  readonly routine: LogLevel;
  /** Whether something that the logger itself may write with is redirected. */
  readonly isRedirected: boolean;
  /** In the order in which they are opened. */
  readonly companions: readonly Companion[];
}

const KNOWN = [
  'daemon',
  'startTimeout',
  'stopTimeout',
  'preStopDelay',
  'exitTimeout',
  'signals',
  'logger',
  'logLevel',
  'logLevels',
  'routineLevel',
  'redirect',
  'logFormat',
  'logFile',
  'quiet',
  'blockingTimeout',
  'http',
  'traces',
  'debug',
  'inspect',
  'control',
  'journal',
  'systemd',
  'trackHandles',
  'uncaught',
];

/** @throws OptionError */
export function workerSettings(options: WorkerOptions): WorkerSettings {
  checkNames(options, KNOWN, 'Worker options');
  const { daemon = true, startTimeout, stopTimeout, exitTimeout = '5s', signals = STOP_SIGNALS } = options;
  const { routineLevel = 'info', redirect = false } = options;
  checkOption(LOG_LEVELS.includes(routineLevel), 'routineLevel', `one of ${LOG_LEVELS.join(', ')}`, routineLevel);
  const { trackHandles = false } = options;
  checkOption(typeof daemon === 'boolean', 'daemon', 'true or false', daemon);
  checkOption(typeof trackHandles === 'boolean', 'trackHandles', 'true or false', trackHandles);
  const areNames = Array.isArray(signals) && signals.every((name) => typeof name === 'string');
  checkOption(areNames, 'signals', "a list like ['SIGINT', 'SIGTERM']", signals);
  for (const name of signals) checkSignal(name);
  return {
    daemon,
    startTimeout: startTimeout === undefined ? undefined : milliseconds(startTimeout, 'startTimeout'),
    stopTimeout: stopTimeout === undefined ? undefined : milliseconds(stopTimeout, 'stopTimeout'),
    preStopDelay: milliseconds(options.preStopDelay ?? 0, 'preStopDelay'),
    exitTimeout: exitTimeout === Number.POSITIVE_INFINITY ? exitTimeout : milliseconds(exitTimeout, 'exitTimeout'),
    trackHandles,
    signals,
    log: logSettings(options),
    routine: routineLevel,
    isRedirected: redirect !== false,
    companions: companionsOf(options, signals),
  };
}

/** What of the options stands beside the program. @throws OptionError */
function companionsOf(options: WorkerOptions, signals: readonly SignalName[]): Companion[] {
  const { debug = false, inspect = false, blockingTimeout = false, redirect = false, logLevels } = options;
  const { http = false, traces: isTraced, control = false, journal, systemd, uncaught = 'stop' } = options;
  checkOption(typeof debug === 'boolean', 'debug', 'true or false', debug);
  checkOption(isTraced === undefined || typeof isTraced === 'boolean', 'traces', 'true or false', isTraced);
  return [
    // First, so that what the others write is redirected too.
    ...(redirect === false ? [] : [redirected(redirect)]),
    ...(logLevels === undefined ? [] : [serviceLevels(logLevels)]),
    ...(journal === undefined ? [] : [journalling(journal)]),
    uncaughtErrors(uncaught),
    heapWatch,
    ...(canCry(signals) ? [cryOnSignal] : []),
    ...(debug ? [debugging] : []),
    ...(inspect === false ? [] : [inspectorPort(inspect)]),
    ...(blockingTimeout === false ? [] : [watchdog(watchdogSettings(blockingTimeout))]),
    ...(isTraced === false ? [] : [traces(isTraced)]),
    ...(http === false ? [] : [httpPort(httpSettings(http))]),
    ...(control === false ? [] : [controlSocket(control)]),
    ...systemdCompanions(systemd),
  ];
}

/** @throws OptionError for what has no lifecycle */
export function checkRunnable(runnable: Runnable): void {
  const isObject = typeof runnable === 'object' && runnable !== null;
  if (isObject && typeof runnable.startAll === 'function' && typeof runnable.lifecycle?.health === 'function') return;
  const got = isObject ? `a ${runnable.constructor?.name ?? 'object'} that has none` : textOf(runnable);
  throw new OptionError(
    `a Worker runs a container with a lifecycle, got ${got}; write container.register(LifecyclePlugin), or make it with new ServiceContainer()`,
  );
}

function logSettings({ logger, logLevel, logFormat, logFile, quiet = false, debug }: WorkerOptions): LogSettings {
  const own = { logLevel, logFormat, logFile, quiet: quiet || undefined };
  const asked = Object.entries(own).find(([, value]) => value !== undefined)?.[0];
  if (logger !== undefined) {
    if (asked !== undefined) throw contradiction('logger', asked, 'set it on the logger that you give');
    checkLogger(logger);
    return { kind: 'given', logger };
  }
  checkOption(typeof quiet === 'boolean', 'quiet', 'true or false', quiet);
  if (quiet && logLevel !== undefined) throw contradiction('quiet', 'logLevel', "quiet is logLevel: 'warn'");
  if (quiet && debug) throw contradiction('quiet', 'debug', 'the one writes less, the other more');
  const { level = quiet ? 'warn' : debug ? 'debug' : 'info', format = 'auto' } = { level: logLevel, format: logFormat };
  checkOption(LOG_THRESHOLDS.includes(level), 'logLevel', `one of ${LOG_THRESHOLDS.join(', ')}`, level);
  checkOption(['auto', 'pretty', 'json'].includes(format), 'logFormat', "'auto', 'pretty' or 'json'", format);
  checkOption(logFile === undefined || (typeof logFile === 'string' && logFile !== ''), 'logFile', 'a path', logFile);
  return { kind: 'pino', level, format, file: logFile, isAskedFor: asked !== undefined };
}

function contradiction(one: string, other: string, why: string): OptionError {
  return new OptionError(`${one} and ${other} contradict each other: ${why}`, { options: [one, other] });
}
