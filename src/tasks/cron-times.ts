import { Cron } from 'croner';
import { messageOf, OptionError, textOf } from '../errors.ts';

/** How many due times are counted one by one; what is more is not told apart. */
const MAX_COUNTED = 1_000;

/** A text of five to seven fields, or a nickname such as `@daily`. croner takes dates too, which is not what this is for. */
const DATE = /^\d{4}-\d\d-\d\d/;

/**
 * The times of a cron expression in a time zone, as croner knows them. Where the clocks change, a pattern with one fixed time
 * of day runs once: at its first occurrence where the time comes twice, right after the gap where it does not come; any other
 * pattern runs at each time that really occurs.
 */
export class CronTimes {
  readonly expression: string;
  readonly #cron: Cron;

  /** @throws OptionError for an expression or a time zone that does not exist */
  constructor(expression: string, timeZone?: string) {
    const zone = CronTimes.checkedZone(timeZone);
    this.expression = expression;
    this.#cron = parsed(expression, zone);
  }

  /** The next due time after this one, both in milliseconds since the epoch; undefined when there is none any more. */
  after(date: number): number | undefined {
    return this.#cron.nextRun(new Date(date))?.getTime();
  }

  /** The due times after one and up to another: how many (up to a thousand), and the last one. */
  between(after: number, upTo: number): { readonly count: number; readonly last: number } {
    let last = after;
    for (let count = 0; count < MAX_COUNTED; count++) {
      const next = this.after(last);
      if (next === undefined || next > upTo) return { count, last };
      last = next;
    }
    const [latest = new Date(last)] = this.#cron.previousRuns(1, new Date(upTo + 1));
    return { count: MAX_COUNTED, last: latest.getTime() };
  }

  /** @throws OptionError */
  static checkedZone(timeZone: string | undefined): string | undefined {
    if (timeZone === undefined) return undefined;
    try {
      return new Intl.DateTimeFormat('en', { timeZone }) && timeZone;
    } catch {
      throw new OptionError(
        `timeZone must be an IANA time zone such as 'Europe/Berlin' or 'UTC', got ${textOf(timeZone)}`,
        { timeZone },
      );
    }
  }
}

/**
 * The next time a cron expression comes true; undefined when it never does any more.
 *
 * @param from the time after which, default now
 * @throws OptionError for an expression or a time zone that does not exist
 */
export function nextRun(
  expression: string,
  { timeZone, from = new Date() }: { readonly timeZone?: string; readonly from?: Date } = {},
): Date | undefined {
  const next = new CronTimes(expression, timeZone).after(from.getTime());
  return next === undefined ? undefined : new Date(next);
}

function parsed(expression: string, timeZone: string | undefined): Cron {
  const expected =
    "the cron expression must have five fields (minute, hour, day, month, weekday) such as '30 18 * * *', six with seconds in front, or be a nickname such as '@daily'";
  if (typeof expression !== 'string' || DATE.test(expression.trim())) {
    throw new OptionError(`${expected}; got ${textOf(expression)}`, { expression });
  }
  let cron: Cron;
  try {
    cron = new Cron(expression, timeZone === undefined ? { paused: true } : { paused: true, timezone: timeZone });
  } catch (error) {
    const why = messageOf(error).replace(/^CronPattern: /, '');
    throw new OptionError(`${expected}; got ${textOf(expression)}: ${why}`, { expression });
  }
  // A seventh field is a year, which may be over.
  const isTimeless = expression.trim().split(/\s+/).length < 7;
  if (isTimeless && cron.nextRun(new Date(0)) === null) {
    throw new OptionError(`the cron expression ${textOf(expression)} never comes true: there is no such day`, {
      expression,
    });
  }
  return cron;
}
