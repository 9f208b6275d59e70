import { type Entry, watchEntries } from '../current.ts';
import { culpritNow } from './culprit.ts';

const HOOK = 'inversify-lifecycle.watchdog';

/** Between two heartbeats, in milliseconds: a tenth of the timeout, within these. Each wakes the process, which is what it costs. */
const [SHORTEST, LONGEST] = [50, 200];

/** What the main thread does for the one that watches it: its heart beats, and it says whose code runs when asked. */
export class Pulse {
  /** Between two heartbeats, in milliseconds. */
  readonly period: number;
  /** One number of 64 bits: the time of the last heartbeat, in nanoseconds of `process.hrtime`. */
  readonly memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  /** By this global symbol it says whose code runs. */
  readonly hook = HOOK;
  readonly #heart = new BigInt64Array(this.memory);
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  /** What began last in this turn of the loop. */
  #last: Entry | undefined;

  constructor(timeout: number) {
    this.period = Math.min(LONGEST, Math.max(SHORTEST, timeout / 10));
    this.beat();
    this.#timer = setInterval(() => {
      // One that began before this turn of the loop is none that blocks it.
      this.#last = undefined;
      this.beat();
    }, this.period).unref();
    const describe = (): string => JSON.stringify(culpritNow(describe, this.#last));
    Object.defineProperty(globalThis, Symbol.for(HOOK), { value: describe, configurable: true });
    this.#forget = watchEntries({
      entered: (entry) => {
        this.#last = entry;
      },
    });
  }

  beat(): void {
    Atomics.store(this.#heart, 0, process.hrtime.bigint());
  }

  end(): void {
    this.#forget();
    clearInterval(this.#timer);
    Reflect.deleteProperty(globalThis, Symbol.for(HOOK));
  }
}
