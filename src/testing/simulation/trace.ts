import type { LifecycleEvent } from '../../events/lifecycle-event.ts';

/** What happened under one seed, with the time of each. */
export class Trace {
  readonly #now: () => number;
  readonly #notes: { readonly at: number; readonly text: string }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  note(text: string): void {
    this.#notes.push({ at: this.#now(), text });
  }

  heard(event: LifecycleEvent): void {
    const text = textOf(event);
    if (text !== undefined) this.note(text);
  }

  /** `1200 ms  Db is running`. */
  get lines(): string[] {
    return this.#notes.map(({ at, text }) => `${String(Math.round(at)).padStart(7)} ms  ${text}`);
  }
}

/** What of an event is worth a line; the calls of hooks and runs have one of their own. */
function textOf(event: LifecycleEvent): string | undefined {
  switch (event.kind) {
    case 'step:done':
      return `  ${event.service}.${event.step} is done`;
    case 'step:failed':
    case 'step:abandoned':
    case 'task:failed':
    case 'task:abandoned':
    case 'listener:failed':
      return `  ${event.error?.message}`;
    case 'task:ended':
      return `  ${event.service}.${event.task} is over (${event.outcome})`;
    case 'incident':
      return `  ${event.service} crashed: ${event.action}`;
    default:
  }
  if (!('from' in event)) return undefined;
  const who = 'service' in event ? event.service : 'the application';
  return `  ${who} is ${event.kind.slice(event.kind.indexOf(':') + 1)}`;
}
