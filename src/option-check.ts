import { didYouMean } from './did-you-mean.ts';
import { OptionError, textOf } from './errors.ts';

/**
 * Refuses options that do not exist, since a misspelt one would do nothing.
 *
 * @param what whose options they are, for the error
 * @throws OptionError
 */
export function checkNames(options: object, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(`${what}: expected an object of options, got ${textOf(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = didYouMean(name, known);
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
    throw new OptionError(`${what}: there is no option '${name}'; ${hint}`, { name, known });
  }
}

/** Refuses a value that an option cannot have. @throws OptionError */
export function checkOption(isFine: boolean, what: string, expected: string, got: unknown): void {
  if (!isFine) throw new OptionError(`${what} must be ${expected}, got ${textOf(got)}`, { what, value: got });
}
