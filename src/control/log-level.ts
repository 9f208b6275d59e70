import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';
import { LOG_THRESHOLDS } from '../log.ts';
import type { RunningProgram } from '../worker/companion.ts';

/**
 * Has the program, or one service of it, log from another level on.
 *
 * @returns what was done, in words
 * @throws OptionError for a level that there is none of, and for a logger whose level cannot be changed
 * @throws RefError for a service that is unknown or ambiguous
 */
export function changeLogLevel({ lifecycle }: RunningProgram, text: string, service: string | undefined): string {
  const level = LOG_THRESHOLDS.find((known) => known === text);
  if (level === undefined) {
    throw new OptionError(`there is no level '${text}'. ${suggestion(text, LOG_THRESHOLDS)}`);
  }
  const before = lifecycle.logLevel(service);
  lifecycle.setLogLevel(level, service);
  const whose = service === undefined ? 'The level' : `The level of ${service}`;
  return `${whose} is ${level} now${before === undefined ? '' : `; it was ${before}`}.`;
}
