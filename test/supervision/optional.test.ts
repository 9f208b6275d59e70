import { describe, expect, it } from 'vitest';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';
import { timer } from '../support/tasks.ts';

const refused = { kind: 'throws', thrown: new Error('refused') } as const;
const optional = { optional: true } as const;

describe('an optional service', () => {
  it('that does not start is tried again, later each time, for ever; nobody waits for it', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Cache = refused;
    await cast.start();
    expect(cast.states).toEqual({ Api: 'running', Cache: 'restarting', Db: 'running', Mail: 'running' });
    expect(cast.lifecycle.state).toBe('running');
    const tries: number[] = [];
    cast.lifecycle.on((event) => {
      if (event.kind === 'service:starting') tries.push(cast.clock.now());
    });
    await cast.advance(120_000);
    expect(tries).toEqual([100, 300, 700, 1_500, 3_100, 6_300, 12_700, 25_500, 51_100, 81_100, 111_100]);
    expect(new Set(cast.taken())).toEqual(new Set(['+Cache']));
    delete cast.starts.Cache;
    await cast.advance(30_000);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running' });
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('that crashes is restarted alone; what depends on it is told and keeps its timers', async () => {
    const ticks: number[] = [];
    const api = { tasks: [timer(10)], work: () => ticks.push(cast.clock.now()) };
    const cast: Cast = new Cast(CHAIN, {}, { Cache: optional, Api: api });
    await cast.start();
    await cast.crash('Cache');
    await cast.advance(100);
    expect(cast.taken()).toEqual(['-Cache', '+Cache']);
    expect(ticks).toHaveLength(10);
    const told = cast.recorder.events.filter(({ kind }) => kind.startsWith('service:dependency'));
    expect(told).toMatchObject([
      { kind: 'service:dependencyDown', service: 'Api', dependency: 'Cache' },
      { kind: 'service:dependencyUp', service: 'Api', dependency: 'Cache' },
    ]);
    await cast.lifecycle.stopAll();
  });

  it('makes the application degraded, never unready', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Cache = refused;
    await cast.start();
    expect(cast.lifecycle.health()).toEqual({
      live: true,
      started: true,
      ready: true,
      reasons: [],
      degraded: ['Api <- Cache restarting, try 1, next try in 100 ms'],
    });
    await cast.advance(100);
    expect(cast.lifecycle.health().degraded).toEqual(['Api <- Cache restarting, try 2, next try in 200 ms']);
    delete cast.starts.Cache;
    await cast.advance(200);
    expect(cast.lifecycle.health()).toMatchObject({ ready: true, degraded: [] });
    await cast.lifecycle.stopAll();
  });

  it('that crashes during the start does not fail it', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Api = takes(100);
    const start = cast.lifecycle.startAll();
    await cast.advance(50);
    await cast.crash('Cache');
    expect(cast.state('Cache')).toBe('crashed');
    await cast.advance(50);
    await start;
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'restarting' });
    await cast.advance(100);
    expect(cast.taken()).toEqual(['+Db', '+Mail', '+Cache', '+Api', '-Cache', '+Cache']);
    await cast.lifecycle.stopAll();
  });

  it('that crashes in the middle of its own start does not fail the others’', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Cache = takes(100);
    const start = cast.lifecycle.startAll();
    await cast.advance(50);
    await cast.crash('Cache');
    expect(cast.state('Api')).toBe('running');
    // The hook that is under way is awaited before anything of it is taken down.
    expect(cast.state('Cache')).toBe('crashed');
    await cast.advance(50);
    await start;
    expect(cast.state('Cache')).toBe('restarting');
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('whose onStarted fails does not fail the start', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.started.Cache = { kind: 'rejects', ms: 10, thrown: new Error('no') };
    const start = cast.lifecycle.startAll();
    await cast.advance(10);
    await start;
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'restarting' });
    delete cast.started.Cache;
    await cast.advance(100);
    expect(cast.state('Cache')).toBe('running');
    await cast.lifecycle.stopAll();
  });

  it('that crashes while others start does not call that off', async () => {
    const cast = new Cast({ ...CHAIN, New: ['Cache'] }, {}, { Cache: optional });
    await cast.lifecycle.startAll({ only: ['Api'] });
    cast.starts.New = takes(100);
    const start = cast.lifecycle.startAll();
    await cast.advance(50);
    await cast.crash('Cache');
    await cast.advance(50);
    await start;
    expect(cast.states).toMatchObject({ Cache: 'restarting', New: 'running' });
    await cast.lifecycle.stopAll();
  });

  it('that is down holds nobody up who comes back from a restart', async () => {
    const cast = new Cast(
      { Api: ['Cache', 'Db'], Cache: ['Db'], Db: [] },
      { supervision: 'restForGraph' },
      { Cache: optional },
    );
    await cast.start();
    cast.starts.Cache = refused;
    await cast.crash('Db');
    await cast.advance(100);
    expect(cast.states).toEqual({ Api: 'running', Cache: 'restarting', Db: 'running' });
    await cast.advance(100_000);
    expect(cast.restarts).toMatchObject({ Api: 1, Db: 1 });
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('is given a first try in a restart, which what depends on it waits for', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }, { Cache: optional }).start();
    cast.starts.Cache = takes(50);
    await cast.crash('Db');
    await cast.advance(49);
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'starting', Db: 'running' });
    await cast.advance(1);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running' });
  });

  it('that waits for its next try has it now, when somebody starts or restarts', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Cache = refused;
    await cast.start();
    delete cast.starts.Cache;
    await cast.lifecycle.startAll();
    expect(cast.state('Cache')).toBe('running');
    cast.starts.Cache = refused;
    await cast.crash('Cache');
    await cast.advance(100);
    delete cast.starts.Cache;
    await cast.lifecycle.restart('Cache');
    expect(cast.state('Cache')).toBe('running');
    expect(cast.state('Api')).toBe('running');
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('that had its try in a start that failed goes on being tried, and what runs without it runs on', async () => {
    const cast = new Cast({ ...CHAIN, New: ['Db'] }, {}, { Cache: optional });
    cast.starts.Cache = refused;
    await cast.lifecycle.startAll({ only: ['Api'] });
    for (const behaviour of [refused, takes(0), takes(10), { kind: 'hangs' } as const]) {
      cast.starts.Cache = behaviour;
      cast.starts.New = { kind: 'rejects', ms: 5, thrown: new Error('never mind') };
      const start = cast.lifecycle.startAll().catch((error: { code: string }) => error.code);
      await cast.advance(100_000);
      expect(await start).toBe('LIFECYCLE_START_FAILED');
      expect(cast.state('Api')).toBe('running');
      cast.starts.Cache = takes(0);
      await cast.advance(100_000);
      expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running', New: 'crashed' });
      cast.starts.Cache = refused;
      await cast.crash('Cache');
      await cast.advance(100);
      expect(cast.state('Cache')).toBe('restarting');
    }
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('fulfils running() with the try that succeeds, and a stop ends the wait', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: optional });
    cast.starts.Cache = refused;
    const start = cast.lifecycle.startAll();
    await quiescence();
    const running = cast.lifecycle.running('Cache');
    await start;
    await cast.advance(200);
    delete cast.starts.Cache;
    await cast.advance(200);
    await running;
    cast.starts.Cache = refused;
    await cast.crash('Cache');
    const ended = expect(cast.lifecycle.running('Cache')).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
    await cast.lifecycle.stopAll();
    await ended;
  });

  it('may say itself how it is supervised; given up, it leaves up who does without it', async () => {
    const cast = new Cast(CHAIN, {}, { Cache: { ...optional, supervised: { strategy: 'giveUp' } } });
    cast.starts.Cache = refused;
    await cast.start();
    cast.lifecycle.done.catch(() => {});
    expect(cast.states).toEqual({ Api: 'running', Cache: 'crashed', Db: 'running', Mail: 'running' });
    expect(cast.actions).toEqual(['Cache: Cache is given up']);
    expect(cast.lifecycle.health()).toMatchObject({ ready: true, degraded: ['Api <- Cache crashed'] });
    await cast.crash('Db');
    expect(cast.lifecycle.state).toBe('crashed');
  });

  it('given up, is tried again with what it needs, and stays down while that cannot all run', async () => {
    const giveUp = { supervised: { strategy: 'giveUp' } } as const;
    const cast = new Cast(
      { Report: ['Db', 'Mail'], Db: [], Mail: [] },
      { supervision: atOnce },
      { Report: { ...optional, ...giveUp }, Mail: giveUp },
    );
    await cast.start();
    await cast.crash('Report');
    expect(cast.state('Report')).toBe('crashed');
    await cast.crash('Db');
    expect(cast.states).toEqual({ Report: 'running', Db: 'running', Mail: 'running' });
    await cast.crash('Report');
    await cast.crash('Mail');
    await cast.crash('Db');
    expect(cast.states).toEqual({ Report: 'crashed', Db: 'running', Mail: 'crashed' });
    expect(cast.actions.at(-1)).toMatch('Db is restarted');
    await cast.lifecycle.stopAll();
  });

  it('that crashed in a life before is none of what restarts in this one', async () => {
    const cast = new Cast(
      CHAIN,
      { supervision: atOnce },
      { Cache: { ...optional, supervised: { strategy: 'giveUp' } } },
    );
    await cast.start();
    await cast.crash('Cache');
    await cast.lifecycle.stopAll();
    await cast.lifecycle.startAll({ only: ['Db'] });
    await cast.crash('Db');
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'crashed', Db: 'running', Mail: 'stopped' });
    await cast.lifecycle.stopAll();
  });
});
