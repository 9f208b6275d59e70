import { createHook } from 'node:async_hooks';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { currentEntry, type Entry, watchEntries } from '../current.ts';

type Owner = Entry['unit'];

/** What the event loop was busy with, in a span of time. */
export interface LoopLoad {
  /** The share of the time that it was busy at all, from 0 to 1. */
  readonly utilisation: number;
  /** The share of the time that it was busy with the code of one service. */
  shareOf(owner: Owner): number;
}

/**
 * Measures how long the event loop is at work for each service: the time of every synchronous callback, by the hook or task that
 * it goes back to. What one service calls of another counts for the one that calls.
 *
 * It hears of every callback of the process through `node:async_hooks`, and of every entry into a hook or a task. That is what
 * it costs while it is on (see `docs/attach.md`); off, it costs nothing.
 */
export class LoopMeter {
  readonly #spent = new Map<Owner, number>();
  /** Whose code has called the present one, which goes on after it. */
  readonly #outer: (Owner | undefined)[] = [];
  #present: Owner | undefined;
  #since = performance.now();
  #sampledAt = this.#since;
  #utilisation: EventLoopUtilization = performance.eventLoopUtilization();

  /** @returns what switches it off */
  start(): () => void {
    const hook = createHook({ before: () => this.#push(currentEntry()?.unit), after: () => this.#pop() }).enable();
    const unwatch = watchEntries({ entered: ({ unit }) => this.#push(unit), left: () => this.#pop() });
    return () => {
      hook.disable();
      unwatch();
    };
  }

  /** What it was since the sample before, or the start. Called from a callback of its own, that of a timer. */
  sample(): LoopLoad {
    this.#switchTo(this.#present);
    const elapsed = this.#since - this.#sampledAt;
    const spent = new Map(this.#spent);
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilisation);
    this.#utilisation = now;
    this.#sampledAt = this.#since;
    this.#spent.clear();
    // An exception that nobody caught may have left something here.
    this.#outer.splice(1);
    return { utilisation: utilization, shareOf: (owner) => (elapsed > 0 ? (spent.get(owner) ?? 0) / elapsed : 0) };
  }

  #push(owner: Owner | undefined): void {
    this.#outer.push(this.#present);
    this.#switchTo(owner);
  }

  #pop(): void {
    this.#switchTo(this.#outer.pop());
  }

  #switchTo(owner: Owner | undefined): void {
    const now = performance.now();
    const { spent, present, since } = { spent: this.#spent, present: this.#present, since: this.#since };
    if (present !== undefined) spent.set(present, (spent.get(present) ?? 0) + now - since);
    this.#present = owner;
    this.#since = now;
  }
}
