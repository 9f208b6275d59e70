import { type Duration, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';

/** How many restarts are allowed within a span of time (OTP's restart intensity). */
export interface RestartOptions {
  /** With one more than this within the span it is given up. `Infinity` never gives up. Default 5. */
  readonly max?: number;
  /** The span. Default 60 s. */
  readonly within?: Duration;
}

/** The same in milliseconds, with the defaults. */
export interface Intensity {
  readonly max: number;
  readonly within: number;
}

/** One failure, when it came to pass. */
export interface Failure {
  /** On the scale that the span is measured on. */
  readonly at: number;
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly error: Error;
  /** What failed, where one history tells of several. */
  readonly service?: string;
}

/** @param what names the option in errors; throws OptionError */
export function intensityOf({ max = 5, within = '60s' }: RestartOptions, what: string): Intensity {
  return { max: countOf(max, `${what}.max`), within: milliseconds(within, `${what}.within`) };
}

/** A number of restarts. @throws OptionError */
export function countOf(max: number, what: string): number {
  if ((Number.isInteger(max) || max === Number.POSITIVE_INFINITY) && max >= 0) return max;
  throw new OptionError(`${what} must be a whole number of 0 or more, or Infinity; got ${String(max)}`);
}

/** The failures of the sliding window that ends with this one: what is older does not count any more. */
export function failuresWithin(intensity: Intensity, history: readonly Failure[], latest: Failure): Failure[] {
  if (intensity.max === Number.POSITIVE_INFINITY) return [latest];
  return [...history.filter(({ at }) => at > latest.at - intensity.within), latest];
}

/** Whether these failures of one window are one too many. */
export function isExceeded({ max }: Intensity, failures: readonly Failure[]): boolean {
  return failures.length > max;
}
