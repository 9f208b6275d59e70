/** Something that waits for an instant. */
export interface Sleeper {
  /** The heap's own: the millisecond that it waits for; not a number while it waits for none. */
  wakesAt: number;
  /** The instant has come. It must not throw. */
  wake(): void;
}

/** All that wait for one millisecond, in the order they were added; who waits for another one by now is still among them. */
interface Batch {
  readonly at: number;
  readonly sleepers: Sleeper[];
  /** Those before it were taken out. */
  next: number;
}

/** From so many on, those that do not wait any more are cleared away once they are the most. */
const WORTH_CLEARING = 64;

/**
 * What waits, the next ones first. It counts whole milliseconds, rounded up, since Node's timers are no finer: thousands that
 * wait for the same one are one batch in the heap.
 */
export class WakeHeap {
  /** The children of i are at 2i + 1 and 2i + 2. */
  #heap: Batch[] = [];
  readonly #batches = new Map<number, Batch>();
  #live = 0;
  #stale = 0;

  /** How many wait. */
  get size(): number {
    return this.#live;
  }

  /** The millisecond of the first ones; `Infinity` where nobody waits. */
  get firstAt(): number {
    return this.#firstBatch()?.at ?? Number.POSITIVE_INFINITY;
  }

  /**
   * It waits for this instant, and not for the one it waited for before.
   *
   * @throws RangeError for what is not a number: it would never come, nor anything that waits for an instant after it
   */
  add(sleeper: Sleeper, at: number): void {
    const wakesAt = Math.ceil(at);
    if (Number.isNaN(wakesAt)) throw new RangeError(`A timer waits for an instant in milliseconds, got ${at}`);
    if (sleeper.wakesAt === wakesAt) return;
    this.remove(sleeper);
    sleeper.wakesAt = wakesAt;
    this.#live++;
    this.#batch(wakesAt).sleepers.push(sleeper);
  }

  /** Harmless for one that does not wait. */
  remove(sleeper: Sleeper): void {
    if (Number.isNaN(sleeper.wakesAt)) return;
    sleeper.wakesAt = Number.NaN;
    this.#live--;
    this.#stale++;
    if (this.#stale > WORTH_CLEARING && this.#stale > this.#live) this.#clear();
  }

  /** Takes out the first one, where its time has come. */
  takeDue(now: number): Sleeper | undefined {
    const batch = this.#firstBatch();
    if (batch === undefined || batch.at > now) return undefined;
    const sleeper = batch.sleepers[batch.next++] as Sleeper;
    sleeper.wakesAt = Number.NaN;
    this.#live--;
    return sleeper;
  }

  /** The first batch in which anybody waits; its next one does. */
  #firstBatch(): Batch | undefined {
    for (let batch = this.#heap[0]; batch !== undefined; batch = this.#heap[0]) {
      for (; batch.next < batch.sleepers.length; batch.next++) {
        if (batch.sleepers[batch.next]?.wakesAt === batch.at) return batch;
        this.#stale--;
      }
      this.#removeFirst(batch);
    }
    return undefined;
  }

  #batch(at: number): Batch {
    const known = this.#batches.get(at);
    if (known !== undefined) return known;
    const batch = { at, sleepers: [], next: 0 };
    this.#batches.set(at, batch);
    this.#rise(batch);
    return batch;
  }

  #rise(batch: Batch): void {
    const heap = this.#heap;
    let place = heap.length;
    for (let parent = (place - 1) >> 1; place > 0 && batch.at < (heap[parent] as Batch).at; parent = (place - 1) >> 1) {
      heap[place] = heap[parent] as Batch;
      place = parent;
    }
    heap[place] = batch;
  }

  #removeFirst({ at }: Batch): void {
    const heap = this.#heap;
    this.#batches.delete(at);
    const last = heap.pop() as Batch;
    if (heap.length === 0) return;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const isRight = child + 1 < heap.length && (heap[child + 1] as Batch).at < (heap[child] as Batch).at;
      const earlier = heap[isRight ? child + 1 : child] as Batch;
      if (last.at <= earlier.at) break;
      heap[place] = earlier;
      place = isRight ? child + 1 : child;
    }
    heap[place] = last;
  }

  /** Leaves only those that wait. */
  #clear(): void {
    const batches = [...this.#batches.values()];
    this.#heap = [];
    this.#batches.clear();
    this.#stale = 0;
    for (const { at, sleepers, next } of batches) {
      const waiting = sleepers.slice(next).filter(({ wakesAt }) => wakesAt === at);
      if (waiting.length === 0) continue;
      const batch = { at, sleepers: waiting, next: 0 };
      this.#batches.set(at, batch);
      this.#rise(batch);
    }
  }
}
