import { messageOf } from '../errors.ts';
import { isThenable } from '../thenable.ts';
import type { Facts, Kind, LifecycleEvent, LifecycleListener } from './lifecycle-event.ts';

interface Subscription {
  readonly listener: LifecycleListener;
  /** Asked before an event is made: where nobody wants one, none is. */
  readonly wants: (kind: Kind) => boolean;
  /** The last event before it; it is called with those that come after. */
  readonly after: number;
}

/** Gives events their number and time, and hands them to the listeners. */
export class Events {
  readonly #subscriptions = new Set<Subscription>();
  readonly #date: () => number;
  /** Events not yet handed on: one that a listener leads to comes after the one it listens to, for all listeners. */
  readonly #queue: LifecycleEvent[] = [];
  #delivering = false;
  #last = 0;

  constructor(date: () => number) {
    this.#date = date;
  }

  /**
   * @param wants which kinds the listener is called with; default all
   * @returns the undo; calling it twice is harmless, and so is calling it from inside the listener
   */
  on(listener: LifecycleListener, wants: (kind: Kind) => boolean = () => true): () => void {
    if (typeof listener !== 'function') throw new TypeError(`on() expects a function, got ${String(listener)}`);
    const subscription = { listener, wants, after: this.#last };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /**
   * @param facts with a time, where that is kept elsewhere too; else it is now
   * @returns the event's id, to be the `parent` of what it causes
   */
  emit(facts: Facts<LifecycleEvent> & { readonly at?: number }, parent?: number): number {
    const id = this.pass();
    if (!this.wants(facts.kind)) return id;
    // The facts last: the other way round V8 takes twenty times as long.
    this.#queue.push({ id, parent, at: this.#date(), ...facts } as LifecycleEvent);
    if (!this.#delivering) this.#deliver();
    return id;
  }

  /** The id of the last event; 0 where there was none. */
  get last(): number {
    return this.#last;
  }

  /** Whether anybody listens to this kind; where nobody does, `pass` stands for the event. */
  wants(kind: Kind): boolean {
    for (const subscription of this.#subscriptions) if (isWanted(subscription, kind)) return true;
    return false;
  }

  /** Counts an event that nobody wants to hear of. @returns the id that it would have had */
  pass(): number {
    return ++this.#last;
  }

  /** Tells of a listener that failed. @param channel where it was a subscriber of a diagnostics channel */
  listenerFailed(thrown: unknown, parent?: number, channel?: string): void {
    const error = thrown instanceof Error ? thrown : new Error(`a listener threw ${messageOf(thrown)}`);
    this.emit({ kind: 'listener:failed', error, ...(channel === undefined ? {} : { channel }) }, parent);
  }

  #deliver(): void {
    this.#delivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handOn(next);
    this.#delivering = false;
  }

  #handOn(event: LifecycleEvent): void {
    for (const subscription of this.#subscriptions) {
      if (event.id <= subscription.after || !isWanted(subscription, event.kind)) continue;
      // A listener that fails at the news of a failure would go on for ever.
      const failed =
        event.kind === 'listener:failed' ? () => {} : (thrown: unknown) => this.listenerFailed(thrown, event.id);
      callListener(() => subscription.listener(event), failed);
    }
  }
}

/**
 * Calls a listener. Nobody waits for one that is asynchronous, but it is told when it fails all the same: its rejection, left
 * alone, would end the process.
 */
export function callListener(call: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const returned = call();
    if (isThenable(returned)) Promise.resolve(returned).then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** One that cannot say is called, and fails then. */
function isWanted({ wants }: Subscription, kind: Kind): boolean {
  try {
    return wants(kind);
  } catch {
    return true;
  }
}
