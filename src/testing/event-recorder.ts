/// <reference lib="esnext.disposable" preserve="true" />

import { humanize } from '../duration.ts';
import type { Kind, LifecycleEvent } from '../events/lifecycle-event.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { type PatienceOptions, patienceOf } from './manual-clock.ts';
import { afterRealTime } from './real-time.ts';

/** The events of one kind. */
export type EventOf<K extends Kind> = OfKind<LifecycleEvent, K>;

type OfKind<E, K> = E extends { readonly kind: infer Own } ? (K extends Own ? E & { readonly kind: K } : never) : never;

interface Waiting {
  readonly kind: Kind;
  readonly service: string | undefined;
  readonly resolve: (event: LifecycleEvent) => void;
  readonly reject: (why: string) => void;
}

/** So many of the last events are told in an error. */
const TOLD = 20;

/**
 * Keeps what happens, and lets a test wait for it: `await recorder.next('service:running', 'Db')`. What never comes does not
 * hang the test: the wait rejects when the application is down, when the recorder is closed, and after two seconds of real time.
 */
export class EventRecorder {
  readonly events: LifecycleEvent[] = [];
  readonly #patience: number;
  readonly #waiting = new Set<Waiting>();
  readonly #undo: () => void;
  /** Events before this one were given by `next` already. */
  #position = 0;
  #isClosed = false;

  /** @throws OptionError for a `timeout` that is none */
  constructor(lifecycle: Pick<Lifecycle, 'on'>, options: PatienceOptions = {}) {
    this.#patience = patienceOf(options, 'EventRecorder({ timeout })');
    this.#undo = lifecycle.on((event) => this.#record(event));
  }

  /**
   * The next event of this kind (of this service). It counts from the event that was given last, so one that is past already
   * counts, and none is given twice; those in between are passed over, but stay in `events`.
   *
   * @param options how long to wait, where it is not as long as the recorder's
   * @returns rejects when the application comes to rest, the recorder is closed, or the time is up first; the error names what
   *   did happen
   */
  next<K extends Kind>(kind: K, service?: string, options?: PatienceOptions): Promise<EventOf<K>> {
    const patience = options === undefined ? this.#patience : patienceOf(options, 'next({ timeout })');
    const found = new Promise<EventOf<K>>((resolve, reject) => {
      const event = this.#take(kind, service);
      if (event !== undefined) {
        resolve(event as EventOf<K>);
        return;
      }
      const settled = (): void => {
        this.#waiting.delete(waiting);
        stop();
      };
      const waiting: Waiting = {
        kind,
        service,
        resolve: (given) => {
          settled();
          resolve(given as EventOf<K>);
        },
        reject: (why) => {
          settled();
          reject(this.#missed(kind, service, why));
        },
      };
      const stop = afterRealTime(patience, () => waiting.reject(`in ${humanize(patience)} of real time`));
      this.#waiting.add(waiting);
      if (this.#isClosed) waiting.reject('before the recorder was closed');
    });
    // One that nobody awaits any more is no failure of its own.
    found.catch(() => {});
    return found;
  }

  /** The names of the services that had an event of this kind, in order. */
  services(kind: Kind): string[] {
    return this.events.flatMap((event) => (event.kind === kind && 'service' in event ? [event.service] : []));
  }

  /** Records no more; whoever still waits is told so. Calling it twice is harmless. */
  close(): void {
    this.#isClosed = true;
    this.#undo();
    for (const waiting of [...this.#waiting]) waiting.reject('before the recorder was closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #record(event: LifecycleEvent): void {
    this.events.push(event);
    for (const waiting of [...this.#waiting]) {
      const found = this.#take(waiting.kind, waiting.service);
      if (found !== undefined) waiting.resolve(found);
    }
    if (!isRest(event)) return;
    for (const waiting of [...this.#waiting]) waiting.reject(`before the application was down (${event.kind})`);
  }

  #take(kind: Kind, service: string | undefined): LifecycleEvent | undefined {
    const index = this.events.findIndex((event, at) => at >= this.#position && matches(event, kind, service));
    if (index >= 0) this.#position = index + 1;
    return this.events[index];
  }

  #missed(kind: Kind, service: string | undefined, why: string): Error {
    const since = this.events.slice(this.#position);
    const more = since.length > TOLD ? [`... ${since.length - TOLD} more`] : [];
    const lines = [...more, ...since.slice(-TOLD).map(textOf)].map((line) => `\n  ${line}`).join('');
    const given = this.events.slice(0, this.#position).some((event) => matches(event, kind, service));
    const before = given ? ' (one was given already, or passed over)' : '';
    const happened = since.length === 0 ? 'nothing' : lines;
    const wanted = service === undefined ? kind : `${kind} of ${service}`;
    return new Error(
      `next(): ${wanted} did not come ${why}${before}. Since the last event that was given: ${happened}`,
    );
  }
}

function matches(event: LifecycleEvent, kind: Kind, service: string | undefined): boolean {
  return event.kind === kind && (service === undefined || ('service' in event && event.service === service));
}

/** Nothing more comes in this life: it is stopped, or a crash has been seen to. */
function isRest(event: LifecycleEvent): boolean {
  return event.kind === 'app:stopped' || (event.kind === 'app:crashed' && event.from === 'stopping');
}

function textOf(event: LifecycleEvent): string {
  const service = 'service' in event ? ` ${event.service}` : '';
  const detail = 'step' in event ? `.${event.step}` : 'task' in event ? `.${event.task}` : '';
  return `${event.kind}${service}${detail}`;
}
