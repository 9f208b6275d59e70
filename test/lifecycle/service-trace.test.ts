import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anyHook } from '../support/behaviour.ts';
import { faultsOf } from '../support/expectations.ts';
import { handMade, made, service } from '../support/hand-made.ts';
import { graphAnd, world } from '../support/random-graph.ts';
import { rejection, tick } from '../support/recorded.ts';
import { bindTo, lookOn, stories } from '../support/spectator.ts';
import { drain } from '../support/time.ts';

describe('the channel of starts', () => {
  it('tells of one that is done at once, and of one that takes its time', async () => {
    const seen = lookOn('service.start');
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ sleep }) => sleep(20) }), Api: service({ onStart() {} }, { needs: ['Db'] }) },
      { clock },
    );
    const events: LifecycleEvent[] = [];
    lifecycle.on((event) => events.push(event));
    const start = lifecycle.startAll();
    await clock.advance(20);
    await start;
    expect(stories(seen)).toEqual([
      ...['service.start start Db', 'service.start end Db', 'service.start asyncStart Db', 'service.start asyncEnd Db'],
      ...['service.start start Api', 'service.start end Api'],
    ]);
    const [, end, , asyncEnd, , apiEnd] = seen;
    const eventOf = (name: string): number | undefined =>
      events.find((event) => event.kind === 'service:starting' && event.service === name)?.id;
    expect(end?.said).toEqual({ lifecycle, service: 'Db', event: eventOf('Db'), dependencies: [] });
    expect(asyncEnd?.said).toEqual({ ...end?.said, outcome: 'done', duration: 20 });
    expect(apiEnd?.said).toMatchObject({
      ...{ service: 'Api', event: eventOf('Api'), dependencies: ['Db'] },
      ...{ outcome: 'done', duration: 0 },
    });
    expect(new Set(seen.map(({ message }) => message)).size).toBe(2);
    await lifecycle.stopAll();
  });

  it('tells of a failure, at once and later', async () => {
    const seen = lookOn('service.start');
    const sync = handMade({
      Db: service({
        onStart() {
          throw new Error('no');
        },
      }),
    });
    await rejection(sync.startAll());
    expect(stories(seen.splice(0, 2))).toEqual(['service.start start Db', 'service.start error Db']);
    const [end] = seen.splice(0);
    expect(end).toMatchObject({ what: 'service.start end', said: { outcome: 'failed' } });
    expect(end?.said.error).toMatchObject({ code: 'LIFECYCLE_HOOK_FAILED', cause: { message: 'no' } });

    const later = handMade({ Db: service({ onStart: () => tick().then(() => Promise.reject(new Error('later'))) }) });
    await rejection(later.startAll());
    expect(seen.map(({ what }) => what)).toEqual(
      ['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map((part) => `service.start ${part}`),
    );
    expect(seen.at(-1)?.said).toMatchObject({ outcome: 'failed', error: { cause: { message: 'later' } } });
  });

  it('tells of one that a stop overtakes, and of one that is another one', async () => {
    const seen = lookOn('service.start');
    const clock = new ManualClock();
    const slow = handMade({ Db: made(() => tick().then(() => ({ onStart() {} }))) }, { clock });
    const recorder = new EventRecorder(slow);
    const start = rejection(slow.startAll());
    await recorder.next('service:starting', 'Db');
    await slow.stopAll();
    await start;
    expect(seen.at(-1)).toMatchObject({ what: 'service.start asyncEnd', said: { outcome: 'aborted' } });
    expect(seen.some(({ what }) => what.endsWith('error'))).toBe(false);

    const one = { onStart() {} };
    const twins = handMade({ A: made(() => one), B: made(() => one) });
    await twins.startAll();
    expect(seen.slice(-1)).toMatchObject([{ said: { service: 'B', outcome: 'merged' } }]);
    await twins.stopAll();
  });
});

