import { describe, expect, it } from 'vitest';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN, type Part } from '../support/cast.ts';
import { background, timer } from '../support/tasks.ts';

/** A service with background work that comes to its end after a while. */
function worker(
  ms: number,
  type: 'permanent' | 'transient' | 'temporary',
  more: Partial<Part['supervised']> = {},
): Part {
  return {
    supervised: { type, ...atOnce, ...more },
    tasks: [background()],
    work: ({ sleep }) => sleep(ms),
  };
}

describe('a transient service', () => {
  it('is restarted when it crashes, and may come to its end', async () => {
    const cast = await new Cast({ Job: [] }, {}, { Job: worker(10, 'transient') }).start();
    await cast.crash('Job');
    expect(cast.taken()).toEqual(['-Job', '+Job']);
    await cast.advance(100);
    expect(cast.taken()).toEqual([]);
    expect(cast.state('Job')).toBe('running');
    expect(cast.lifecycle.tasks.get('Job.work').state).toBe('done');
  });
});

describe('a permanent service', () => {
  it('is restarted when its background work has come to its end, and that counts', async () => {
    const cast = await new Cast({ Job: [], User: ['Job'] }, {}, { Job: worker(10, 'permanent') }).start();
    await cast.advance(10);
    expect(cast.taken()).toEqual(['-User', '-Job', '+Job', '+User']);
    await cast.advance(20);
    expect(cast.restarts).toEqual({ Job: 3, User: 3 });
    expect(cast.actions[0]).toBe('Job: Job, User are restarted (restForGraph, 1 of 3)');
    const crashed = cast.crashed();
    await cast.advance(10);
    expect((await crashed).message).toContain('Job: its work has come to an end');
    expect(cast.state('Job')).toBe('stopped');
  });

  it('goes on as long as any of its work does', async () => {
    const part = worker(10, 'permanent');
    const cast = await new Cast(
      { Job: [] },
      {},
      { Job: { ...part, tasks: [background(), timer(1_000, { name: 'tick' })] } },
    ).start();
    await cast.advance(500);
    expect(cast.taken()).toEqual([]);
    const other = await new Cast({ Job: [] }, {}, { Job: part }).start();
    other.contextOf('Job').spawn(({ sleep }) => sleep(100));
    await other.advance(99);
    expect(other.taken()).toEqual([]);
    await other.advance(1);
    expect(other.taken()).toEqual(['-Job', '+Job']);
  });

  it('whose work has come to its end while others start is restarted once they run', async () => {
    const cast = new Cast({ Job: [], Slow: [] }, {}, { Job: worker(10, 'permanent') });
    cast.starts.Slow = takes(50);
    const start = cast.start();
    await cast.advance(45);
    expect(cast.taken()).toEqual(['+Job', '+Slow']);
    await cast.advance(5);
    await start;
    expect(cast.restarts).toEqual({ Job: 1, Slow: 0 });
    expect(cast.actions).toEqual(['Job: Job is restarted (restForGraph, 1 of 3)']);
    await cast.lifecycle.stopAll();
  });

  it('without tasks has no work that could come to an end, whatever it spawns', async () => {
    const cast = await new Cast({ Db: [] }, {}, { Db: { supervised: { type: 'permanent' } } }).start();
    await cast.contextOf('Db').spawn(() => {}).finished;
    await quiescence();
    expect(cast.taken()).toEqual([]);
  });

  it('is not restarted by a stop', async () => {
    const cast = await new Cast({ Job: [] }, {}, { Job: worker(10, 'permanent') }).start();
    cast.stops.Job = takes(20);
    const stop = cast.lifecycle.stopAll();
    await cast.advance(30);
    await stop;
    expect(cast.taken()).toEqual(['-Job']);
  });
});

describe('a temporary service', () => {
  it('is not restarted, and what depends on it stays down with it', async () => {
    const parts = { Cache: { supervised: { type: 'temporary' } } } as const;
    const cast = await new Cast(CHAIN, { supervision: atOnce }, parts).start();
    await cast.crash('Cache');
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'crashed', Db: 'running', Mail: 'running' });
    expect(cast.actions).toEqual(['Cache: Cache, Api are given up']);
  });

  it('that goes down with what it needs does not come up again either', async () => {
    const parts = { Cache: { supervised: { type: 'temporary' } } } as const;
    const cast = await new Cast({ ...CHAIN, Web: ['Db'] }, { supervision: atOnce }, parts).start();
    await cast.crash('Db');
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'stopped', Db: 'running', Mail: 'running', Web: 'running' });
    expect(cast.actions).toEqual(['Db: Db, Web are restarted (restForGraph, 1 of 3)']);
    await cast.lifecycle.startAll();
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
  });

  it('of a group is left out when the others are restarted', async () => {
    const part = (type: 'temporary' | 'transient') => ({ supervised: { group: 'io', type } });
    const parts = { Db: part('transient'), Mail: part('temporary') };
    const cast = await new Cast(CHAIN, { supervision: { groups: { io: atOnce } } }, parts).start();
    await cast.crash('Db');
    expect(cast.states).toEqual({ Api: 'running', Cache: 'running', Db: 'running', Mail: 'stopped' });
  });
});

