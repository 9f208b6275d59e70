import { OptionError, textOf } from './errors.ts';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd';

/** A length of time: a number of milliseconds, or a number with its unit, `'250ms'`, `'10s'`, `'1.5m'`, `'1h'`, `'1d'`. */
export type Duration = number | `${number}${Unit}`;

const MILLISECONDS: Readonly<Record<Unit, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * The duration in milliseconds.
 *
 * @param what names the value in the error, e.g. `'stopAll({ timeout })'`
 * @param least the shortest that is accepted, in milliseconds
 * @throws OptionError for anything shorter, not finite, or not of the accepted forms
 */
export function milliseconds(value: Duration, what: string, least = 0): number {
  const length = lengthOf(value);
  if (length >= least) return length;
  throw new OptionError(
    `${what} must be a duration: milliseconds (${least} or more) as a number, or a text like '250ms', '10s', '5m', '1h', '1d'; got ${textOf(value)}`,
    { what, value },
  );
}

/** Not a number for what is none. */
function lengthOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  const match = typeof value === 'string' ? FORM.exec(value) : null;
  return match ? Number(match[1]) * MILLISECONDS[match[2] as Unit] : Number.NaN;
}

/**
 * A duration as a person reads it: `950 ms`, `1.2 s`, `2 m 5 s`. It refers to nothing outside of it: the watchdog's thread is
 * given its text.
 */
export function humanize(ms: number): string {
  const tenths = Math.round(ms * 10) / 10;
  if (tenths < 1_000) return `${tenths} ms`;
  const short = Math.round(ms / 100) / 10;
  if (short < 60) return `${short} s`;
  const total = Math.round(ms / 1_000);
  const minutes = Math.floor(total / 60);
  const seconds = total % 60;
  return seconds === 0 ? `${minutes} m` : `${minutes} m ${seconds} s`;
}
