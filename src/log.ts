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
  /** The finest level that is written, where the logger has one that can be set. */
  level?: string;
}

export interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** A logger that has the level of the one that it was made of, as long as it is given none of its own. */
export interface Inheriting {
  /** Has it be without a level of its own again. */
  inheritLevel(): void;
}

/** The levels from the finest to the gravest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** From where on lines are written: pino's levels, from all lines to none. */
export const LOG_THRESHOLDS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogThreshold = (typeof LOG_THRESHOLDS)[number];

export function isThreshold(level: unknown): level is LogThreshold {
  return LOG_THRESHOLDS.includes(level as LogThreshold);
}

/** Whether lines of a level are written from that threshold on. */
export function reaches(level: LogLevel, threshold: LogThreshold): boolean {
  return LOG_THRESHOLDS.indexOf(level) >= LOG_THRESHOLDS.indexOf(threshold);
}

/**
 * A logger on the console: `Name: message`, warnings and errors on standard error. Its `level` can be set; children that have
 * none of their own follow.
 *
 * @param level the finest level that is written; default `'warn'`
 */
export function consoleLogger(level: LogThreshold = 'warn', name?: string): Logger {
  return new ConsoleLogger(() => level, name);
}

class ConsoleLogger implements Logger, Inheriting {
  readonly #inherited: () => LogThreshold;
  readonly #name: string | undefined;
  #own: LogThreshold | undefined;

  // Properties, so that each works on its own too.
  readonly debug: LogMethod = this.#method('debug');
  readonly info: LogMethod = this.#method('info');
  readonly warn: LogMethod = this.#method('warn');
  readonly error: LogMethod = this.#method('error');

  constructor(inherited: () => LogThreshold, name: string | undefined) {
    this.#inherited = inherited;
    this.#name = name;
  }

  get level(): LogThreshold {
    return this.#own ?? this.#inherited();
  }

  set level(level: string) {
    if (isThreshold(level)) this.#own = level;
  }

  inheritLevel(): void {
    this.#own = undefined;
  }

  isLevelEnabled(level: LogLevel): boolean {
    return reaches(level, this.level);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new ConsoleLogger(() => this.level, writerOf(fields) ?? this.#name);
  }

  #method(level: LogLevel): LogMethod {
    return (given: object | string, message?: string) => {
      if (!this.isLevelEnabled(level)) return;
      const text = textOf(given, message);
      const line = this.#name === undefined ? text : `${this.#name}: ${text}`;
      const fields = Object.entries(fieldsOf(given));
      const errors = fields.filter(([field, value]) => field === 'err' || value instanceof Error);
      console[level](line, ...errors.map(([, value]) => value));
    };
  }
}

/** The fields of a line: an error in place of them is `err`. */
export function fieldsOf(given: object | string): object {
  if (given instanceof Error) return { err: given };
  return typeof given === 'object' ? (given ?? {}) : {};
}

/** The text of a line: by default that of the error in place of its fields. */
export function textOf(given: object | string, message?: string): string {
  if (typeof given === 'string') return given;
  return message ?? (given instanceof Error ? given.message : '');
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
        : logger[level](given, `${name}: ${textOf(given, message)}`);
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
