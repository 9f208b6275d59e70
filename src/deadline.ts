import { abortController } from './abort.ts';
import type { Clock } from './clock.ts';

/** What `Deadline.race` gives when the time was up first. */
export const EXPIRED: unique symbol = Symbol('expired');

/**
 * One instant by which something has to be over; it can be moved while it is awaited (a budget that shrinks, a hook that
 * asks for more). It costs a timer only while somebody waits.
 */
export class Deadline {
  readonly #clock: Clock;
  #at: number;
  #cancel: (() => void) | undefined;
  #controller: AbortController | undefined;
  #waiting: Set<() => void> | undefined;

  /** @param at the instant, in the clock's `now()`; may be `Infinity` */
  constructor(clock: Clock, at: number) {
    this.#clock = clock;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** The instant in milliseconds since the epoch, for people and for other programs. */
  get date(): number {
    return this.#clock.date() + (this.#at - this.#clock.now());
  }

  get expired(): boolean {
    return this.#clock.now() >= this.#at;
  }

  /** Aborts when the time is up. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = abortController();
      if (this.expired) this.#controller.abort(this.#timeout());
      else this.#arm();
    }
    return this.#controller.signal;
  }

  moveTo(at: number): void {
    this.#at = at;
    if (this.#cancel !== undefined) this.#arm();
  }

  /** Settles as `work` does, or with `EXPIRED` once the time is up; `work` itself goes on. */
  race<T>(work: PromiseLike<T>): Promise<T | typeof EXPIRED> {
    return new Promise((resolve, reject) => {
      const cancel = this.onExpiry(() => resolve(EXPIRED));
      work.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          reject(error);
        },
      );
    });
  }

  /** Calls the function when the time is up. @returns its undo */
  onExpiry(expire: () => void): () => void {
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    waiting.add(expire);
    this.#arm();
    return () => {
      waiting.delete(expire);
      if (waiting.size === 0 && this.#controller === undefined) this.close();
    };
  }

  /** Gives the timer back. The deadline itself stays what it is. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel?.();
    this.#cancel = this.#clock.timer(Math.max(0, this.#at - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    this.#cancel = undefined;
    const waiting = [...(this.#waiting ?? [])];
    this.#waiting?.clear();
    for (const expire of waiting) expire();
    this.#controller?.abort(this.#timeout());
  }

  #timeout(): DOMException {
    return new DOMException('The deadline has passed', 'TimeoutError');
  }
}
