import { type Duration, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { givenLogger } from '../lifecycle/options.ts';
import { LOG_LEVELS, LOG_THRESHOLDS, type Logger, type LogLevel } from '../log.ts';
import { checkNames, checkOption } from '../option-check.ts';
import type { Companion } from './companion.ts';
import { companionsOf } from './companions.ts';
import { checkSignal, type SignalName, STOP_SIGNALS } from './process-signals.ts';
import type { LogFormat, WorkerLogLevel, WorkerOptions } from './worker-options.ts';

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

/** What counts once a Worker has ended. */
export interface ExitSettings {
  readonly exitTimeout: number;
  readonly trackHandles: boolean;
}

export interface WorkerSettings extends ExitSettings {
  readonly daemon: boolean;
  readonly startTimeout: number | undefined;
  readonly stopTimeout: number | undefined;
  readonly preStopDelay: number;
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
  const { daemon = true, startTimeout, stopTimeout, exitTimeout, signals = STOP_SIGNALS } = options;
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
    exitTimeout: exitTimeoutOf(exitTimeout),
    trackHandles,
    signals,
    log: logSettings(options),
    routine: routineLevel,
    isRedirected: redirect !== false,
    companions: companionsOf(options, signals),
  };
}

/** Of options some of which make no sense: the default where it is one of these. */
export function exitSettings(options: WorkerOptions): ExitSettings {
  try {
    return { exitTimeout: exitTimeoutOf(options.exitTimeout), trackHandles: options.trackHandles === true };
  } catch {
    return { exitTimeout: exitTimeoutOf(), trackHandles: false };
  }
}

function exitTimeoutOf(exitTimeout: Duration = '5s'): number {
  return exitTimeout === Number.POSITIVE_INFINITY ? exitTimeout : milliseconds(exitTimeout, 'exitTimeout');
}

function logSettings({ logger, logLevel, logFormat, logFile, quiet = false, debug }: WorkerOptions): LogSettings {
  const own = { logLevel, logFormat, logFile, quiet: quiet || undefined };
  const asked = Object.entries(own).find(([, value]) => value !== undefined)?.[0];
  if (logger !== undefined) {
    if (asked !== undefined) throw contradiction('logger', asked, 'set it on the logger that you give');
    return { kind: 'given', logger: givenLogger(logger) };
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
