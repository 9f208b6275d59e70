import { type Channel, tracingChannel } from 'node:diagnostics_channel';
import { callListener } from '../events/events.ts';

/** One channel of a tracing channel, as the one who publishes sees it. */
interface Part {
  publish(message: object): void;
}

/** What Node calls a `TracingChannel`, in words of our own: who uses the package need not have the types of Node. */
export interface TraceChannel {
  readonly hasSubscribers: boolean;
  readonly start: Part & { runStores<R>(message: object, run: () => R): R };
  readonly end: Part;
  readonly asyncStart: Part;
  readonly asyncEnd: Part;
  readonly error: Part;
}

type Subscriber = (message: unknown, name: string | symbol) => void;
type Transform = (message: unknown) => unknown;
type Report = (thrown: unknown, channel: string) => void;

/** What is needed of an `AsyncLocalStorage`. */
interface Store {
  getStore(): unknown;
}

/** A channel with the methods that are guarded. */
interface Guardable {
  readonly name: string | symbol;
  subscribe(subscriber: Subscriber): void;
  unsubscribe(subscriber: Subscriber): boolean;
  bindStore(store: Store, transform?: Transform): void;
  /** Where Node keeps those who are there, as far as it is known; nowhere else can they be read. */
  readonly _subscribers?: unknown;
  readonly _stores?: { readonly entries?: unknown } | undefined;
}

/** By this name, so that another copy of the package finds it too. */
const REPORT = Symbol.for('inversify-lifecycle.report');

const PARTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/**
 * A tracing channel of this package. What a subscriber of it throws is reported to the one whose message it is; Node would make
 * an uncaught exception of it, and the application would end because somebody looks on.
 */
export function guardedChannel(name: string): TraceChannel {
  const channel = tracingChannel<unknown, object>(name);
  for (const part of PARTS) guard(channel[part] as Channel & Guardable);
  return channel;
}

/** Has a message bring along whom the failure of a subscriber is reported to. */
export function bringAlong(message: object, report: Report): void {
  Object.defineProperty(message, REPORT, { value: report });
}

/** Puts methods in front of those of the channel's class, which is another one while there are subscribers. */
function guard(channel: Guardable): void {
  // Another copy of the package was here first.
  if (Object.hasOwn(channel, 'subscribe')) return;
  const own = (): Guardable => Object.getPrototypeOf(channel);
  const guarded = new WeakMap<Subscriber, Subscriber>();
  const wrapping = (subscriber: Subscriber): Subscriber => {
    if (typeof subscriber !== 'function') return subscriber;
    const wrapped = guarded.get(subscriber) ?? careful(subscriber);
    guarded.set(subscriber, wrapped);
    // The first subscriber of a channel comes by twice: its class changes, and calls `subscribe` once more.
    guarded.set(wrapped, wrapped);
    return wrapped;
  };
  const early = { subscribers: subscribersOf(channel), stores: storesOf(channel) };
  const unsubscribe = (subscriber: Subscriber): boolean => own().unsubscribe.call(channel, subscriber);
  put(channel, 'subscribe', (subscriber) => own().subscribe.call(channel, wrapping(subscriber)));
  put(channel, 'unsubscribe', (subscriber) => unsubscribe(wrapping(subscriber)));
  put(channel, 'bindStore', (store, transform) =>
    own().bindStore.call(channel, store, carefully(channel, store, transform)),
  );
  for (const subscriber of early.subscribers) {
    unsubscribe(subscriber);
    channel.subscribe(subscriber);
  }
  for (const [store, transform] of early.stores) channel.bindStore(store, transform);
}

function subscribersOf({ _subscribers: found }: Guardable): readonly Subscriber[] {
  return Array.isArray(found) ? [...found] : [];
}

function storesOf({ _stores: found }: Guardable): readonly [Store, Transform | undefined][] {
  return typeof found?.entries === 'function' ? [...found.entries()] : [];
}

function put<Name extends keyof Guardable>(channel: Guardable, name: Name, value: Guardable[Name]): void {
  Object.defineProperty(channel, name, { value, configurable: true, writable: true });
}

function careful(subscriber: Subscriber): Subscriber {
  return (message, name) => {
    callListener(
      () => subscriber(message, name),
      (thrown) => report(message, thrown, name),
    );
  };
}

/** A store whose value cannot be made keeps the one it has. */
function carefully({ name }: Guardable, store: Store, transform: Transform | undefined): Transform | undefined {
  if (typeof transform !== 'function') return transform;
  return (message) => {
    try {
      return transform(message);
    } catch (thrown) {
      report(message, thrown, name);
      return store.getStore();
    }
  };
}

function report(message: unknown, thrown: unknown, channel: string | symbol): void {
  const told = (message as { readonly [REPORT]?: Report })[REPORT];
  if (told === undefined) throw thrown;
  told(thrown, String(channel));
}
