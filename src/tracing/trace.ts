import { AsyncResource } from 'node:async_hooks';
import { bringAlong, type TraceChannel } from './channel.ts';

/** Whom a failing subscriber is reported to. */
export interface Reporter {
  listenerFailed(thrown: unknown, event: number | undefined, channel: string): void;
}

/** What every trace tells, on whatever channel. Subscribers are given one object from the beginning to the end. */
export interface TraceFacts {
  /** `container.lifecycle`: a process may have several. */
  readonly lifecycle: object;
  /** The label of the service. */
  readonly service: string;
  /** The id of the event that tells of the same beginning. */
  readonly event: number | undefined;
  /** Milliseconds; there when it is over. */
  duration?: number;
  /** What has failed; there when something has. */
  error?: Error;
}

/**
 * One thing that is traced, from its beginning on, in the way of Node's own `tracePromise`: `start` and `end` are around what
 * is done at once, and where it takes longer, `asyncStart` and `asyncEnd` tell that all of it is over. `error` comes before
 * these, and as often as something fails.
 */
export class Trace<Facts extends TraceFacts> {
  readonly #channel: TraceChannel;
  readonly #facts: Facts;
  /** Where the stores are that subscribers have bound (`start.bindStore`). */
  readonly #scope: AsyncResource;
  #hasReturned = false;

  constructor(channel: TraceChannel, facts: Facts, reporter: Reporter) {
    this.#channel = channel;
    this.#facts = facts;
    bringAlong(facts, (thrown, name) => reporter.listenerFailed(thrown, facts.event, name));
    this.#scope = channel.start.runStores(facts, () => new AsyncResource('inversify-lifecycle'));
  }

  /** Runs the user's code, and only that, where subscribers want it: what comes after is not to be in their stores. */
  within<R>(run: () => R): R {
    return this.#scope.runInAsyncScope(run);
  }

  failed(error: Error): void {
    this.#facts.error = error;
    this.#publish('error');
  }

  /** What is done at once is done. */
  returned(): void {
    this.#hasReturned = true;
    this.#publish('end');
  }

  /** All of it is over. */
  over(facts: Partial<Facts>): void {
    Object.assign(this.#facts, facts);
    if (!this.#hasReturned) return;
    this.#publish('asyncStart');
    this.#publish('asyncEnd');
  }

  #publish(name: 'end' | 'asyncStart' | 'asyncEnd' | 'error'): void {
    this.within(() => this.#channel[name].publish(this.#facts));
  }
}