describe('the channel of stops', () => {
  it('tells of each, with the reason and all that fails', async () => {
    const seen = lookOn('service.stop');
    const lifecycle = handMade({
      Db: service({}),
      Api: service(
        {
          onStop: () => Promise.reject(new Error('stuck')),
          onShutdown() {
            throw new Error('still stuck');
          },
        },
        { needs: ['Db'] },
      ),
    });
    await lifecycle.startAll();
    await rejection(lifecycle.stopAll({ reason: 'enough' }));
    expect(stories(seen)).toEqual([
      ...['start', 'end', 'error', 'error', 'asyncStart', 'asyncEnd'].map((part) => `service.stop ${part} Api`),
      ...['start', 'end'].map((part) => `service.stop ${part} Db`),
    ]);
    expect(seen[0]?.said).toMatchObject({ reason: { kind: 'requested', detail: 'enough' }, dependencies: ['Db'] });
    expect(seen[2]?.said).toMatchObject({ error: { cause: { message: 'stuck' } } });
    expect(seen[5]?.said).toMatchObject({ outcome: 'failed', error: { cause: { message: 'still stuck' } } });
    expect(seen[7]?.said).toMatchObject({ service: 'Db', outcome: 'done' });
    expect(seen[7]?.said).not.toHaveProperty('error');
  });

  it('tells of a hook and a task that are left behind', async () => {
    const seen = lookOn('service.stop');
    const clock = new ManualClock();
    const never = (): Promise<never> => new Promise(() => {});
    const lifecycle = handMade(
      { Db: service({ onStart: ({ spawn }) => void spawn(never), onStop: never }, { stopTimeout: 100 }) },
      { clock },
    );
    await lifecycle.startAll();
    const stop = rejection(lifecycle.stopAll());
    await clock.advance(100);
    await stop;
    const errors = seen.filter(({ what }) => what.endsWith('error')).map(({ said }) => said.error);
    expect(errors).toMatchObject([{ code: 'LIFECYCLE_HOOK_TIMEOUT' }, { code: 'LIFECYCLE_TASK_TIMEOUT' }]);
    expect(seen.at(-1)?.said).toMatchObject({ outcome: 'failed', duration: 100 });
  });
});

describe('stores that are bound to the channels', () => {
  it('hold around the hooks of their service and what these lead to, and nowhere else', async () => {
    const starts = bindTo('service.start', ({ service: name }) => `start of ${name}`);
    const stops = bindTo('service.stop', ({ service: name }) => `stop of ${name}`);
    const log: unknown[] = [];
    const note = (what: string): void => void log.push([what, starts.getStore(), stops.getStore()]);
    const hooks = (name: string): object => ({
      async onFirstStart() {
        await tick();
        note(`${name} first`);
      },
      async onStart({ defer }: { defer(undo: () => void): void }) {
        note(`${name} start`);
        await tick();
        note(`${name} start, later`);
        defer(() => note(`${name} deferred`));
      },
      onStarted: () => note(`${name} started`),
      onStop: () => note(`${name} stop`),
    });
    const lifecycle = handMade({ Db: service(hooks('Db')), Api: service(hooks('Api'), { needs: ['Db'] }) });
    lifecycle.on((event) => {
      if (event.kind.startsWith('app:')) note(event.kind);
    });
    await lifecycle.startAll();
    note('between');
    await lifecycle.stopAll();
    const of = (name: string): unknown[] => [
      [`${name} first`, `start of ${name}`, undefined],
      [`${name} start`, `start of ${name}`, undefined],
      [`${name} start, later`, `start of ${name}`, undefined],
    ];
    const outside = (what: string): unknown => [what, undefined, undefined];
    expect(log.slice(0, 4)).toEqual([outside('app:starting'), ...of('Db')]);
    expect(log).toContainEqual(['Db started', 'start of Db', undefined]);
    for (const line of of('Api')) expect(log).toContainEqual(line);
    expect(log.slice(-8)).toEqual([
      outside('app:running'),
      outside('between'),
      outside('app:stopping'),
      ['Api stop', undefined, 'stop of Api'],
      ['Api deferred', undefined, 'stop of Api'],
      ['Db stop', undefined, 'stop of Db'],
      ['Db deferred', undefined, 'stop of Db'],
      outside('app:stopped'),
    ]);
  });

  it('hold around what a hook adopts too', async () => {
    const store = bindTo('service.start', ({ service: name }) => `start of ${name}`);
    const seen = lookOn('service.start');
    const outer: unknown[] = [];
    class Child {
      async onStart(): Promise<void> {
        await tick();
        outer.push(store.getStore());
      }
    }
    const lifecycle = handMade({
      Db: service({
        async onStart({ adopt }) {
          await adopt(new Child());
          outer.push(store.getStore());
        },
      }),
    });
    await lifecycle.startAll();
    expect(outer).toEqual(['start of Child', 'start of Db']);
    expect(stories(seen.filter(({ what }) => what.endsWith(' start')))).toEqual([
      'service.start start Db',
      'service.start start Child',
    ]);
    await lifecycle.stopAll();
  });

  it('leave the stores of the caller as they are', async () => {
    bindTo('service.start', () => 'x');
    const caller = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const lifecycle = handMade({
      Db: service({
        onStart: async () => {
          await tick();
          seen.push(caller.getStore());
        },
      }),
    });
    await caller.run('mine', () => lifecycle.startAll());
    expect(seen).toEqual(['mine']);
    await lifecycle.stopAll();
  });
});