describe('a significant service', () => {
  it('ends the application when its work is done, and that is no crash', async () => {
    const cast = await new Cast(CHAIN, {}, { Mail: worker(10, 'transient', { significant: true }) }).start();
    const reasons: unknown[] = [];
    cast.lifecycle.on((event) => {
      if (event.kind === 'app:stopping') reasons.push(event.reason);
    });
    await cast.advance(10);
    await expect(cast.lifecycle.done).resolves.toMatchObject({ errors: [] });
    expect(reasons).toEqual([{ kind: 'ended', service: 'Mail' }]);
    expect(cast.lifecycle.state).toBe('stopped');
    expect(cast.clock.pending).toBe(0);
  });

  it('ends it once all run, where its work was done before that', async () => {
    const cast = new Cast({ ...CHAIN, Slow: [] }, {}, { Mail: worker(10, 'transient', { significant: true }) });
    cast.starts.Slow = takes(50);
    const start = cast.start();
    await cast.advance(45);
    expect(cast.lifecycle.state).toBe('starting');
    await cast.advance(5);
    await start;
    await cast.lifecycle.done;
    expect(cast.lifecycle.state).toBe('stopped');
  });

  it('does not end it where it has work again by the time that all run', async () => {
    const cast = new Cast({ Mail: [], Slow: [] }, {}, { Mail: { supervised: { significant: true } } });
    cast.starts.Slow = takes(50);
    const start = cast.start();
    await cast.advance(0);
    for (let count = 0; count < 2; count++) cast.contextOf('Mail').spawn(({ sleep }) => sleep(10));
    await cast.advance(40);
    cast.contextOf('Mail').spawn(({ sleep }) => sleep(60));
    await cast.advance(59);
    await start;
    expect(cast.lifecycle.state).toBe('running');
    await cast.advance(1);
    await cast.lifecycle.done;
    expect(cast.lifecycle.state).toBe('stopped');
  });

  it('ends it when what it has spawned is done', async () => {
    const cast = await new Cast(CHAIN, {}, { Mail: { supervised: { significant: true } } }).start();
    cast.contextOf('Mail').spawn(({ sleep }) => sleep(10));
    cast.contextOf('Mail').spawn(({ sleep }) => sleep(20));
    await cast.advance(19);
    expect(cast.lifecycle.state).toBe('running');
    await cast.advance(1);
    await cast.lifecycle.done;
    expect(cast.lifecycle.state).toBe('stopped');
  });

  it('is restarted like any other, and ends the application when it is not', async () => {
    const part = (supervised: Part['supervised']) => ({
      Mail: { supervised: { significant: true, ...atOnce, ...supervised } },
    });
    const restarted = await new Cast(CHAIN, {}, part({ restart: { max: 1 } })).start();
    await restarted.crash('Mail');
    expect(restarted.state('Mail')).toBe('running');
    const temporary = await new Cast(CHAIN, {}, part({ type: 'temporary' })).start();
    const crashed = temporary.crashed();
    await temporary.crash('Mail');
    expect((await crashed).message).toBe('Mail crashed: lost');
  });

  it('that goes down for good with what it needs ends the application as well', async () => {
    const parts = { Api: { supervised: { significant: true } }, Db: { supervised: { strategy: 'giveUp' } } } as const;
    const cast = await new Cast(CHAIN, {}, parts).start();
    const crashed = cast.crashed();
    await cast.crash('Db');
    expect((await crashed).message).toBe('Db crashed: lost');
    expect(cast.actions).toEqual(['Db: the application is stopped']);
  });

  it('that was never started does not count', async () => {
    const parts = { Api: { supervised: { significant: true } }, Db: { supervised: { strategy: 'giveUp' } } } as const;
    const cast = new Cast(CHAIN, {}, parts);
    await cast.lifecycle.startAll({ only: ['Cache'] });
    await cast.crash('Db');
    expect(cast.lifecycle.state).toBe('running');
    expect(cast.states).toEqual({ Cache: 'stopped', Db: 'crashed' });
  });
});
