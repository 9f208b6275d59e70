/// <reference lib="esnext.disposable" preserve="true" />

import type { OwnTimer } from './own-time.ts';

/** What Node gives for a timer, over a manual clock. */
export class TestTimeout {
  readonly #begin: () => OwnTimer;
  #timer: OwnTimer;

  constructor(begin: () => OwnTimer) {
    this.#begin = begin;
    this.#timer = begin();
  }

  ref(): this {
    this.#timer.isRef = true;
    return this;
  }

  unref(): this {
    this.#timer.isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#timer.isRef;
  }

  refresh(): this {
    const { isRef } = this.#timer;
    this.close();
    this.#timer = this.#begin();
    this.#timer.isRef = isRef;
    return this;
  }

  close(): this {
    this.#timer.cancel();
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