describe('over random graphs, faults and orders', () => {
  it('each beginning has one end and nothing after it, whatever its hooks do', async () => {
    const seen = lookOn('service.start', 'service.stop');
    const hooks = fc.record({ start: anyHook, started: anyHook, stop: anyHook, shutdown: anyHook });
    await fc.assert(
      fc.asyncProperty(graphAnd(hooks), fc.nat(), fc.boolean(), async ({ dag, each }, seed, isRestarted) => {
        seen.length = 0;
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(dag, clock, each);
        const begun: string[] = [];
        lifecycle.on((event) => {
          if (event.kind === 'service:starting') begun.push(`service.start ${event.service}`);
          if (event.kind === 'service:stopping') begun.push(`service.stop ${event.service}`);
        });
        const interleaving = new Interleaving(seed, clock);
        for (const _ of isRestarted ? [1, 2] : [1]) {
          await interleaving.run(lifecycle.startAll()).catch(() => {});
          await interleaving.run(lifecycle.stopAll()).catch(() => {});
        }
        await drain(clock);
        expect(faultsOf(doubles)).toEqual([]);
        const traces = new Map<object, string[]>();
        for (const { what, message } of seen) {
          const [channel, part] = what.split(' ') as [string, string];
          const parts = traces.get(message) ?? [];
          traces.set(message, [...parts, parts.length === 0 ? `${channel} ${message.service} ${part}` : part]);
        }
        expect([...traces.values()].map(([first]) => first)).toEqual(begun.map((each) => `${each} start`));
        for (const [message, [, ...parts]] of traces) {
          expect(parts.join()).toMatch(/^(error,)*end(,(error,)*asyncStart,asyncEnd)?$/);
          const { outcome } = message as { readonly outcome?: string };
          expect(parts.includes('error') ? ['failed'] : ['done', 'aborted']).toContain(outcome);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('a subscriber that fails', () => {
  it('harms nothing, and is told of with its channel', async () => {
    const failed: LifecycleEvent[] = [];
    const lines: string[] = [];
    const add = (_: unknown, line?: string): void => void lines.push(line ?? '');
    const logger = { debug() {}, info() {}, warn: add, error: add };
    const start = 'tracing:inversify-lifecycle:service.start:start';
    const end = 'tracing:inversify-lifecycle:service.start:end';
    const throws = (): never => {
      throw new Error('broken');
    };
    const rejects = async (): Promise<never> => throws();
    subscribe(start, throws);
    subscribe(end, rejects);
    onTestFinished(() => void [unsubscribe(start, throws), unsubscribe(end, rejects)]);
    const lifecycle = handMade({ Db: service({ onStart: () => tick() }) }, { logger });
    lifecycle.on((event) => {
      if (event.kind === 'listener:failed' || event.kind === 'service:starting') failed.push(event);
    });
    await lifecycle.startAll();
    expect(lifecycle.state).toBe('running');
    const [{ id: parent }] = failed as [LifecycleEvent];
    expect(failed.slice(1)).toMatchObject([
      { kind: 'listener:failed', channel: start, error: { message: 'broken' }, parent },
      { kind: 'listener:failed', channel: end, error: { message: 'broken' }, parent },
    ]);
    expect(lines).toEqual([`a subscriber of ${start} failed: broken`, `a subscriber of ${end} failed: broken`]);
    await lifecycle.stopAll();
  });
});
