import { describe, expect, it } from 'vitest';
import { healthOf } from '../../src/lifecycle/health.ts';
import type { StateName } from '../../src/lifecycle/state.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

interface UnitDouble {
  readonly label: string;
  readonly spec: { readonly optional: boolean } | undefined;
  readonly state: { readonly at: StateName };
  readonly attempt: { readonly count: number; readonly max: number; readonly due: number } | undefined;
  readonly dependencies: UnitDouble[];
  readonly dependents: UnitDouble[];
}

function unit(label: string, at: StateName, more: Partial<UnitDouble> = {}): UnitDouble {
  const nothing = { spec: { optional: false }, attempt: undefined, dependencies: [], dependents: [] };
  return { label, state: { at }, ...nothing, ...more };
}

describe('the health of an application', () => {
  it('follows its states: not started, ready, draining, stopped', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStart: ({ sleep }) => sleep(100) }) }, { clock });
    expect(lifecycle.health()).toEqual({
      live: true,
      started: false,
      ready: false,
      reasons: ['the application is idle'],
      degraded: [],
    });
    const start = lifecycle.startAll();
    await clock.advance(50);
    expect(lifecycle.health()).toMatchObject({
      started: false,
      ready: false,
      reasons: ['the application is starting', 'Db starting'],
    });
    await clock.advance(50);
    await start;
    expect(lifecycle.health()).toEqual({ live: true, started: true, ready: true, reasons: [], degraded: [] });
    lifecycle.requestStop('SIGTERM', { delay: '5s' });
    expect(lifecycle.health()).toMatchObject({ started: true, ready: false, reasons: ['a stop was requested'] });
    await clock.advance(5_000);
    expect(lifecycle.health()).toMatchObject({ live: true, ready: false });
  });

  it('is not live once it has crashed for good', async () => {
    const clock = new ManualClock();
    const fail = (): Promise<void> => Promise.reject(new Error('lost'));
    const lifecycle = handMade(
      { Db: service({ onStart: ({ spawn, sleep }) => void spawn(() => sleep(10).then(fail)) }) },
      { clock },
    );
    await lifecycle.startAll();
    const done = lifecycle.done.catch(() => {});
    await clock.advance(10);
    await done;
    expect(lifecycle.health()).toMatchObject({ live: false, ready: false });
    expect(lifecycle.stopRequested).toBe(true);
  });

  it('names what is down, with the way from what needs it; optional services do not count', () => {
    const redis = unit('Redis', 'restarting', { attempt: { count: 3, max: 5, due: 4_000 } });
    const cache = unit('Cache', 'restarting', { dependencies: [redis], dependents: [unit('Api', 'running')] });
    redis.dependents.push(cache);
    const mail = unit('Mail', 'crashed', { spec: { optional: true } });
    const component = unit('pool', 'stopped', { spec: undefined });
    expect(healthOf('running', [], [redis, cache, mail, component, unit('unasked', 'idle')], 0)).toEqual({
      live: true,
      started: true,
      ready: false,
      reasons: ['Api <- Cache <- Redis restarting 3/5, next try in 4 s'],
      degraded: ['Mail crashed'],
    });
  });

  const reasonsOf = (...units: UnitDouble[]): readonly string[] => healthOf('running', [], units, 1_000).reasons;

  it('says which try it is, and when the next one is only while that is to come', () => {
    const attempt = { count: 3, max: 5, due: 4_000 };
    const endless = { ...attempt, max: Infinity };
    expect(reasonsOf(unit('Db', 'restarting', { attempt: endless }))).toEqual([
      'Db restarting, try 3, next try in 3 s',
    ]);
    expect(reasonsOf(unit('Db', 'restarting', { attempt: { ...attempt, due: 1_000 } }))).toEqual(['Db restarting 3/5']);
    expect(reasonsOf(unit('Db', 'starting', { attempt }))).toEqual(['Db starting 3/5']);
    expect(reasonsOf(unit('Db', 'crashed', { attempt }))).toEqual(['Db crashed']);
  });

  it('leaves out what only waits for others, which are neither optional nor up', () => {
    const optional = unit('Mail', 'crashed', { spec: { optional: true } });
    const component = unit('pool', 'stopped', { spec: undefined });
    expect(reasonsOf(unit('Api', 'restarting', { dependencies: [optional, unit('Db', 'running')] }))).toEqual([
      'Api restarting',
    ]);
    expect(reasonsOf(unit('Api', 'restarting', { dependencies: [component] }))).toEqual([]);
    expect(reasonsOf(unit('Api', 'crashed', { dependencies: [component] }))).toEqual(['Api crashed']);
  });

  it('tells a shortest way, also where ways meet or go round', () => {
    const [db, left, right, api] = [
      unit('Db', 'crashed'),
      unit('Left', 'running'),
      unit('Right', 'running'),
      unit('Api', 'running'),
    ];
    db.dependents.push(left, right);
    left.dependents.push(api);
    right.dependents.push(api);
    expect(reasonsOf(db)).toEqual(['Api <- Left <- Db crashed']);
    api.dependents.push(db);
    expect(reasonsOf(db)).toEqual(['Db crashed']);
  });
});

