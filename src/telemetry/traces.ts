import type { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
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
 * Spans of OpenTelemetry: one for each start and stop of a service, linked to those of what it needs, and one for each run of
 * a task. What hooks and runs do is within their span. The API is loaded only here.
 */
export const traces: Companion = async ({ lifecycle }) => {
  const api = await optionalPeer('@opentelemetry/api', 'the Worker option traces', () => import('@opentelemetry/api'));
  const spans = new Spans(api);
  const undo = Object.keys(CHANNELS).map((name) => spans.follow(name as ChannelName, lifecycle));
  return () => {
    for (const each of undo) each();
  };
};

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
    const storage = storageOf(this.#api);
    const within = (message: unknown): Context => {
      const { context, trace } = this.#api;
      return mine(message) ? trace.setSpan(context.active(), this.#spanOf(name, message)) : context.active();
    };
    if (storage !== undefined) start.bindStore(storage as never, within as never);
    return () => {
      if (storage !== undefined) start.unbindStore(storage as never);
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

/** Where the context manager keeps the active context: a store that Node's channels can set. Others cannot be entered so. */
function storageOf({ context }: Api): AsyncLocalStorage<Context> | undefined {
  const manager = (
    context as unknown as { _getContextManager?: () => { _asyncLocalStorage?: unknown } }
  )._getContextManager?.();
  return manager?._asyncLocalStorage as AsyncLocalStorage<Context> | undefined;
}
