/// <reference lib="esnext.disposable" preserve="true" />

import type { LifecycleEvent } from '../events.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';

type Kind = LifecycleEvent['kind'];

/** Keeps what happens, and lets a test wait for it. */
export class EventRecorder {
  readonly events: LifecycleEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #undo: () => void;
  /** Events before this one were given by `next` already. */
  #position = 0;

  constructor(lifecycle: Lifecycle) {
    this.#undo = lifecycle.on((event) => {
      this.events.push(event);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** The next event of this kind (of this service), after the one that was given last; waits until there is one. */
  next(kind: Kind, service?: string): Promise<LifecycleEvent> {
    return new Promise((resolve) => {
      const look = (): void => {
        const index = this.events.findIndex((event, at) => at >= this.#position && matches(event, kind, service));
        const event = this.events[index];
        if (event === undefined) return;
        this.#position = index + 1;
        this.#waiting.delete(look);
        resolve(event);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The names of the services that had an event of this kind, in order. */
  services(kind: Kind): string[] {
    return this.events.flatMap((event) => (event.kind === kind && 'service' in event ? [event.service] : []));
  }

  [Symbol.dispose](): void {
    this.#undo();
  }
}

function matches(event: LifecycleEvent, kind: Kind, service: string | undefined): boolean {
  return event.kind === kind && (service === undefined || ('service' in event && event.service === service));
}
