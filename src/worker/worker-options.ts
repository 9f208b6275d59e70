import type { UncaughtPolicy } from '../crash/uncaught.ts';
import type { Duration } from '../duration.ts';
import type { HttpOptions } from '../http/http-settings.ts';
import type { Logger, LogLevel, LogThreshold } from '../log.ts';
import type { RedirectOptions } from '../redirect/settings.ts';
import type { WatchdogOptions } from '../watchdog/watchdog-settings.ts';
import type { SignalName } from './process-signals.ts';

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
  /** Where lines go, in place of the Worker's own pino: another pino, a winston logger, or anything of the shape of pino. */
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
