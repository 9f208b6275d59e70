import { describe, expect, it } from 'vitest';
import { CrashError } from '../../src/errors.ts';
import { MaxRestartsExceeded } from '../../src/supervision/max-restarts.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { returns, takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';

describe('a crash', () => {
  it('stops the application unless somebody says otherwise', async () => {
    const cast = await new Cast(CHAIN).start();
    const crashed = cast.crashed();
    await cast.crash('Cache');
    expect((await crashed).message).toBe('Cache crashed: lost');
    expect(cast.taken()).toEqual(['-Api', '-Mail', '-Cache', '-Db']);
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'crashed', Db: 'stopped', Mail: 'stopped' });
    expect(cast.lifecycle.state).toBe('crashed');
    expect(cast.actions).toEqual(['Cache: the application is stopped']);
  });

  it('is followed by an event with what is done, then the stops that it causes, in their order', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    const from = cast.recorder.events.length;
    await cast.crash('Cache');
    const events = cast.recorder.events.slice(from).filter(({ kind }) => kind !== 'step:done');
    expect(events.map((event) => `${'service' in event ? event.service : ''} ${event.kind}`)).toEqual([
      'Cache service:crashed',
      'Cache incident',
      'Api service:stopping',
      'Api service:restarting',
      'Cache service:stopping',
      'Cache service:restarting',
      'Cache service:starting',
      'Cache service:running',
      'Api service:starting',
      'Api service:running',
    ]);
    const [crash, incident, ...rest] = events;
    expect(incident).toMatchObject({ parent: crash?.id, action: 'Cache, Api are restarted (restForGraph, 1 of 3)' });
    for (const { kind, parent } of rest) if (kind === 'service:stopping') expect(parent).toBe(incident?.id);
  });
});

describe('restForGraph', () => {
  it('takes what depends on the service along, in order, and nothing else', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    const before = cast.lifecycle.get('Mail').startedAt;
    await cast.clock.advance(10);
    await cast.crash('Db');
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 0 });
    expect(cast.lifecycle.get('Mail').startedAt).toBe(before);
    expect(cast.lifecycle.get('Db')).toMatchObject({ state: 'running', crashReason: undefined });
    await cast.crash('Api');
    expect(cast.taken()).toEqual(['-Api', '+Api']);
    expect(cast.lifecycle.state).toBe('running');
    await cast.lifecycle.stopAll();
    await expect(cast.lifecycle.done).resolves.toMatchObject({ errors: [] });
    expect(cast.clock.pending).toBe(0);
  });

  it('begins a new life of the same object: a fresh signal, disposers run, tasks anew', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: atOnce }).start();
    const { signal, defer } = cast.contextOf('Db');
    defer(() => cast.log.push('undone'));
    await cast.crash('Db');
    expect(cast.taken()).toEqual(['-Db', 'undone', '+Db']);
    expect(signal.aborted).toBe(true);
    expect(cast.contextOf('Db').signal.aborted).toBe(false);
  });

  it('waits its back-off before the one that has crashed, the others follow at once', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph', random: () => 0.25 }).start();
    await cast.crash('Cache');
    expect(cast.taken()).toEqual(['-Api', '-Cache']);
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'restarting', Db: 'running' });
    await cast.advance(74);
    expect(cast.taken()).toEqual([]);
    await cast.advance(1);
    expect(cast.taken()).toEqual(['+Cache', '+Api']);
    await cast.crash('Cache');
    await cast.advance(149);
    expect(cast.state('Cache')).toBe('restarting');
    await cast.advance(1);
    expect(cast.state('Cache')).toBe('running');
  });

  it('counts the time of the stop to the wait', async () => {
    const cast = await new Cast(CHAIN, { supervision: { backoff: { initial: '1s' } } }).start();
    cast.stops.Api = takes(400);
    cast.stops.Cache = takes(300);
    await cast.crash('Cache');
    await cast.advance(999);
    expect(cast.taken()).toEqual(['-Api', '-Cache']);
    await cast.advance(1);
    expect(cast.taken()).toEqual(['+Cache', '+Api']);
  });
});

