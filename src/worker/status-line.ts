import { stripVTControlCharacters } from 'node:util';
import type { WrittenStream } from '../redirect/stream-writes.ts';

/** Takes away what the last line of a terminal has. */
export const ERASE = '\r\u001B[K';

const NOTHING = (): string => '';

/**
 * The last line of a terminal, below the log and below what the program writes: what is going on at this moment. It is no part
 * of the log.
 */
export class StatusLine {
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  #text: () => string = NOTHING;
  /** What of it is on the terminal. */
  #drawn = '';
  /** Whether the program has begun a line that has no end yet: the status line waits for that. */
  #isTorn = false;

  /** @param columns how wide the terminal is now */
  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  /** @param text gives one line, asked for each time that it is drawn */
  show(text: () => string): void {
    this.#text = text;
    this.#draw();
  }

  hide(): void {
    this.show(NOTHING);
  }

  /** @param text whole lines of the log, which go above it */
  above(text: string): string {
    const lead = this.#isTorn ? '\n' : this.#drawn === '' ? '' : ERASE;
    this.#isTorn = false;
    this.#drawn = this.#line();
    return `${lead}${text}${this.#drawn}`;
  }

  /** Has what the program writes to the terminal go above it. @returns the undo */
  stayBelow(stream: WrittenStream): () => void {
    const isOwn = Object.hasOwn(stream, 'write');
    const original = stream.write;
    let isOpen = true;
    const write: WrittenStream['write'] = (...args) => {
      if (!isOpen) return original.apply(stream, args);
      this.#clear();
      const hasRoom = original.apply(stream, args);
      this.#isTorn = isLineOpen(args[0], args[1]) ?? this.#isTorn;
      this.#draw();
      return hasRoom;
    };
    stream.write = write;
    return () => {
      isOpen = false;
      // Whoever has put something over it since still calls this one, which lets all through now.
      if (stream.write !== write) return;
      if (isOwn) stream.write = original;
      else Reflect.deleteProperty(stream, 'write');
    };
  }

  #draw(): void {
    const line = this.#line();
    if (this.#isTorn || line === this.#drawn) return;
    this.#drawn = line;
    this.#write(`${ERASE}${line}`);
  }

  #clear(): void {
    if (this.#drawn === '') return;
    this.#drawn = '';
    this.#write(ERASE);
  }

  /** One that is longer than the terminal is wide could not be erased. */
  #line(): string {
    return this.#text().slice(0, Math.max(0, this.#columns() - 1));
  }
}

/** Whether the terminal is in the middle of a line after that; undefined where it is where it was. */
function isLineOpen(piece: unknown, encoding: unknown): boolean | undefined {
  const text = textOf(piece, encoding);
  if (text.endsWith('\n')) return false;
  const shown = stripVTControlCharacters(text);
  return shown === '' ? undefined : !shown.endsWith('\n');
}

function textOf(piece: unknown, encoding: unknown): string {
  if (piece instanceof Uint8Array) return Buffer.from(piece).toString();
  if (typeof piece !== 'string') return '';
  const isEncoded = typeof encoding === 'string' && Buffer.isEncoding(encoding);
  return isEncoded ? Buffer.from(piece, encoding).toString() : piece;
}
