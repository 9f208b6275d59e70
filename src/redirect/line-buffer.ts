import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** What is longer than this, in characters, is a line even if nothing ends it. */
const LONGEST = 65_536;

const NEWLINE = 10;

/** Makes lines of what comes in pieces, cut anywhere, also within a character. */
export class LineBuffer {
  readonly #line: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #isEmpty = true;

  /** @param line called with each line that is not empty, without its end and without colours */
  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  /** Whether nothing waits for its end. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  add(piece: string | Uint8Array): void {
    const text = typeof piece === 'string' ? `${this.#decoder.end()}${piece}` : this.#decoder.write(Buffer.from(piece));
    if (piece.length > 0) this.#isEmpty = piece.at(-1) === '\n' || piece.at(-1) === NEWLINE;
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
    if (this.#rest.length > LONGEST) this.#cut();
  }

  /** What has no end yet is a line too. */
  flush(): void {
    const line = `${this.#rest}${this.#decoder.end()}`;
    this.#rest = '';
    this.#isEmpty = true;
    this.#tell(line);
  }

  /** The decoder keeps what it has of a character: the rest of that may be to come. */
  #cut(): void {
    const line = this.#rest;
    this.#rest = '';
    this.#tell(line);
  }

  #tell(text: string): void {
    const line = plainText(text);
    if (line !== '') this.#line(line);
  }
}

/** Without colours, and without what nobody sees at its end. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).trimEnd();
}
