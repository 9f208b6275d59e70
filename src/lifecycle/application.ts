import type { Events } from '../events/events.ts';
import { Done } from './done.ts';
import { checkMove, type State } from './state.ts';

/** The application as a whole: the state it is in, and the end of its life. */
export class Application {
  readonly done = new Done();
  readonly #events: Events;
  #state: State = { at: 'idle' };
  #lastEvent: number | undefined;

  constructor(events: Events) {
    this.#events = events;
  }

  get state(): State {
    return this.#state;
  }

  /** The event that caused what the application is at. */
  get lastEvent(): number | undefined {
    return this.#lastEvent;
  }

  /** Has this event be the cause of the next move. */
  causedBy(event: number): void {
    this.#lastEvent = event;
  }

  /** The only writer of the state. */
  move(next: State): void {
    const from = this.#state.at;
    checkMove('the application', from, next.at);
    this.#state = next;
    const reason =
      next.at === 'stopping' ? { reason: next.reason } : next.at === 'crashed' ? { reason: next.error } : {};
    this.#lastEvent = this.#events.emit({ kind: `app:${next.at}`, from, ...reason }, this.#lastEvent);
  }
}
