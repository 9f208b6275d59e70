import { type ManualClock, quiescence } from './manual-clock.ts';

interface Gate {
  readonly label: string;
  readonly open: () => void;
}

/**
 * One order of things, chosen by a seed: what waits at a gate goes on one at a time, in an order that the seed decides, and
 * so does time. The same seed gives the same trace.
 */
export class Interleaving {
  /** What went on, in order; `clock` is a timer. */
  readonly trace: string[] = [];
  readonly #clock: ManualClock;
  readonly #gates: Gate[] = [];
  #state: number;

  constructor(seed: number, clock: ManualClock) {
    this.#state = seed >>> 0;
    this.#clock = clock;
  }

  /** A number from 0 up to 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** One of these. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.random() * choices.length)] as T;
  }

  /** Waits until it is this one's turn. */
  gate(label: string): Promise<void> {
    return new Promise((open) => this.#gates.push({ label, open }));
  }

  /**
   * Drives everything until the work has settled, and gives what it gave.
   *
   * @throws Error naming the trace when nothing can go on any more
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const watched = work.finally(() => {
      settled = true;
    });
    watched.catch(() => {});
    for (await quiescence(); !settled; await quiescence()) await this.#turn();
    return watched;
  }

  async #turn(): Promise<void> {
    const next = this.#clock.untilNext;
    const choices = this.#gates.length + (next === undefined ? 0 : 1);
    if (choices === 0) throw new Error(`nothing can go on, after ${this.trace.join(', ')}`);
    const chosen = Math.floor(this.random() * choices);
    const [gate] = this.#gates.splice(chosen, 1);
    this.trace.push(gate?.label ?? 'clock');
    if (gate === undefined) await this.#clock.advance(next ?? 0);
    else gate.open();
  }
}
