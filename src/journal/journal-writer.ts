import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { messageOf, OptionError } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { checkOption } from '../option-check.ts';
import { eventLine, headerLine } from './journal-line.ts';
import { recordOf } from './record.ts';

/**
 * Writes everything that happens from now on to a file, one event a line, until it is undone. Lines are added to what the file
 * has. Each is handed to the system before the next thing happens, since the last lines before a process is killed are the
 * ones that matter; that costs two microseconds, as much as making the line, where a buffer would save one of three.
 *
 * A file that cannot be written any more (a full disk) is warned of once, and left as it is.
 *
 * @returns the undo, which closes the file
 * @throws OptionError for a file that cannot be written
 */
export function writeJournal(lifecycle: Lifecycle, file: string): () => void {
  checkOption(typeof file === 'string' && file !== '', 'journal', 'a path', file);
  const journal = opened(file, headerLine(recordOf(lifecycle), lifecycle.clock.date(), lifecycle.events.last));
  const close = (): void => {
    undo();
    journal.close();
  };
  const undo = lifecycle.on((event) => {
    try {
      journal.write(eventLine(event));
    } catch (error) {
      close();
      lifecycle.loggers.root.warn(`The journal ${file} ends here, since it cannot be written: ${messageOf(error)}`);
    }
  });
  return close;
}

function opened(file: string, header: string): JournalDescriptor {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFIFO()) throw new Error('it is a pipe, which may have no reader');
    const descriptor = new JournalDescriptor(openSync(file, 'a+'));
    try {
      descriptor.begin(header);
    } catch (error) {
      descriptor.close();
      throw error;
    }
    return descriptor;
  } catch (error) {
    throw new OptionError(`the journal ${file} cannot be written: ${messageOf(error)}`, { journal: file });
  }
}

/** An open file that lines are added to. */
class JournalDescriptor {
  #descriptor: number | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The process before may have been killed in the middle of a line. */
  begin(header: string): void {
    if (this.#descriptor === undefined) return;
    const { size } = fstatSync(this.#descriptor);
    const last = Buffer.from('\n');
    if (size > 0) readSync(this.#descriptor, last, 0, 1, size - 1);
    this.write(last.toString() === '\n' ? header : `\n${header}`);
  }

  write(line: string): void {
    if (this.#descriptor === undefined) return;
    let rest = Buffer.from(line);
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
