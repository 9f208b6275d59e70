import { type ManualClock, quiescence } from './manual-clock.ts';
import { Seeded } from './seeded.ts';

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
  readonly #seeded: Seeded;

  constructor(seed: number, clock: ManualClock) {
    this.#seeded = new Seeded(seed);
    this.#clock = clock;
  }

  /** A number from 0 up to 1. */
  random(): number {
    return this.#seeded.random();
  }

  /** One of these. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return this.#seeded.pick(choices);
  }

  /** Waits until it is this one's turn. */
  gate(label: string): Promise<void> {
    return new Promise((open) => this.#gates.push({ label, open }));
  }

  /** How many wait at a gate. */
  get waiting(): number {
    return this.#gates.length;
  }

  /** Lets one of those that wait go on. @returns its label; undefined where none waits */
  open(): string | undefined {
    return this.#open(Math.floor(this.random() * this.#gates.length));
  }

  #open(chosen: number): string | undefined {
    const [gate] = this.#gates.splice(chosen, 1);
    if (gate === undefined) return undefined;
    this.trace.push(gate.label);
    gate.open();
    return gate.label;
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
    if (this.#open(Math.floor(this.random() * choices)) !== undefined) return;
    this.trace.push('clock');
    await this.#clock.advance(next ?? 0);
  }
}