describe('a stop that is requested for later', () => {
  it('is told of at once, and everything goes on until it begins', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade(
      { Db: service({ onStop: ({ reason }) => void log.push(JSON.stringify(reason)) }) },
      { clock },
    );
    lifecycle.on(({ kind }) =>
      kind.startsWith('app:') || kind === 'stop:requested' ? void log.push(kind) : undefined,
    );
    await lifecycle.startAll();
    expect(lifecycle.stopRequested).toBe(false);
    lifecycle.requestStop('SIGTERM', { delay: '5s', timeout: '1s' });
    lifecycle.requestStop('again', { delay: '1s' });
    expect(lifecycle.stopRequested).toBe(true);
    await clock.advance(4_999);
    expect([lifecycle.state, lifecycle.get('Db').state]).toEqual(['running', 'running']);
    await clock.advance(1);
    await lifecycle.done;
    expect(log).toEqual([
      'app:starting',
      'app:running',
      'stop:requested',
      'app:stopping',
      '{"kind":"requested","detail":"SIGTERM"}',
      'app:stopped',
    ]);
    expect(lifecycle.stopRequested).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('is overtaken by one that comes first, and means nothing to the next life', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStart() {} }) }, { clock });
    await lifecycle.startAll();
    lifecycle.requestStop('later', { delay: '5s' });
    await lifecycle.stopAll();
    await lifecycle.startAll();
    await clock.advance(60_000);
    expect(lifecycle.state).toBe('running');
    await lifecycle.stopAll();
  });

  it('is overtaken by a crash', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Db: service({
          onStart: ({ spawn, sleep }) => void spawn(() => sleep(100).then(() => Promise.reject(new Error('lost')))),
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    const done = lifecycle.done.catch((error: Error) => error.message);
    lifecycle.requestStop('later', { delay: '5s' });
    await clock.advance(100);
    expect(await done).toContain('lost');
    expect(clock.pending).toBe(0);
  });

  it('stops a start at once: it has nothing to drain', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ sleep, signal }) => sleep('1h').then(() => signal.throwIfAborted()) }) },
      { clock },
    );
    const start = lifecycle.startAll().catch((error: { code: string }) => error.code);
    lifecycle.requestStop('SIGINT', { delay: '5s' });
    expect(await start).toBe('LIFECYCLE_START_ABORTED');
    expect(clock.pending).toBe(0);
  });

  it.each([
    [{ delay: -1 }, 'requestStop({ delay }) must be a duration'],
    [{ timeout: 'soon' }, 'requestStop({ timeout }) must be a duration'],
    [{ after: 1 }, "requestStop(): there is no option 'after'"],
    [null, 'expected an object of options, got null'],
  ])('with %o is refused', (options, text) => {
    const lifecycle = handMade({});
    expect(() => lifecycle.requestStop('x', options as never)).toThrow(text);
  });
});
