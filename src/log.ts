/** Where lines go: the shape of pino's, which also many other loggers have. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  /** A logger whose lines carry these fields too; a logger without it is used as it is. */
  child?(fields: Readonly<Record<string, unknown>>): Logger;
  /** Whether lines of this level go anywhere; where they do not, none is made. */
  isLevelEnabled?(level: LogLevel): boolean;
}

export interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** The levels from the finest to the gravest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A logger on the console: `Name: message`, warnings and errors on standard error.
 *
 * @param level the finest level that is written; default `'warn'`
 */
export function consoleLogger(level: LogLevel = 'warn', name?: string): Logger {
  const enabled = LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));
  const isLevelEnabled = (at: LogLevel): boolean => enabled.includes(at);
  const method = (at: LogLevel): LogMethod => {
    if (!isLevelEnabled(at)) return () => {};
    return (fields: object | string, message?: string) => {
      const text = typeof fields === 'string' ? fields : (message ?? '');
      const line = name === undefined ? text : `${name}: ${text}`;
      const given = typeof fields === 'object' ? Object.entries(fields) : [];
      const errors = given.filter(([field, value]) => field === 'err' || value instanceof Error);
      console[at](line, ...errors.map(([, value]) => value));
    };
  };
  return {
    isLevelEnabled,
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (fields) => consoleLogger(level, writerOf(fields) ?? name),
  };
}

/** A child of a logger; of one that has none, itself with the name of the writer in each line. */
export function childLogger(logger: Logger, fields: Readonly<Record<string, unknown>>): Logger {
  const child = logger.child?.(fields);
  const name = writerOf(fields);
  if (child !== undefined || name === undefined) return child ?? logger;
  const method =
    (level: LogLevel): LogMethod =>
    (given: object | string, message?: string) =>
      typeof given === 'string'
        ? logger[level](`${name}: ${given}`)
        : logger[level](given, `${name}: ${message ?? ''}`);
  const isLevelEnabled = logger.isLevelEnabled?.bind(logger);
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    ...(isLevelEnabled === undefined ? {} : { isLevelEnabled }),
  };
}

/** `Db`, or `Db.poll` for a task; undefined where the fields tell of no service. */
export function writerOf({ service, task }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof service !== 'string') return undefined;
  return typeof task === 'string' ? `${service}.${task}` : service;
}
