import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
import type { ServiceStartTrace, ServiceStopTrace } from '../lifecycle/service-trace.ts';
import type { TaskRunTrace } from '../tasks/run-trace.ts';

export type Api = typeof import('@opentelemetry/api');

/** What is told of one start, stop or run, from its beginning to its end. */
export type Facts = ServiceStartTrace | ServiceStopTrace | TaskRunTrace;

/** The tracing channels, and how a span of each is called. */
export const CHANNELS = {
  'inversify-lifecycle:service.start': ({ service }: Facts) => `start ${service}`,
  'inversify-lifecycle:service.stop': ({ service }: Facts) => `stop ${service}`,
  'inversify-lifecycle:task.run': (facts: Facts) => `run ${facts.service}.${(facts as TaskRunTrace).task}`,
} as const;

export type ChannelName = keyof typeof CHANNELS;

/** The spans of one lifecycle. */
export class Spans {
  readonly #api: Api;
  readonly #tracer: ReturnType<Api['trace']['getTracer']>;
  readonly #open = new Map<Facts, Span>();
  /** The last start of each service, for those that link to it. */
  readonly #starts = new Map<string, SpanContext>();

  constructor(api: Api) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('inversify-lifecycle');
  }

  /** Made by whoever comes first: the subscriber of the channel, or the store that is bound to it. */
  begun(name: ChannelName, facts: Facts): Span {
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

  /** What the code of the start, the stop or the run is within. */
  within(name: ChannelName, facts: Facts): Context {
    const { context, trace } = this.#api;
    return trace.setSpan(context.active(), this.begun(name, facts));
  }

  failed(facts: Facts, error: unknown): void {
    const span = this.#open.get(facts);
    span?.recordException(error instanceof Error ? error : String(error));
    span?.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }

  ended(facts: Facts, outcome: string): void {
    const span = this.#open.get(facts);
    if (span === undefined) return;
    this.#open.delete(facts);
    span.setAttribute('lifecycle.outcome', outcome);
    span.end();
  }

  /** The runs of a task that the stop of its service has left behind: they may never end. */
  abandonRuns(service: string, task: string, error: Error): void {
    for (const facts of [...this.#open.keys()]) {
      const isOf = 'task' in facts && facts.service === service && facts.task === task;
      if (!isOf) continue;
      this.failed(facts, error);
      this.ended(facts, 'abandoned');
    }
  }

  /** Nobody will tell how these end. */
  abandonAll(): void {
    for (const facts of [...this.#open.keys()]) this.ended(facts, 'abandoned');
  }

  #linkTo(label: string): Link[] {
    const context = this.#starts.get(label);
    return context === undefined ? [] : [{ context, attributes: { 'lifecycle.dependency': label } }];
  }
}
