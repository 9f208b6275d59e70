import { suggestion } from '../did-you-mean.ts';
import { isThreshold, LOG_THRESHOLDS, type LogThreshold } from '../log.ts';
import { checkOption } from '../option-check.ts';
import type { Companion } from './companion.ts';

/**
 * Services that have a level of their own while the program runs. A name that nothing has yet is warned of: it may be that of a
 * service to come.
 *
 * @throws OptionError
 */
export function serviceLevels(levels: Readonly<Record<string, LogThreshold>>): Companion {
  const isObject = typeof levels === 'object' && levels !== null && !Array.isArray(levels);
  checkOption(isObject, 'logLevels', "an object like { Db: 'debug' }", levels);
  for (const [name, level] of Object.entries(levels)) {
    checkOption(isThreshold(level), `logLevels.${name}`, `one of ${LOG_THRESHOLDS.join(', ')}`, level);
  }
  return ({ lifecycle, log }) => {
    const { loggers } = lifecycle;
    const names = Object.keys(levels);
    const before = names.map((name) => [name, loggers.ownLevel(name)] as const);
    for (const [name, level] of Object.entries(levels)) loggers.setLevel(level, name);
    const known = names.length === 0 ? [] : lifecycle.graph().nodes.map(({ label }) => label);
    for (const name of names.filter((each) => !known.includes(each))) {
      log.warn(`logLevels: nothing is called ${name} so far. ${suggestion(name, known, 'Nothing is bound yet.')}`);
    }
    return () => {
      for (const [name, level] of before) loggers.setLevel(level, name);
    };
  };
}
