import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';

const refused = { kind: 'throws', thrown: new Error('refused') } as const;

/** What became of a promise so far. */
async function soFar(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    promise.then(
      () => 'fulfilled',
      (error: { code?: string }) => error.code,
    ),
    quiescence().then(() => 'pending'),
  ]);
}

describe('restart(ref)', () => {
  it('of what waits after a crash has it begin at once, and counts as no incident', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Db');
    cast.taken();
    const report = await cast.lifecycle.restart('Db');
    expect(cast.clock.now()).toBe(0);
    expect(cast.taken()).toEqual(['+Db', '+Cache', '+Api']);
    expect(report.entries.map(({ name }) => name)).toEqual(['Db', 'Cache', 'Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 0 });
    expect(cast.actions).toHaveLength(1);
    expect(cast.lifecycle.health().ready).toBe(true);
    expect(cast.clock.pending).toBe(0);
  });

  it('of what waits has the rest of its wait count as time that it runs', async () => {
    const supervised = { restart: { max: 1, within: '1m' }, backoff: { initial: '10m', max: '10m' } } as const;
    const actionAfter = async (ms: number): Promise<string | undefined> => {
      const cast = await new Cast({ Db: [] }, {}, { Db: { supervised } }).start();
      cast.lifecycle.done.catch(() => {});
      await cast.crash('Db');
      await cast.advance(1_000);
      await cast.lifecycle.restart('Db');
      await cast.advance(ms);
      await cast.crash('Db');
      return cast.actions[1];
    };
    expect(await actionAfter(59_999)).toBe('Db: the application is stopped');
    expect(await actionAfter(60_000)).toBe('Db: Db is restarted in 10 m (restForGraph, 1 of 1)');
  });

  it('of what waits ends its wait, also where it then waits for what it needs', async () => {
    const backoff = (wait: '1m' | '10m') => ({ restart: { max: 1 }, backoff: { initial: wait, max: wait } });
    const parts = { Db: { supervised: backoff('1m') }, Cache: { supervised: backoff('10m') } };
    const cast = await new Cast({ Cache: ['Db'], Db: [] }, {}, parts).start();
    await cast.crash('Cache');
    await cast.crash('Db');
    const restart = cast.lifecycle.restart('Cache');
    await cast.advance(60_000);
    await restart;
    await cast.crash('Cache');
    expect(cast.actions.at(-1)).toBe('Cache: Cache is restarted in 10 m (restForGraph, 1 of 1)');
  });

  it('of what waits leaves up what stayed up meanwhile', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'oneForOne' }).start();
    await cast.crash('Db');
    cast.taken();
    await cast.lifecycle.restart('Db');
    expect(cast.taken()).toEqual(['+Db']);
    expect(cast.restarts).toEqual({ Api: 0, Cache: 0, Db: 1, Mail: 0 });
  });

  it('while a crash still takes it down waits for that, and there is one restart', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.stops.Db = takes(10);
    await cast.crash('Db');
    const restart = cast.lifecycle.restart('Db');
    await cast.advance(10);
    await restart;
    expect(cast.clock.now()).toBe(10);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 0 });
  });

  it('while a dependent waits takes it along', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Api');
    await cast.lifecycle.restart('Db');
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.clock.now()).toBe(0);
  });

  it('while it starts again waits until it runs, and restarts it once more', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Mail = takes(10);
    await cast.crash('Mail');
    const restart = cast.lifecycle.restart('Mail');
    await cast.advance(19);
    expect(await soFar(restart)).toBe('pending');
    await cast.advance(1);
    await restart;
    expect(cast.taken()).toEqual(['-Mail', '+Mail', '-Mail', '+Mail']);
  });

  it('is where a crash of what it restarts belongs, while that goes down', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.stops.Api = takes(10);
    const restart = cast.lifecycle.restart('Cache');
    await cast.advance(5);
    await cast.crash('Cache');
    await cast.advance(5);
    await restart;
    expect(cast.actions).toEqual(['Cache: nothing is done, since it is being stopped already']);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '+Cache', '+Api']);
  });

  it('waits for what it needs, if that crashes meanwhile', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.stops.Cache = takes(10);
    const restart = cast.lifecycle.restart('Cache');
    await cast.advance(5);
    await cast.crash('Db');
    await cast.advance(94);
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'restarting', Db: 'restarting' });
    expect(await soFar(restart)).toBe('pending');
    await cast.advance(6);
    await restart;
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 0 });
  });

  it('that fails is one more incident, and fulfils when the supervisor has brought it up', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.starts.Db = refused;
    const restart = cast.lifecycle.restart('Db');
    await quiescence();
    expect(cast.actions).toEqual(['Db: Db, Cache, Api are restarted in 100 ms (restForGraph, 1 of 3)']);
    expect(await soFar(restart)).toBe('pending');
    delete cast.starts.Db;
    await cast.advance(100);
    await restart;
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Db', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 2, Mail: 0 });
  });

  it('that fails and is given up rejects with the way to what did not come up', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    cast.starts.Cache = refused;
    const error = await cast.lifecycle.restart('Db').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'LIFECYCLE_START_FAILED',
      cause: refused.thrown,
      data: { service: 'Cache', path: ['Api', 'Cache'], rolledBack: ['Api'] },
    });
    expect((error as Error).message).toBe(
      'Cache.onStart failed: refused\n  needed by:   Api -> Cache\n  rolled back: Api',
    );
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'crashed', Db: 'running', Mail: 'running' });
    expect(cast.lifecycle.state).toBe('running');
  });

  it('that is followed by another one need not have come to an end: the second one cuts its wait short', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.starts.Db = refused;
    const first = cast.lifecycle.restart('Db');
    await quiescence();
    delete cast.starts.Db;
    await cast.lifecycle.restart('Db');
    await first;
    expect(cast.clock.now()).toBe(0);
  });

  it('waits for onStarted, and one that fails is one more incident', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.started.Db = { kind: 'rejects', ms: 10, thrown: new Error('no') };
    const restart = cast.lifecycle.restart('Db');
    await cast.advance(9);
    cast.started.Db = takes(10);
    await cast.advance(1);
    expect(await soFar(restart)).toBe('pending');
    await cast.advance(10);
    await restart;
    expect(cast.restarts).toMatchObject({ Db: 2 });
  });

  it('of what was given up starts it, and what it needs', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    await cast.crash('Db');
    await cast.lifecycle.restart('Cache');
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'running', Db: 'running', Mail: 'running' });
  });

  it('ends as the application does, when something else crashes', async () => {
    const cast = await new Cast(CHAIN).start();
    cast.starts.Db = takes(100);
    const restart = cast.lifecycle.restart('Db');
    const crashed = cast.crashed();
    restart.catch(() => {});
    await cast.advance(50);
    cast.fail('Mail');
    await cast.advance(50);
    await expect(restart).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    expect((await crashed).message).toBe('Mail crashed: lost');
  });
});

