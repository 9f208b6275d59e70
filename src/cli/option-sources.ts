/** Options of the Worker come from flags, from the environment and from the program, each with words of its own. */

import { OptionError } from '../errors.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';

/** A place outside of the program that options come from. */
export interface OptionSource {
  readonly options: WorkerOptions;
  /** How an option is written there: `--log-level`, or with its value `--log-level warn`. */
  written(name: string, value?: string): string;
}

/** What each that is given stronger takes away from the weaker: all of them say how much is written. */
const OVERRULED: Readonly<Partial<Record<string, readonly string[]>>> = {
  logLevel: ['quiet'],
  quiet: ['logLevel', 'debug'],
  debug: ['logLevel', 'quiet'],
};

/** What a logger decides by itself. */
const OF_LOGGER = ['logLevel', 'logFormat', 'logFile', 'quiet'] as const;

/**
 * What the Worker is given: the stronger wins, also over an option that would contradict it.
 *
 * @param own the program's, which is the weakest
 * @param sources the strongest first
 * @throws OptionError for what the program's own logger decides
 */
export function merged(own: WorkerOptions, sources: readonly OptionSource[]): WorkerOptions {
  if (own.logger !== undefined) for (const source of sources) checkLeftToLogger(source);
  const stronger = sources.map(({ options }) => options).reverse();
  return stronger.reduce((weaker, options) => ({ ...without(overruledBy(options), weaker), ...options }), own);
}

/**
 * What is wrong with an option, in the words in which that was given.
 *
 * @param sources the strongest first
 */
export function inOwnWords({ message, data }: OptionError, sources: readonly OptionSource[]): string {
  const { options: contradicting = [] } = data as { readonly options?: readonly string[] };
  return message.replace(MENTION, (text: string, name: string, value: string | undefined, at: number) => {
    const isMeant = at === 0 || value !== undefined || contradicting.includes(name);
    const source = isMeant ? sources.find(({ options }) => Object.hasOwn(options, name)) : undefined;
    return source?.written(name, value?.replaceAll("'", '')) ?? text;
  });
}

/** A word that may be an option, and what would be written for it in code: `logLevel`, `logLevel: 'warn'`. */
const MENTION = /(?<![\w-])(\w+)(?:: ('[^']*'|\d+))?/g;

function checkLeftToLogger({ options, written }: OptionSource): void {
  const name = OF_LOGGER.find((each) => isGiven(options[each]));
  if (name === undefined) return;
  throw new OptionError(
    `${written(name)} cannot be given: the program gives Worker.run a logger of its own, which decides that; leave it out, or set it on that logger`,
    { option: name },
  );
}

function overruledBy(options: WorkerOptions): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => (isGiven(value) ? (OVERRULED[name] ?? []) : []));
}

/** Whether it asks for something. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function without(names: readonly string[], options: WorkerOptions): WorkerOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}
