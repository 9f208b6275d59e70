import type { Clock } from './clock.ts';

interface Entry {
  readonly at: number;
  /** Timers of one instant fire in the order they were set. */
  readonly order: number;
  /** Undefined once it has fired or was cancelled. */
  fire: (() => void) | undefined;
}

/**
 * A clock whose timers all wait in one heap over a single timer of the clock below: most of them (deadlines, warnings) are
 * cancelled long before they are due, and cost next to nothing here. While none is set, neither is the one below.
 */
export class TimerQueue implements Clock {
  readonly #clock: Clock;
  /** The root is the next one due; children of i are 2i + 1 and 2i + 2. Cancelled ones stay until they come up. */
  #heap: Entry[] = [];
  #live = 0;
  #order = 0;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  date(): number {
    return this.#clock.date();
  }

  timer(ms: number, fire: () => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => {};
    const entry: Entry = { at: this.now() + ms, order: this.#order++, fire };
    this.#push(entry);
    this.#live++;
    if (entry.at < this.#armedFor) this.#arm(entry.at);
    return () => this.#cancel(entry);
  }

  #cancel(entry: Entry): void {
    if (entry.fire === undefined) return;
    entry.fire = undefined;
    this.#live--;
    if (this.#live === 0) this.#clear();
    else if (this.#heap.length > 64 && this.#live * 2 < this.#heap.length) this.#compact();
  }

  #arm(at: number): void {
    this.#disarm?.();
    this.#armedFor = at;
    this.#disarm = this.#clock.timer(Math.max(0, at - this.now()), () => this.#wake());
  }

  /** Node's timers may come a little early: what is not due yet waits on. */
  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#disarm = undefined;
    for (let next = this.#heap[0]; next !== undefined && next.at <= this.now(); next = this.#heap[0]) {
      this.#pop();
      if (next.fire === undefined) continue;
      const { fire } = next;
      next.fire = undefined;
      this.#live--;
      fire();
    }
    const next = this.#heap[0];
    if (this.#live === 0) this.#clear();
    else if (next !== undefined && next.at < this.#armedFor) this.#arm(next.at);
  }

  #clear(): void {
    this.#heap = [];
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #compact(): void {
    const live = this.#heap.filter(({ fire }) => fire !== undefined);
    this.#heap = live.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(entry, heap[parent] as Entry); parent = (at - 1) >> 1) {
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (let child = this.#earlierChild(at); child !== undefined; child = this.#earlierChild(at)) {
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }

  #earlierChild(at: number): number | undefined {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (left >= this.#heap.length) return undefined;
    const isRight = right < this.#heap.length && isBefore(this.#heap[right] as Entry, this.#heap[left] as Entry);
    return isRight ? right : left;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
