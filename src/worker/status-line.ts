/** Takes away what the last line of a terminal has. */
export const ERASE = '\r\u001B[K';

/** The last line of a terminal, below the log: what is going on at this moment. It is no part of the log. */
export class StatusLine {
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  #shown = '';

  /** @param columns how wide the terminal is now */
  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  /** @param text one line; nothing takes the line away */
  show(text: string): void {
    // One that is longer than the terminal is wide could not be erased.
    const line = text.slice(0, Math.max(0, this.#columns() - 1));
    if (line === this.#shown) return;
    this.#shown = line;
    this.#write(`${ERASE}${line}`);
  }

  /** @param text whole lines, which go above it */
  above(text: string): string {
    return this.#shown === '' ? text : `${ERASE}${text}${this.#shown}`;
  }
}
