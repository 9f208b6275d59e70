import type { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ServiceStartTrace, ServiceStopTrace } from '../lifecycle/service-trace.ts';
import { optionalPeer } from '../optional-peer.ts';
import type { TaskRunTrace } from '../tasks/run-trace.ts';
import type { Companion } from '../worker/companion.ts';

type Api = typeof import('@opentelemetry/api');

type Facts = ServiceStartTrace | ServiceStopTrace | TaskRunTrace;

/** The tracing channels, and how a span of each is called. */
const CHANNELS = {
  'inversify-lifecycle:service.start': ({ service }: Facts) => `start ${service}`,
  'inversify-lifecycle:service.stop': ({ service }: Facts) => `stop ${service}`,
  'inversify-lifecycle:task.run': (facts: Facts) => `run ${facts.service}.${(facts as TaskRunTrace).task}`,
} as const;

type ChannelName = keyof typeof CHANNELS;

/**
 * The Worker's spans.
 *
 * @param isAskedFor undefined: where the program has set up a tracer, and only there
 */
export function traces(isAskedFor: true | undefined): Companion {
  return async ({ lifecycle, log }) => {
    if (isAskedFor !== undefined) return traceLifecycle(lifecycle);
    if (!hasTracer()) return undefined;
    try {
      return await traceLifecycle(lifecycle);
    } catch (error) {
      // Nobody has asked: that the API is out of this package's sight is no reason not to run.
      log.debug(`No spans: ${messageOf(error)}`);
      return undefined;
    }
  };
}

/**
 * Makes spans of OpenTelemetry: one for each start and stop of a service, linked to those of what it needs, and one for each run
 * of a task. What hooks and runs do is within their span. The Worker does it by its option `traces`; this is for programs
 * without one. The API is loaded only here.
 *
 * @returns the undo
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER without `@opentelemetry/api`
 */
export async function traceLifecycle(lifecycle: Lifecycle): Promise<() => void> {
  const api = await optionalPeer('@opentelemetry/api', 'traces', () => import('@opentelemetry/api'));
  const spans = new Spans(api);
  const undo = Object.keys(CHANNELS).map((name) => spans.follow(name as ChannelName, lifecycle));
  return () => {
    for (const each of undo) each();
  };
}

/** Where version 1 of the API keeps what is registered: it can be asked without being loaded. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

function hasTracer(): boolean {
  return (globalThis as { [REGISTERED]?: { readonly trace?: unknown } })[REGISTERED]?.trace !== undefined;
}

class Spans {
  readonly #api: Api;
  readonly #tracer: ReturnType<Api['trace']['getTracer']>;
  readonly #open = new WeakMap<object, Span>();
  /** The last start of each service, for those that link to it. */
  readonly #starts = new Map<string, SpanContext>();

  constructor(api: Api) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('inversify-lifecycle');
  }

  /** @returns the undo */
  follow(name: ChannelName, lifecycle: object): () => void {
    const { start, asyncEnd, error, end } = tracingChannel(name);
    const mine = (message: unknown): message is Facts & { error?: unknown } =>
      (message as Facts).lifecycle === lifecycle;
    const ended = (message: unknown): void => {
      if (mine(message) && message.outcome !== undefined) this.#end(message);
    };
    const failed = (message: unknown): void => {
      if (mine(message)) this.#fail(message, message.error);
    };
    const begun = (message: unknown): void => {
      if (mine(message)) this.#spanOf(name, message);
    };
    start.subscribe(begun);
    for (const channel of [end, asyncEnd]) channel.subscribe(ended);
    error.subscribe(failed);
    const store = storeOf(this.#api) as AsyncLocalStorage<Context>;
    const within = (message: unknown): Context => {
      const { context, trace } = this.#api;
      return mine(message) ? trace.setSpan(context.active(), this.#spanOf(name, message)) : context.active();
    };
    start.bindStore(store, within as never);
    return () => {
      start.unbindStore(store);
      start.unsubscribe(begun);
      for (const channel of [end, asyncEnd]) channel.unsubscribe(ended);
      error.unsubscribe(failed);
    };
  }

  /** Made by whoever comes first: the subscriber, or the store. */
  #spanOf(name: ChannelName, facts: Facts): Span {
    const known = this.#open.get(facts);
    if (known !== undefined) return known;
    const isService = 'dependencies' in facts;
    const links = isService ? facts.dependencies.flatMap((label) => this.#linkTo(label)) : [];
    const attributes = isService
      ? { 'lifecycle.service': facts.service, 'lifecycle.dependencies': [...facts.dependencies] }
      : {
          'lifecycle.service': facts.service,
          'lifecycle.task': facts.task,
          'lifecycle.task.kind': facts.kind,
          'lifecycle.run': facts.run,
          'lifecycle.lateness': facts.lateness,
        };
    const span = this.#tracer.startSpan(CHANNELS[name](facts), { attributes, links });
    this.#open.set(facts, span);
    if (name === 'inversify-lifecycle:service.start') this.#starts.set(facts.service, span.spanContext());
    return span;
  }

  #linkTo(label: string): Link[] {
    const context = this.#starts.get(label);
    return context === undefined ? [] : [{ context, attributes: { 'lifecycle.dependency': label } }];
  }

  #fail(facts: Facts, error: unknown): void {
    const span = this.#open.get(facts);
    span?.recordException(error instanceof Error ? error : String(error));
    span?.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }

  #end(facts: Facts): void {
    const span = this.#open.get(facts);
    if (span === undefined) return;
    this.#open.delete(facts);
    span.setAttribute('lifecycle.outcome', facts.outcome ?? 'done');
    span.end();
  }
}

/** What Node asks of a store that is bound to a channel. */
type Store = Pick<AsyncLocalStorage<Context>, 'getStore' | 'run'>;

/**
 * The store that the context manager keeps the active context in, which Node's channels can set. Of a manager that has none, or
 * comes later, one is made up that goes through the API.
 */
function storeOf({ context }: Api): Store {
  const { _getContextManager: find } = context as unknown as {
    _getContextManager?: () => { _asyncLocalStorage?: Store };
  };
  const store = find?.call(context)._asyncLocalStorage;
  return (
    store ?? { getStore: () => context.active(), run: (active: Context, run: () => never) => context.with(active, run) }
  );
}
