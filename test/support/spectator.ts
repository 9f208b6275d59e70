import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';

const PARTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** One message on a tracing channel. */
export interface Sight {
  /** The channel without the package's name, and the part of it: `service.start start`. */
  readonly what: string;
  readonly message: Readonly<Record<string, unknown>>;
  /** What the message was at that moment. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** Looks on, as an OpenTelemetry plugin or a profiler would, until the test is over. */
export function lookOn(...names: readonly ('service.start' | 'service.stop' | 'task.run')[]): Sight[] {
  const seen: Sight[] = [];
  for (const name of names) {
    const channel = tracingChannel(`inversify-lifecycle:${name}`);
    const subscribers = Object.fromEntries(
      PARTS.map((part) => [
        part,
        (message: unknown) => {
          const told = message as Readonly<Record<string, unknown>>;
          seen.push({ what: `${name} ${part}`, message: told, said: { ...told } });
        },
      ]),
    ) as Record<(typeof PARTS)[number], (message: unknown) => void>;
    channel.subscribe(subscribers);
    onTestFinished(() => channel.unsubscribe(subscribers));
  }
  return seen;
}

/** Binds a store to the beginnings on a channel, as OpenTelemetry does with its context, until the test is over. */
export function bindTo(
  name: 'service.start' | 'service.stop' | 'task.run',
  transform: (message: Readonly<Record<string, unknown>>) => string,
): AsyncLocalStorage<string> {
  const store = new AsyncLocalStorage<string>();
  const { start } = tracingChannel<unknown, Readonly<Record<string, unknown>>>(`inversify-lifecycle:${name}`);
  start.bindStore(store, (message) => transform(message as Readonly<Record<string, unknown>>));
  onTestFinished(() => void start.unbindStore(store));
  return store;
}

/** `what service`, for each. */
export function stories(seen: readonly Sight[]): string[] {
  return seen.map(({ what, message }) => `${what} ${message.service}`);
}