describe('running(ref)', () => {
  it('fulfils at once for what runs, and when a restart is through', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    expect(await soFar(cast.lifecycle.running('Api'))).toBe('fulfilled');
    await cast.crash('Db');
    const running = cast.lifecycle.running('Api');
    await cast.advance(99);
    expect(await soFar(running)).toBe('pending');
    await cast.advance(1);
    expect(await soFar(running)).toBe('fulfilled');
  });

  it('waits from the moment of the crash', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.stops.Api = takes(10);
    cast.fail('Db');
    const running = cast.lifecycle.running('Db');
    await cast.advance(99);
    expect(await soFar(running)).toBe('pending');
    await cast.advance(1);
    expect(await soFar(running)).toBe('fulfilled');
  });

  it('waits for a start, the first one and a later one', async () => {
    const cast = new Cast(CHAIN);
    for (const _ of ['first', 'second']) {
      cast.starts.Db = takes(10);
      const start = cast.lifecycle.startAll();
      await quiescence();
      const running = cast.lifecycle.running('Api');
      await cast.advance(9);
      expect(await soFar(running)).toBe('pending');
      await cast.advance(1);
      expect(await soFar(running)).toBe('fulfilled');
      await start;
      await cast.lifecycle.stopAll();
    }
  });

  it('rejects at once for what is down, and says why', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    await cast.crash('Cache');
    await expect(cast.lifecycle.running('Cache')).rejects.toMatchObject({
      code: 'LIFECYCLE_NOT_RUNNING',
      message:
        "Cache is crashed, and nobody is starting it; write await lifecycle.startAll() first, or lifecycle.restart('Cache')",
      data: { service: 'Cache', state: 'crashed' },
      cause: { message: 'lost' },
    });
    await expect(cast.lifecycle.running('Api')).rejects.toMatchObject({ data: { state: 'stopped' } });
    await cast.lifecycle.stopAll();
    await expect(cast.lifecycle.running('Mail')).rejects.toMatchObject({ data: { state: 'stopped' } });
  });

  it('rejects when what it waits for is given up, fails to start, or was not asked for', async () => {
    const cast = await new Cast(CHAIN, { supervision: { restart: { max: 1 }, backoff: { initial: '10ms' } } }).start();
    const crashed = cast.crashed();
    cast.starts.Db = refused;
    await cast.crash('Db');
    const given = cast.lifecycle.running('Api');
    given.catch(() => {});
    await cast.advance(10);
    await crashed;
    await expect(given).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
    const start = cast.lifecycle.startAll().catch(() => {});
    const failing = cast.lifecycle.running('Api');
    await expect(failing).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
    await start;
    cast.starts.Mail = takes(10);
    const part = cast.lifecycle.startAll({ only: ['Mail'] });
    const unasked = cast.lifecycle.running('Api');
    unasked.catch(() => {});
    await cast.advance(10);
    await part;
    await expect(unasked).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
    await cast.lifecycle.stopAll();
  });

  it('rejects when a stop takes away what it waits for', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Db');
    const running = cast.lifecycle.running('Db');
    const rejects = expect(running).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
    await cast.lifecycle.stopAll();
    await rejects;
  });

  it('is given up with its signal, and leaves nothing behind', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Db');
    const controller = new AbortController();
    const reason = new Error('no longer');
    const running = cast.lifecycle.running('Db', { signal: controller.signal });
    const rejects = expect(running).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort(reason);
    await rejects;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await expect(cast.lifecycle.running('Mail', { signal: controller.signal })).rejects.toBe(reason);
  });

  it('refuses what is not known', async () => {
    const cast = await new Cast(CHAIN).start();
    await expect(cast.lifecycle.running('Caceh')).rejects.toMatchObject({
      code: 'LIFECYCLE_UNKNOWN_REF',
      message: expect.stringContaining('Did you mean Cache?'),
    });
  });
});
