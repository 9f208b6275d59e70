/** winston takes the message first and what belongs to it second, and makes {} of an error: seen here as a logger like pino. */

import { inspect } from 'node:util';
import { fieldsOf, type Inheriting, LOG_LEVELS, type Logger, type LogLevel, type LogMethod, textOf } from './log.ts';

/** As much of a winston logger as is needed of it. */
export interface Winston {
  /** Their numbers: the graver, the smaller. */
  readonly levels: Readonly<Record<string, number>>;
  level: string;
  silent?: boolean;
  readonly defaultMeta?: object | null;
  /** Takes a line as one object. */
  write(line: object): unknown;
  isLevelEnabled(level: string): boolean;
}

/** Whether it was made by `winston.createLogger`, or is a child of such a one. */
export function isWinston(logger: unknown): logger is Winston {
  if (typeof logger !== 'object' || logger === null) return false;
  const { log, write, levels, isLevelEnabled } = logger as Record<string, unknown>;
  const areFunctions = [log, write, isLevelEnabled].every((each) => typeof each === 'function');
  return areFunctions && typeof levels === 'object' && levels !== null && 'transports' in logger;
}

/** What winston calls these, where it does not call them the same. */
const OTHER_NAMES: Readonly<Record<string, string>> = { warn: 'warning' };

/** Writes lines with winston. Errors become texts with their stacks and causes, which every format prints. */
export class WinstonLogger implements Logger, Inheriting {
  readonly #winston: Winston;
  /** What each line has besides; undefined for the one that was given. */
  readonly #fields: object | undefined;
  /** Of a child: winston itself has one level for all. */
  #own: string | undefined;

  // Properties, so that each works on its own too.
  readonly debug: LogMethod = this.#method('debug');
  readonly info: LogMethod = this.#method('info');
  readonly warn: LogMethod = this.#method('warn');
  readonly error: LogMethod = this.#method('error');

  constructor(winston: Winston, fields?: object) {
    this.#winston = winston;
    this.#fields = fields;
  }

  get level(): string {
    return this.#own ?? (this.#winston.silent === true ? 'silent' : this.#winston.level);
  }

  /** One of winston's levels, or of pino's. */
  set level(level: string) {
    if (this.#fields !== undefined) {
      this.#own = level;
      return;
    }
    this.#winston.silent = level === 'silent';
    const name = thresholdOf(this.#winston.levels, level);
    if (name !== undefined) this.#winston.level = name;
  }

  inheritLevel(): void {
    this.#own = undefined;
  }

  isLevelEnabled(level: LogLevel): boolean {
    const { levels, silent } = this.#winston;
    const name = nameOf(levels, level);
    if (silent === true || name === undefined || !this.#winston.isLevelEnabled(name)) return false;
    if (this.#own === undefined) return true;
    const threshold = thresholdOf(levels, this.#own);
    return threshold !== undefined && (levels[threshold] ?? 0) >= (levels[name] ?? 0);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    const child = new WinstonLogger(this.#winston, { ...this.#fields, ...fields });
    child.#own = this.#own;
    return child;
  }

  #method(level: LogLevel): LogMethod {
    return (given: object | string, message?: string) => {
      if (!this.isLevelEnabled(level)) return;
      const { levels, defaultMeta } = this.#winston;
      // Not by its `log`: that drops the fields where the message has something like %d, and has its defaults win over them.
      this.#winston.write({
        ...defaultMeta,
        ...this.#fields,
        ...printable(fieldsOf(given)),
        level: nameOf(levels, level),
        message: textOf(given, message),
      });
    };
  }
}

/** Which of the needed levels a winston logger with levels of its own does not have. */
export function missingLevel({ levels }: Winston): LogLevel | undefined {
  return LOG_LEVELS.find((level) => nameOf(levels, level) === undefined);
}

function nameOf(levels: Winston['levels'], level: string): string | undefined {
  return [level, OTHER_NAMES[level]].find((name) => name !== undefined && levels[name] !== undefined);
}

/** A level of pino's that winston does not have is the finest or the gravest that it has; undefined where nothing is written. */
function thresholdOf(levels: Winston['levels'], level: string): string | undefined {
  if (level === 'silent') return undefined;
  const known = nameOf(levels, level);
  if (known !== undefined) return known;
  const sorted = Object.keys(levels).sort((one, other) => (levels[one] ?? 0) - (levels[other] ?? 0));
  return level === 'fatal' ? sorted[0] : sorted.at(-1);
}

function printable(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? inspect(value) : value]),
  );
}
