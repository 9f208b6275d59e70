/// <reference lib="esnext.disposable" preserve="true" />

import { LifecycleError } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';
import type { Events } from './events.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';

/** What `Lifecycle.watch` can be given. */
export interface WatchOptions {
  /** Ends the stream: the loop gets what had happened by then, and is over. */
  readonly signal?: AbortSignal;
  /**
   * How many events may wait for a reader that does not come for them; one more, and the loop gets those and then an error.
   * Default 100,000: services that have nothing to wait for start in one go, in which no reader gets its turn.
   */
  readonly maxQueue?: number;
}

const OPTIONS = ['signal', 'maxQueue'];

/** An event that waits for its reader, and the one behind it. */
interface Waiting {
  readonly event: LifecycleEvent;
  next: Waiting | undefined;
}

type Result = IteratorResult<LifecycleEvent, undefined>;

interface Reader {
  readonly resolve: (result: Result) => void;
}

const OVER: Result = { done: true, value: undefined };

/**
 * The events from now on, to be read with `for await`. It listens from the moment it is made, so nothing is missed between
 * that and the loop, and until the loop is left, its signal aborts, or its queue is full (the idea is Node's `events.on` and
 * `fs.promises.watch`). A reader that waits does not keep the process alive.
 */
export class EventStream implements AsyncIterableIterator<LifecycleEvent, undefined>, AsyncDisposable {
  readonly #maxQueue: number;
  readonly #stopListening: () => void;
  /** The ends of the queue. There are events waiting, or readers, never both. */
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #count = 0;
  readonly #readers: Reader[] = [];
  #isOver = false;
  /** What the reader gets after all that was in the queue. */
  #error: LifecycleError | undefined;

  /** @throws OptionError */
  constructor(events: Events, options: WatchOptions = {}) {
    checkNames(options, OPTIONS, 'watch()');
    const { signal, maxQueue = 100_000 } = options;
    const isCount = Number.isInteger(maxQueue) || maxQueue === Number.POSITIVE_INFINITY;
    checkOption(isCount && maxQueue >= 1, 'watch({ maxQueue })', 'a whole number of 1 or more', maxQueue);
    checkOption(signal === undefined || signal instanceof AbortSignal, 'watch({ signal })', 'an AbortSignal', signal);
    this.#maxQueue = maxQueue;
    const undo = events.on((event) => this.#arrive(event));
    const end = (): void => this.#end();
    signal?.addEventListener('abort', end);
    this.#stopListening = () => {
      undo();
      signal?.removeEventListener('abort', end);
    };
    if (signal?.aborted) this.#end();
  }

  /** @throws LifecycleError with code LIFECYCLE_EVENTS_LOST once the queue was full, after all that was in it */
  async next(): Promise<Result> {
    const waiting = this.#first;
    if (waiting !== undefined) {
      this.#first = waiting.next;
      this.#count--;
      return { done: false, value: waiting.event };
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return this.#isOver ? OVER : new Promise((resolve) => this.#readers.push({ resolve }));
  }

  /** Ends it, and forgets what was not read; a loop that is left does this by itself. */
  async return(): Promise<Result> {
    this.#end();
    this.#first = undefined;
    this.#error = undefined;
    return OVER;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #arrive(event: LifecycleEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: event });
      return;
    }
    if (this.#count === this.#maxQueue) {
      this.#error = tooSlow(this.#maxQueue);
      this.#end();
      return;
    }
    const waiting: Waiting = { event, next: undefined };
    if (this.#first === undefined || this.#last === undefined) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    this.#count++;
  }

  #end(): void {
    this.#isOver = true;
    this.#stopListening();
    for (const { resolve } of this.#readers.splice(0)) resolve(OVER);
  }
}

function tooSlow(maxQueue: number): LifecycleError {
  const message = `${maxQueue} events were waiting for the reader of watch() when one more came, so it was ended: those after them are lost to it; do less in the loop, or write watch({ maxQueue: ${maxQueue * 10} })`;
  return new LifecycleError('LIFECYCLE_EVENTS_LOST', message, { maxQueue });
}
