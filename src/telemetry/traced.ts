import type { AsyncLocalStorage } from 'node:async_hooks';
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { Context } from '@opentelemetry/api';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { type Api, CHANNELS, type ChannelName, type Facts, Spans } from './spans.ts';

interface Traced {
  readonly spans: Spans;
  /** How many have asked for it. */
  users: number;
  readonly forget: () => void;
}

/**
 * All that are traced. They share one subscription of each channel, since Node has one value for a store there, whoever binds
 * it: that of the last one.
 */
const traced = new Map<object, Traced>();

let subscriptions: readonly Subscription[] = [];

/** Makes spans of a lifecycle; asked for twice, it makes them once. @returns the undo */
export function trace(api: Api, lifecycle: Lifecycle): () => void {
  if (traced.size === 0) subscriptions = Object.keys(CHANNELS).map((name) => new Subscription(name as ChannelName));
  for (const subscription of subscriptions) subscription.bind(storeOf(api));
  const known = traced.get(lifecycle) ?? begin(api, lifecycle);
  known.users++;
  let isUndone = false;
  return () => {
    if (isUndone) return;
    isUndone = true;
    known.users--;
    if (known.users === 0) end(lifecycle, known);
  };
}

function begin(api: Api, lifecycle: Lifecycle): Traced {
  const spans = new Spans(api);
  const forget = lifecycle.events.on(
    (event) => {
      if (event.kind === 'task:abandoned') spans.abandonRuns(event.service, event.task, event.error);
    },
    (kind) => kind === 'task:abandoned',
  );
  const begun = { spans, users: 0, forget };
  traced.set(lifecycle, begun);
  return begun;
}

function end(lifecycle: object, { spans, forget }: Traced): void {
  traced.delete(lifecycle);
  forget();
  spans.abandonAll();
  if (traced.size > 0) return;
  for (const subscription of subscriptions) subscription.end();
  subscriptions = [];
}

/** What a channel tells, handed to the spans of the lifecycle that it is about. */
class Subscription {
  readonly #name: ChannelName;
  readonly #channel: TracingChannel<unknown, object>;
  readonly #stores = new Set<Store>();

  constructor(name: ChannelName) {
    this.#name = name;
    this.#channel = tracingChannel(name);
    const { start, end, asyncEnd, error } = this.#channel;
    start.subscribe(this.#begun);
    for (const each of [end, asyncEnd]) each.subscribe(this.#ended);
    error.subscribe(this.#failed);
  }

  /** Has the code that is traced run within its span. */
  bind(store: Store): void {
    if (this.#stores.has(store)) return;
    this.#stores.add(store);
    this.#channel.start.bindStore(store as AsyncLocalStorage<unknown>, (message) => this.#within(message, store));
  }

  end(): void {
    const { start, end, asyncEnd, error } = this.#channel;
    start.unsubscribe(this.#begun);
    for (const each of [end, asyncEnd]) each.unsubscribe(this.#ended);
    error.unsubscribe(this.#failed);
    for (const store of this.#stores) start.unbindStore(store as AsyncLocalStorage<unknown>);
  }

  readonly #begun = (message: unknown): void => {
    spansOf(message)?.begun(this.#name, message as Facts);
  };

  readonly #ended = (message: unknown): void => {
    const { outcome } = message as Facts;
    if (outcome !== undefined) spansOf(message)?.ended(message as Facts, outcome);
  };

  readonly #failed = (message: unknown): void => {
    spansOf(message)?.failed(message as Facts, (message as Facts).error);
  };

  #within(message: unknown, store: Store): Context | undefined {
    return spansOf(message)?.within(this.#name, message as Facts) ?? store.getStore();
  }
}

function spansOf(message: unknown): Spans | undefined {
  return traced.get((message as Facts).lifecycle)?.spans;
}

/** What Node asks of a store that is bound to a channel. */
type Store = Pick<AsyncLocalStorage<Context>, 'getStore' | 'run'>;

const madeUp = new WeakMap<Api, Store>();

/**
 * The store that the context manager keeps the active context in, which Node's channels can set. Of a manager that has none, or
 * comes later, one is made up that goes through the API.
 */
function storeOf(api: Api): Store {
  const { context } = api;
  const { _getContextManager: find } = context as unknown as {
    _getContextManager?: () => { _asyncLocalStorage?: Store };
  };
  const store = find?.call(context)._asyncLocalStorage ?? madeUp.get(api);
  if (store !== undefined) return store;
  const made: Store = {
    getStore: () => context.active(),
    run: (active: Context, run: () => never) => context.with(active, run),
  };
  madeUp.set(api, made);
  return made;
}
