import { type Deferred, deferred } from './deferred.ts';

/** Opens once. The promise of it is made only for those who ask. */
export class Latch {
  #deferred: Deferred<void> | undefined;
  #open = false;

  get opened(): Promise<void> {
    if (this.#open) return Promise.resolve();
    this.#deferred ??= deferred();
    return this.#deferred.promise;
  }

  open(): void {
    this.#open = true;
    this.#deferred?.resolve();
  }
}
