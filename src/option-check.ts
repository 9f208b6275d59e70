import { didYouMean } from './did-you-mean.ts';
import { OptionError, textOf } from './errors.ts';

/**
 * Refuses options that do not exist, all at once, since a misspelt one would do nothing.
 *
 * @param what whose options they are, for the error
 * @throws OptionError
 */
export function checkNames(options: object, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(`${what}: expected an object of options, got ${textOf(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const faults: string[] = [];
  const strange: string[] = [];
  for (const name of unknown) {
    const near = didYouMean(name, known);
    if (near === undefined) strange.push(`'${name}'`);
    else faults.push(`there is no option '${name}'; did you mean ${near}?`);
  }
  if (strange.length > 0) faults.push(`there is no option ${strange.join(', ')}; known are ${known.join(', ')}`);
  throw new OptionError(`${what}: ${faults.join(' ')}`, { names: unknown, known });
}

/** Refuses a value that an option cannot have. @throws OptionError */
export function checkOption(isFine: boolean, what: string, expected: string, got: unknown): void {
  if (!isFine) throw new OptionError(`${what} must be ${expected}, got ${textOf(got)}`, { what, value: got });
}
