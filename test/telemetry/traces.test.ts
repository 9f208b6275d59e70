import { channel } from 'node:diagnostics_channel';
import { type ContextManager, context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { injectable } from 'inversify';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { ServiceContainer, type TaskContext, Timer } from '../../container/index.ts';
import { traceLifecycle, traces } from '../../src/telemetry/traces.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';
import { accompany } from '../support/program-of.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const own = trace.getTracer('test');

@injectable()
class Db {
  async onStart(): Promise<void> {
    await Promise.resolve();
    own.startSpan('connect').end();
  }
}

@injectable()
class Web {
  constructor(readonly db: Db) {}
  onStart(): void {}

  @Timer('1h')
  async flush(_: TaskContext): Promise<void> {
    await Promise.resolve();
    own.startSpan('write').end();
    throw new Error('disk full');
  }
}

it('makes spans of starts, linked along the graph, of runs and of stops; spans of the program nest in them', async () => {
  const container = new ServiceContainer().add(Web, Db);
  const { close } = await accompany(traces(true), container.lifecycle);
  await container.startAll();
  await container.lifecycle.tasks
    .get('Web.flush')
    .trigger()
    .catch(() => {});
  await container.stopAll();
  await close();
  const spans = exporter.getFinishedSpans();
  const span = (name: string) => {
    const found = spans.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no span ${name} among ${spans.map((each) => each.name).join(', ')}`);
    return found;
  };
  const dbId = span('start Db').spanContext().spanId;
  expect(span('start Web').links.map((link) => link.context.spanId)).toEqual([dbId]);
  expect(span('connect').parentSpanContext?.spanId).toBe(dbId);
  expect(span('write').parentSpanContext?.spanId).toBe(span('run Web.flush').spanContext().spanId);
  expect(span('run Web.flush').status.code).toBe(SpanStatusCode.ERROR);
  expect(span('run Web.flush').attributes).toMatchObject({
    'lifecycle.task.kind': 'timer',
    'lifecycle.outcome': 'failed',
  });
  expect(span('stop Web').attributes).toMatchObject({ 'lifecycle.service': 'Web', 'lifecycle.outcome': 'done' });
});

it('makes none of another application, and none once it is closed', async () => {
  const container = new ServiceContainer().add(Db);
  const { close } = await accompany(traces(true), new ServiceContainer().lifecycle);
  await container.startAll();
  await container.stopAll();
  await close();
  const traced = new ServiceContainer().add(Db);
  await (await accompany(traces(true), traced.lifecycle)).close();
  await traced.startAll();
  await traced.stopAll();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['connect', 'connect']);
});

it('makes them by itself where the program has set up a tracer, and only there', async () => {
  const run = async (): Promise<readonly string[]> => {
    exporter.reset();
    const container = new ServiceContainer().add(Db);
    const { close } = await accompany(traces(undefined), container.lifecycle);
    await container.startAll();
    await container.stopAll();
    await close();
    return exporter.getFinishedSpans().map(({ name }) => name);
  };
  expect(await run()).toEqual(['connect', 'start Db', 'stop Db']);
  trace.disable();
  expect(await run()).toEqual(['connect']);
  expect(channel('tracing:inversify-lifecycle:service.start:start').hasSubscribers).toBe(false);
  trace.setGlobalTracerProvider(provider);
});

it('nests under a context manager of another kind, and one that is set up later', async () => {
  const container = new ServiceContainer().add(Db);
  context.disable();
  const undo = await traceLifecycle(container.lifecycle);
  const hidden = new AsyncLocalStorageContextManager().enable();
  const other: ContextManager = {
    active: () => hidden.active(),
    with: (active, run, self, ...args) => hidden.with(active, run, self, ...args),
    bind: (active, target) => hidden.bind(active, target),
    enable: () => other,
    disable: () => other,
  };
  context.setGlobalContextManager(other);
  await container.startAll();
  undo();
  await container.stopAll();
  const [connect, start] = exporter.getFinishedSpans();
  expect(connect?.name).toBe('connect');
  expect(connect?.parentSpanContext?.spanId).toBe(start?.spanContext().spanId);
  expect(exporter.getFinishedSpans()).toHaveLength(2);
});

/** The name of the span that `connect` is within. */
function around(name: string): string | undefined {
  const spans = exporter.getFinishedSpans();
  const found = spans.find((span) => span.name === name);
  return spans.find((span) => span.spanContext().spanId === found?.parentSpanContext?.spanId)?.name;
}

it('of one application go on when another is traced as well, and no longer', async () => {
  const [one, other] = [new ServiceContainer().add(Db), new ServiceContainer().add(Db)];
  const undoOne = await traceLifecycle(one.lifecycle);
  const undoOther = await traceLifecycle(other.lifecycle);
  for (const undo of [undoOther, undoOther, () => {}]) {
    exporter.reset();
    await one.startAll();
    expect(around('connect')).toBe('start Db');
    await one.stopAll();
    undo();
  }
  undoOne();
  await one.startAll();
  await one.stopAll();
  expect(exporter.getFinishedSpans().at(-1)?.name).toBe('connect');
  expect(channel('tracing:inversify-lifecycle:service.start:start').hasSubscribers).toBe(false);
});

it('are made once for an application that is traced twice, until both are through', async () => {
  const { lifecycle } = new ServiceContainer().add(Db);
  const undo = [await traceLifecycle(lifecycle), await traceLifecycle(lifecycle)];
  undo[0]?.();
  await lifecycle.startAll();
  undo[1]?.();
  await lifecycle.stopAll();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['connect', 'start Db']);
});

it('end as abandoned where a run is left behind, and where nobody looks on any more', async () => {
  const clock = new ManualClock();
  const lifecycle = handMade(
    {
      Jobs: service({ onStart: ({ spawn }) => void spawn(() => new Promise(() => {}), { name: 'hang' }) }),
      Slow: service({ onStart: ({ sleep }) => sleep('1s') }),
    },
    { clock },
  );
  const undo = await traceLifecycle(lifecycle);
  let start = lifecycle.startAll();
  await clock.advance('1s');
  await start;
  const stop = lifecycle.stopAll({ timeout: '10s' }).catch(() => {});
  await clock.advance('10s');
  await stop;
  const run = exporter.getFinishedSpans().find(({ name }) => name === 'run Jobs.hang');
  expect(run?.attributes).toMatchObject({ 'lifecycle.outcome': 'abandoned', 'lifecycle.task.kind': 'spawned' });
  expect(run?.status.code).toBe(SpanStatusCode.ERROR);
  start = lifecycle.startAll({ only: ['Slow'] });
  await clock.advance(500);
  exporter.reset();
  undo();
  await clock.advance(500);
  await start;
  expect(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes['lifecycle.outcome']])).toEqual([
    ['start Slow', 'abandoned'],
  ]);
});
