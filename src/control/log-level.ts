import { suggestion } from '../did-you-mean.ts';
import { messageOf, OptionError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { RunningProgram } from '../worker/companion.ts';

/** What a logger is like whose level can be changed: pino, winston, and others. */
interface LevelledLogger extends Logger {
  level: string;
  /** The names that pino knows. */
  readonly levels?: { readonly values?: Readonly<Record<string, number>> };
}

/**
 * Has the program log from another level on. The one place where that is done.
 *
 * @returns what was done, in words
 * @throws OptionError for a level that there is none of, and for a logger whose level cannot be changed
 */
export function changeLogLevel({ log, lifecycle }: RunningProgram, level: string): string {
  if (!hasLevel(log)) {
    throw new OptionError(
      'log-level: the logger of this program has no level that can be changed; give the Worker one with a settable level, such as pino, or none',
    );
  }
  const known = Object.keys(log.levels?.values ?? {});
  if (known.length > 0 && ![...known, 'silent'].includes(level)) {
    throw new OptionError(`log-level: there is no level '${level}'. ${suggestion(level, [...known, 'silent'])}`);
  }
  const before = log.level;
  try {
    log.level = level;
  } catch (error) {
    throw new OptionError(`log-level: ${messageOf(error)}`);
  }
  lifecycle.loggers.renew();
  return `The level is ${level} now; it was ${before}.`;
}

function hasLevel(log: Logger): log is LevelledLogger {
  return typeof (log as Partial<LevelledLogger>).level === 'string';
}
