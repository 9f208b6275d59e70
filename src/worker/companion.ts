/** What accompanies a program while a Worker runs it, and knows nothing of the others: a watchdog, a port, a socket. */

import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../log.ts';
import type { DirectOutput } from './direct-output.ts';
import type { Runnable } from './runnable.ts';

/** A program that a Worker runs, as what accompanies it sees it. */
export interface RunningProgram {
  readonly runnable: Runnable;
  readonly lifecycle: Lifecycle;
  /** The Worker's own log. */
  readonly log: Logger;
  /** Where the log goes, for those that cannot wait for the main thread; undefined for a logger that somebody else has made. */
  readonly direct: DirectOutput | undefined;
  /** Writes what is logged so far, as far as that can be done at once: the process is about to end. */
  flushLog(): void;
  /** Something went wrong outside of any service: stops all in order, and the program ends with code 1. */
  fail(error: Error): void;
}

/**
 * Opened before anything is started.
 *
 * @returns what closes it, after all is stopped and while there still is a log
 * @throws OptionError when it cannot be, and then the program is not run
 */
export type Companion = (program: RunningProgram) => Close | undefined | Promise<Close | undefined>;

export type Close = () => void | Promise<void>;

/**
 * Opens them one after the other; if one cannot be, those before it are closed again.
 *
 * @returns what closes them all, the last one first
 */
export async function openAll(companions: readonly Companion[], program: RunningProgram): Promise<Close> {
  const open: Close[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of open.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        program.log.error({ err: error }, 'What accompanied the program did not close');
      }
    }
  };
  try {
    for (const companion of companions) {
      const close = await companion(program);
      if (close !== undefined) open.push(close);
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  return closeAll;
}