describe('oneForAll', () => {
  it('takes all that the supervisor has along, and what depends on them', async () => {
    const cast = await new Cast(CHAIN, { supervision: { strategy: 'oneForAll', ...atOnce } }).start();
    await cast.crash('Api');
    expect(new Set(cast.log.slice(0, 4))).toEqual(new Set(['-Api', '-Cache', '-Db', '-Mail']));
    expect(cast.log.filter((line) => !line.endsWith('Mail'))).toEqual([
      '-Api',
      '-Cache',
      '-Db',
      '+Db',
      '+Cache',
      '+Api',
    ]);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 1 });
    expect(cast.actions).toEqual(['Api: Api, Cache, Db, Mail are restarted (oneForAll, 1 of 3)']);
  });

  it('leaves alone what was never started', async () => {
    const cast = new Cast(CHAIN, { supervision: { strategy: 'oneForAll', ...atOnce } });
    await cast.lifecycle.startAll({ only: ['Cache'] });
    cast.taken();
    await cast.crash('Cache');
    expect(cast.taken()).toEqual(['-Cache', '-Db', '+Db', '+Cache']);
  });
});

describe('giveUp', () => {
  it('leaves the service and what depends on it down, and the application goes on', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    await cast.crash('Cache');
    expect(cast.taken()).toEqual(['-Api', '-Cache']);
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'crashed', Db: 'running', Mail: 'running' });
    expect(cast.lifecycle.state).toBe('running');
    expect(cast.actions).toEqual(['Cache: Cache, Api are given up']);
    expect(cast.lifecycle.health()).toMatchObject({ live: true, ready: false });
    await cast.advance(3_600_000);
    expect(cast.taken()).toEqual([]);
    await cast.lifecycle.restart('Cache');
    expect(cast.state('Cache')).toBe('running');
    await cast.lifecycle.startAll();
    expect(cast.state('Api')).toBe('running');
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('All does so with everything that the supervisor has', async () => {
    const options = { groups: { io: { strategy: 'giveUpAll' } } } as const;
    const io = { supervised: { group: 'io' } };
    const cast = await new Cast(CHAIN, { supervision: options }, { Cache: io, Mail: io }).start();
    await cast.crash('Mail');
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'stopped', Db: 'running', Mail: 'crashed' });
    expect(cast.actions).toEqual(['Mail: Cache, Mail, Api are given up']);
  });

  it('of all there is leaves an application that runs nothing', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUpAll' }).start();
    await cast.crash('Api');
    expect(cast.states).toEqual({ Api: 'crashed', Cache: 'stopped', Db: 'stopped', Mail: 'stopped' });
    expect(cast.lifecycle.state).toBe('running');
    await cast.lifecycle.startAll();
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
  });
});

describe('escalate', () => {
  it('hands the crash to the supervisor above, and the topmost stops the application', async () => {
    const groups = { io: { strategy: 'escalate' }, outer: { strategy: 'oneForOne', ...atOnce } } as const;
    const parts = { Db: { supervised: { strategy: 'escalate' } }, Mail: { supervised: { group: 'io' } } } as const;
    const above = { groups: { ...groups, io: { ...groups.io, parent: 'outer' } } };
    const cast = await new Cast(CHAIN, { supervision: above }, parts).start();
    await cast.crash('Mail');
    expect(cast.actions).toEqual(['Mail: Mail is restarted (oneForOne, 1 of 3)']);
    const crashed = cast.crashed();
    await cast.crash('Db');
    expect((await crashed).cause).toEqual(new Error('lost'));
  });

  it('comes of itself when there were too many restarts, and the error tells the whole story', async () => {
    const cast = await new Cast(
      CHAIN,
      { supervision: { restart: { max: 1 }, ...atOnce } },
      { Cache: { supervised: { restart: { max: 1 }, ...atOnce } } },
    ).start();
    const crashed = cast.crashed();
    for (const message of ['one', 'two', 'three', 'four']) {
      await cast.crash('Cache', message);
      await cast.advance(1_000);
    }
    expect(cast.actions).toEqual([
      'Cache: Cache, Api are restarted (restForGraph, 1 of 1)',
      'Cache: Cache, Api are restarted (restForGraph, 1 of 1)',
      'Cache: Cache, Api are restarted (restForGraph, 1 of 1)',
      'Cache: the application is stopped',
    ]);
    const error = await crashed;
    expect(error).toBeInstanceOf(CrashError);
    expect(error.cause).toBeInstanceOf(MaxRestartsExceeded);
    expect(error.message.split('\n')).toEqual([
      'Cache crashed: root crashed 2 times within 1 m, more often than restart.max (1):',
      '  2026-01-01T00:00:01.000Z Cache: Cache crashed 2 times within 1 m, more often than restart.max (1):',
      '    2026-01-01T00:00:00.000Z Cache: one',
      '    2026-01-01T00:00:01.000Z Cache: two',
      '  2026-01-01T00:00:03.000Z Cache: Cache crashed 2 times within 1 m, more often than restart.max (1):',
      '    2026-01-01T00:00:02.000Z Cache: three',
      '    2026-01-01T00:00:03.000Z Cache: four',
    ]);
    // Down to what was thrown.
    expect(((error.cause as Error).cause as Error).cause).toEqual(new Error('four'));
    expect(cast.lifecycle.get('Cache').crashReason).toEqual(new Error('four'));
  });
});

