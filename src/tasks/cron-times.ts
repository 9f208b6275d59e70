import { Cron } from 'croner';
import { suggestion } from '../did-you-mean.ts';
import { messageOf, OptionError, textOf } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';

/** How many due times are counted one by one; what is more is not told apart. */
const MAX_COUNTED = 1_000;

const NICKNAMES = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

/** What `nextRun` can be given. */
export interface NextRunOptions {
  /** An IANA name such as `'Europe/Berlin'`. Default: the machine's. */
  readonly timeZone?: string;
  /** The time after which, as a Date or in milliseconds since the epoch. Default: now. */
  readonly from?: Date | number;
}

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
 * @throws OptionError for an expression or a time zone that does not exist, and for options that make no sense
 */
export function nextRun(expression: string, options: NextRunOptions = {}): Date | undefined {
  checkNames(options, ['timeZone', 'from'], 'nextRun()');
  const { timeZone, from = Date.now() } = options;
  // Of a number too: not each is a date.
  const date = typeof from === 'number' || from instanceof Date ? new Date(from).getTime() : Number.NaN;
  checkOption(!Number.isNaN(date), 'nextRun({ from })', 'a Date, or milliseconds since the epoch', from);
  const next = new CronTimes(expression, timeZone).after(date);
  return next === undefined ? undefined : new Date(next);
}

function parsed(expression: string, timeZone: string | undefined): Cron {
  checkForm(expression);
  let cron: Cron;
  try {
    cron = new Cron(expression, timeZone === undefined ? {} : { timezone: timeZone });
  } catch (error) {
    throw new OptionError(`the cron expression ${textOf(expression)} makes no sense: ${reasonOf(error)}`, {
      expression,
    });
  }
  // A seventh field is a year, which may be over.
  const isTimeless = fieldsOf(expression).length < 7;
  if (isTimeless && cron.nextRun(new Date(0)) === null) {
    throw new OptionError(`the cron expression ${textOf(expression)} never comes true: there is no such day`, {
      expression,
    });
  }
  return cron;
}

/** What croner says of the fields is worth reading; what it says of their number is not. */
function checkForm(expression: string): void {
  const text = typeof expression === 'string' ? expression.trim() : '';
  if (text.startsWith('@')) {
    if (NICKNAMES.includes(text.toLowerCase())) return;
    const hint = suggestion(text, NICKNAMES);
    throw new OptionError(`the cron expression ${textOf(expression)} is no nickname. ${hint}`, { expression });
  }
  const { length } = fieldsOf(text);
  // What has a colon, croner takes for a date, which is not what this is for.
  if (length >= 5 && length <= 7 && !text.includes(':')) return;
  throw new OptionError(
    `the cron expression must have five fields (minute, hour, day, month, weekday) such as '30 18 * * *', six with seconds in front, seven with a year behind, or be a nickname such as '@daily'; got ${textOf(expression)}`,
    { expression },
  );
}

function fieldsOf(expression: string): string[] {
  return expression.trim().split(/\s+/);
}

/** It counts days and months from 0, and says so. */
function reasonOf(error: unknown): string {
  const reason = messageOf(error).replace(/^CronPattern: /, '');
  const [, field, value] = /^Invalid value for (\w+): (-?\d+)/.exec(reason) ?? [];
  if (field === undefined) return reason;
  const isFromZero = field === 'day' || field === 'month';
  return `there is no ${field === 'dayOfWeek' ? 'weekday' : field} ${Number(value) + (isFromZero ? 1 : 0)}`;
}
