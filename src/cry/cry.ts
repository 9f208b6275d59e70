import { messageOf } from '../errors.ts';
import { withinLog } from '../redirect/within-log.ts';
import type { Companion, RunningProgram } from '../worker/companion.ts';
import { cryText } from './cry-text.ts';
import { lookAt } from './look.ts';

/** Mode's word for what a process says of itself when it is asked by a signal. SIGUSR1 opens Node's inspector. */
const SIGNAL = 'SIGUSR2';

/** All that is known of a program and its process at this moment, as a text. */
export function cryOf({ lifecycle }: Pick<RunningProgram, 'lifecycle'>): string {
  return cryText(lookAt(lifecycle));
}

/** Whether SIGUSR2 is there, and not taken for something else. @param taken the signals that ask for the end */
export function canCry(taken: readonly string[], platform: string = process.platform): boolean {
  return platform !== 'win32' && !taken.includes(SIGNAL);
}

/** Writes it on standard error with each SIGUSR2, also where that is redirected, as often as it comes, and does nothing else. */
export const cryOnSignal: Companion = (program) => {
  const cry = (): void => {
    try {
      const text = cryOf(program);
      withinLog(() => console.error(text));
    } catch (error) {
      program.log.error({ err: error }, `The cry failed: ${messageOf(error)}`);
    }
  };
  process.on(SIGNAL, cry);
  return () => void process.off(SIGNAL, cry);
};