describe('the intensity', () => {
  it('is over the time that the service runs: waits do not count', async () => {
    const supervision = { restart: { max: 2, within: '10s' }, backoff: { initial: '8s', factor: 1 } } as const;
    const cast = await new Cast({ Db: [] }, { supervision }).start();
    const crashed = cast.crashed();
    for (let count = 0; count < 3; count++) {
      await cast.crash('Db');
      await cast.advance(8_000 + 3_000);
    }
    expect((await crashed).message).toContain('root crashed 3 times within 10 s');
  });

  it('is forgotten with the life of the application', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: { restart: { max: 1 }, ...atOnce } }).start();
    for (let life = 0; life < 3; life++) {
      await cast.crash('Db');
      expect(cast.state('Db')).toBe('running');
      await cast.lifecycle.stopAll();
      await cast.lifecycle.startAll();
    }
  });

  it('of what a supervisor above restarts begins anew', async () => {
    const own = { restart: { max: 1 }, ...atOnce };
    const groups = { io: { ...own, restart: { max: 10 } }, inner: { ...own, parent: 'io' } } as const;
    const parts = { Db: { supervised: { group: 'inner' } }, Mail: { supervised: { group: 'io' } } };
    const cast = await new Cast(CHAIN, { supervision: { groups } }, parts).start();
    await cast.crash('Db');
    await cast.crash('Mail'); // restarts Db with it
    await cast.crash('Db');
    expect(cast.actions).toEqual([
      'Db: Db, Cache, Api are restarted (oneForAll, 1 of 1)',
      'Mail: Db, Mail, Cache, Api are restarted (oneForAll, 1 of 10)',
      'Db: Db, Cache, Api are restarted (oneForAll, 1 of 1)',
    ]);
  });
});

describe('a restart that fails', () => {
  it('is one more crash, and what depends on the service waits', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.starts.Db = { kind: 'throws', thrown: new Error('refused') };
    await cast.crash('Db');
    await cast.advance(100);
    await cast.advance(200);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Db']);
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'restarting', Db: 'restarting' });
    delete cast.starts.Db;
    await cast.advance(400);
    expect(cast.taken()).toEqual(['+Db', '+Cache', '+Api']);
    expect(cast.actions).toEqual([
      'Db: Db, Cache, Api are restarted in 100 ms (restForGraph, 1 of 3)',
      'Db: Db, Cache, Api are restarted in 200 ms (restForGraph, 2 of 3)',
      'Db: Db, Cache, Api are restarted in 400 ms (restForGraph, 3 of 3)',
    ]);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 3, Mail: 0 });
  });

  it('too often ends the application, with what the hooks threw', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: { restart: { max: 1 }, ...atOnce } }).start();
    const crashed = cast.crashed();
    cast.starts.Db = { kind: 'rejects', ms: 5, thrown: new Error('refused') };
    await cast.crash('Db');
    await cast.advance(5);
    const error = await crashed;
    expect(error.message).toContain('Db: Db.onStart failed: refused');
    await quiescence();
    expect(cast.clock.pending).toBe(0);
  });

  it('in a dependent is the dependent’s crash: what runs below it is left alone', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Cache = { kind: 'rejects', ms: 5, thrown: new Error('refused') };
    await cast.crash('Db');
    delete cast.starts.Cache;
    await cast.advance(5);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 2, Db: 1, Mail: 0 });
    expect(cast.actions[1]).toBe('Cache: Cache, Api are restarted (restForGraph, 2 of 3)');
  });
});

it('leaves the event loop a turn now and then, however fast it fails', async () => {
  const cast = await new Cast({ Db: [] }, { supervision: { ...atOnce, restart: { max: Infinity } } }).start();
  let tries = 0;
  Object.defineProperty(cast.starts, 'Db', {
    get: () => (++tries > 250 ? returns : ({ kind: 'throws', thrown: new Error('refused') } as const)),
  });
  await cast.crash('Db');
  expect(cast.restarts).toEqual({ Db: 100 });
  await cast.advance(2);
  expect(cast.restarts).toEqual({ Db: 251 });
  expect(cast.state('Db')).toBe('running');
  await cast.lifecycle.stopAll();
});
