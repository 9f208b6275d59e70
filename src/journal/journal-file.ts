import { closeSync, openSync, readSync } from 'node:fs';
import { LifecycleError, messageOf, OptionError } from '../errors.ts';
import { isHeader, type JournalHeader, LineFault, parseLine } from './journal-line.ts';
import type { WrittenEvent } from './written.ts';

/** One run of a program, from its header to the next one. */
export interface JournalRun {
  readonly header: JournalHeader;
  /** Read from the file each time it is asked for, and never all at once. */
  readonly events: Iterable<WrittenEvent>;
  /** How many events there are. */
  readonly count: number;
  /** Another run follows, so whoever wrote this one writes to it no more. */
  readonly isFollowed: boolean;
}

/** A journal that was looked through once, and is in order. */
export interface Journal {
  readonly file: string;
  /** The oldest first; at least one. */
  readonly runs: readonly JournalRun[];
  /** What is remarkable and no fault: a line that was not written to its end. */
  readonly notes: readonly string[];
}

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  /** The last line of a process that was killed, or of a disk that was full, has no end. */
  readonly isWhole: boolean;
}

const CHUNK = 65_536;
const NEWLINE = 0x0a;

/**
 * Looks through a journal.
 *
 * @throws LifecycleError with code LIFECYCLE_JOURNAL for what is none, naming the line at fault
 * @throws OptionError for a file that cannot be read
 */
export function readJournal(file: string): Journal {
  const inspection = new Inspection(file);
  for (const line of linesOf(file)) inspection.look(line);
  return inspection.result();
}

/** What is known of a journal by the line that is looked at. */
class Inspection {
  readonly #file: string;
  readonly #runs: { header: JournalHeader; offset: number; count: number }[] = [];
  readonly #notes: string[] = [];
  /** The line before, where it can have been cut. */
  #cut: { readonly line: Line; readonly fault: LineFault } | undefined;
  /** Of the event before; undefined where it cannot be known. */
  #lastId: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  look(line: Line): void {
    const parsed = this.#parse(line);
    if (parsed === undefined) return;
    if (isHeader(parsed)) {
      this.#noteCut();
      this.#runs.push({ header: parsed, offset: line.offset, count: 0 });
      this.#lastId = parsed.after;
      return;
    }
    if (this.#cut !== undefined) throw this.#error(this.#cut.line, this.#cut.fault.message);
    const run = this.#runs.at(-1);
    if (run === undefined) throw this.#noJournal();
    this.#checkOrder(line, parsed.id);
    this.#lastId = parsed.id;
    run.count++;
  }

  /** No line is ever left out by who writes: from the first one that cannot be written on there are none. */
  #checkOrder(line: Line, id: number): void {
    const last = this.#lastId;
    if (last === undefined || id === last + 1) return;
    const order = `event ${id} comes after event ${last}`;
    if (id <= last) {
      throw this.#error(line, `${order}; have two processes written to it at once? Give each a journal of its own`);
    }
    const missing = id === last + 2 ? `event ${last + 1} is` : `events ${last + 1} to ${id - 1} are`;
    throw this.#error(
      line,
      `${order}: ${missing} missing; were lines taken out, or have two processes written to it at once? Read the file as it was written, and give each process one of its own`,
    );
  }

  result(): Journal {
    if (this.#cut?.line.isWhole) throw this.#error(this.#cut.line, this.#cut.fault.message);
    this.#noteCut();
    if (this.#runs.length === 0) throw this.#noJournal();
    const file = this.#file;
    const runs = this.#runs.map(({ header, offset, count }, index, { length }) => ({
      header,
      count,
      isFollowed: index < length - 1,
      events: eventsOf(file, offset, count),
    }));
    return { file, runs, notes: this.#notes };
  }

  #parse(line: Line): ReturnType<typeof parseLine> | undefined {
    try {
      return parseLine(line.text);
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      if (this.#runs.length === 0 && !error.message.includes('version')) throw this.#noJournal();
      if (!error.isCut || this.#cut !== undefined) throw this.#error(this.#cut?.line ?? line, error.message);
      this.#cut = { line, fault: error };
      return undefined;
    }
  }

  #noteCut(): void {
    if (this.#cut === undefined) return;
    this.#notes.push(
      `line ${this.#cut.line.number} is cut: the process that wrote it was ended in the middle of it, or could write no more (a full disk)`,
    );
    this.#cut = undefined;
  }

  #error({ number }: Line, why: string): LifecycleError {
    return new LifecycleError('LIFECYCLE_JOURNAL', `${this.#file}:${number}: ${why}`, {
      file: this.#file,
      line: number,
    });
  }

  #noJournal(): LifecycleError {
    const message = `${this.#file} is no journal: its first line is no header; one is written by Worker.run(container, { journal: 'app.journal' })`;
    return new LifecycleError('LIFECYCLE_JOURNAL', message, { file: this.#file, line: 1 });
  }
}

/** The events after the header that begins there. */
function eventsOf(file: string, offset: number, count: number): Iterable<WrittenEvent> {
  return {
    *[Symbol.iterator]() {
      let left = count;
      let isHeaderLine = true;
      for (const { text } of linesOf(file, offset)) {
        if (!isHeaderLine && left-- <= 0) return;
        if (!isHeaderLine) yield parseLine(text) as WrittenEvent;
        isHeaderLine = false;
        if (left === 0) return;
      }
    },
  };
}

/** @throws OptionError */
function* linesOf(file: string, from = 0): Generator<Line> {
  const descriptor = reading(file, () => openSync(file, 'r'));
  try {
    let rest: Buffer = Buffer.alloc(0);
    let offset = from;
    let number = 1;
    for (let at = from; ; ) {
      const chunk = Buffer.alloc(CHUNK);
      const length = reading(file, () => readSync(descriptor, chunk, 0, CHUNK, at));
      if (length === 0) break;
      at += length;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        yield { text: rest.toString('utf8', 0, end), number: number++, offset, isWhole: true };
        offset += end + 1;
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > 0) yield { text: rest.toString(), number, offset, isWhole: false };
  } finally {
    closeSync(descriptor);
  }
}

function reading<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new OptionError(`${file} cannot be read: ${messageOf(error)}`, { file });
  }
}
