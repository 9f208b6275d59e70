/// <reference lib="esnext.disposable" preserve="true" />

import { currentEntry, type Entry } from '../current.ts';
import { labelOf } from './at-work.ts';

/** Something that a double has opened and that has to be closed: a connection, a file, a lock. */
export interface OpenResource extends Disposable {
  readonly name: string;
  readonly isOpen: boolean;
  /** To be called at each use of it. @throws Error when it is closed, as a driver does */
  use(): void;
  /** Calling it twice is harmless. */
  close(): void;
}

/** What was opened where and is not closed. */
export interface LeftOpen {
  readonly name: string;
  /** The hook or task that opened it; undefined where none did. */
  readonly owner: Entry | undefined;
}

/** Counts what is open, and knows who opened it. */
export class Resources {
  readonly #open = new Set<LeftOpen>();

  open(name: string): OpenResource {
    const opened: LeftOpen = { name, owner: currentEntry() };
    const all = this.#open;
    all.add(opened);
    const by = opened.owner === undefined ? '' : `, opened in ${labelOf(opened.owner)},`;
    return {
      name,
      get isOpen() {
        return all.has(opened);
      },
      use() {
        if (!all.has(opened)) throw new Error(`${name}${by} is used after it was closed`);
      },
      close: () => void all.delete(opened),
      [Symbol.dispose]: () => void all.delete(opened),
    };
  }

  /** What is open, in the order it was opened. */
  get left(): readonly LeftOpen[] {
    return [...this.#open];
  }
}
