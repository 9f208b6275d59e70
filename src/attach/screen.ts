import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Key } from './view.ts';
import type { Size } from './view-lines.ts';

const ESC = '\u001B[';

/** The other page of the terminal, without a cursor. */
const ENTER = `${ESC}?1049h${ESC}?25l`;

const LEAVE = `${ESC}?25h${ESC}?1049l`;

/** What ends a program from outside; its terminal is put back first. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Listeners {
  key(key: Key): void;
  resized(): void;
  /** The terminal is gone, or a signal has come. */
  ended(): void;
}

/** A terminal that is drawn on as a whole, until it is left as it was found: whatever ends the process. */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #undos: (() => void)[] = [];
  #shown = '';

  constructor(input: ReadStream = process.stdin, output: WriteStream = process.stdout) {
    this.#input = input;
    this.#output = output;
  }

  get size(): Size {
    return { columns: this.#output.columns, rows: this.#output.rows };
  }

  /** @returns what puts the terminal back; calling it twice is harmless */
  open({ key, resized, ended }: Listeners): () => void {
    const [input, output] = [this.#input, this.#output];
    const restore = (): void => this.#restore();
    const onKey = (_: string, pressed: Key): void => key(pressed);
    emitKeypressEvents(input);
    output.write(ENTER);
    input.setRawMode(true);
    input.on('keypress', onKey).on('end', ended).on('error', ended).resume();
    output.on('resize', resized).on('error', ended);
    process.once('exit', restore);
    for (const signal of SIGNALS) process.on(signal, ended);
    this.#undos.push(
      () => output.write(LEAVE),
      () => input.setRawMode(false),
      () => input.off('keypress', onKey).off('end', ended).off('error', ended).pause(),
      () => output.off('resize', resized).off('error', ended),
      () => process.off('exit', restore),
      () => {
        for (const signal of SIGNALS) process.off(signal, ended);
      },
    );
    return restore;
  }

  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${ESC}K`).join('\r\n');
    if (text === this.#shown) return;
    this.#shown = text;
    this.#output.write(`${ESC}H${text}${ESC}J`);
  }

  #restore(): void {
    for (const undo of this.#undos.splice(0)) {
      try {
        undo();
      } catch {
        // A terminal that is gone needs nothing; the rest is still to be done.
      }
    }
  }
}
