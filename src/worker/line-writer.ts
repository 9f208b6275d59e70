import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { messageOf } from '../errors.ts';

const STDERR = 2;

/** How long to wait for a pipe whose reader is slow before it is tried again, in milliseconds. */
const PATIENCE = 5;

/** What a writer tells, once: in the log where that is possible again. */
export interface Loss {
  /** How many lines there were. */
  readonly lines: number;
  /** Why. */
  readonly error: unknown;
}

/**
 * Writes lines at once. What cannot be written (the disk is full, the reader of a pipe is gone) is counted and given up:
 * keeping it would fill the memory, and a program does not end for its log. A file that somebody removes is begun anew.
 */
export class LineWriter {
  /** What it was given, which others write to as well: it stays open, so that its number means nothing else. */
  readonly #given: number;
  readonly #file: string | undefined;
  readonly #whenBack: (loss: Loss) => void;
  #fd: number;
  #lost = 0;
  #why: unknown;
  #isTold = false;
  /** Whether what is there ends in the middle of a line. */
  #isTorn = false;

  /**
   * @param file what is behind `fd`; undefined for standard output
   * @param whenBack called once lines can be written again after some were lost
   */
  constructor(fd: number, file: string | undefined, whenBack: (loss: Loss) => void) {
    this.#given = fd;
    this.#fd = fd;
    this.#file = file;
    this.#whenBack = whenBack;
  }

  /** Never throws. */
  write(text: string): void {
    try {
      this.#renew();
      this.#put(this.#isTorn ? `\n${text}` : text);
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (this.#lost === 0) return;
    const loss = { lines: this.#lost, error: this.#why };
    this.#lost = 0;
    this.#isTold = false;
    this.#whenBack(loss);
  }

  /** Says what was lost and never told. */
  close(): void {
    if (this.#lost > 0) tell(`${lossText({ lines: this.#lost, error: this.#why })}: ${messageOf(this.#why)}`);
    if (this.#file === undefined) return;
    closeSync(this.#fd);
    if (this.#fd !== this.#given) closeSync(this.#given);
  }

  #put(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(this.#fd, bytes, done);
        this.#isTorn = done < bytes.length;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
      }
    }
  }

  /** Lines of a file that has no name any more nobody would ever read. */
  #renew(): void {
    if (this.#file === undefined || fstatSync(this.#fd).nlink > 0) return;
    const fd = openSync(this.#file, 'a');
    if (this.#fd !== this.#given) closeSync(this.#fd);
    this.#fd = fd;
    this.#isTorn = false;
  }

  #lose(error: unknown): void {
    this.#lost++;
    this.#why = error;
    if (this.#isTold) return;
    this.#isTold = true;
    tell(`lines of the log are lost, since ${this.#file ?? 'standard output'} cannot be written: ${messageOf(error)}`);
  }
}

/** `3 lines of the log were lost`. */
export function lossText({ lines }: Loss): string {
  return lines === 1 ? 'One line of the log was lost' : `${lines} lines of the log were lost`;
}

/** On standard error, past everything that could take it for a line of the log. */
export function tell(text: string): void {
  try {
    writeSync(STDERR, `${text}\n`);
  } catch {
    // There is nobody left to be told.
  }
}
