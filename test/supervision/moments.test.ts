import { describe, expect, it } from 'vitest';
import { StopError } from '../../src/errors.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';

const refused = { kind: 'throws', thrown: new Error('refused') } as const;
const hangs = { kind: 'hangs' } as const;

/** Once everything that was asked for is over: nothing runs, and no timer is left. */
function expectAllDown(cast: Cast): void {
  expect(new Set(Object.values(cast.states))).toEqual(new Set(['stopped']));
  expect(cast.clock.pending).toBe(0);
}

describe('a stop overtakes a restart', () => {
  it('while what is restarted stops', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.stops.Cache = takes(100);
    await cast.crash('Db');
    expect(cast.states).toEqual({ Api: 'restarting', Cache: 'stopping', Db: 'crashed', Mail: 'running' });
    const stop = cast.lifecycle.stopAll();
    await cast.advance(100);
    await expect(stop).resolves.toMatchObject({ errors: [] });
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Mail', '-Db']);
    expectAllDown(cast);
    expect(cast.lifecycle.state).toBe('stopped');
  });

  it('while what is restarted stops, and tells what goes wrong in that and how long it took', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.stops.Cache = { kind: 'rejects', ms: 100, thrown: new Error('not written') };
    cast.stops.Db = hangs;
    await cast.crash('Db');
    await cast.advance(40);
    cast.lifecycle.requestStop('enough', { timeout: '1s' });
    await cast.advance(60);
    await cast.advance(940);
    const report = await cast.lifecycle.done;
    expect(report.errors).toMatchObject([
      { message: 'Cache.onStop failed: not written' },
      { code: 'LIFECYCLE_HOOK_TIMEOUT', data: { service: 'Db' } },
    ]);
    expect(report.entries).toMatchObject([
      { name: 'Mail', waited: 0, took: 0 },
      { name: 'Cache', waited: 0, took: 60 },
      { name: 'Db', waited: 60, took: 940, after: ['Cache'] },
    ]);
    expectAllDown(cast);
  });

  it('while it waits', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Db');
    await cast.advance(50);
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'restarting', Db: 'restarting' });
    await cast.lifecycle.stopAll();
    expectAllDown(cast);
    await cast.advance(1_000);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '-Mail']);
  });

  it('while it starts: the signal aborts, and what had started is stopped', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Cache = { kind: 'heeds', ms: 10_000 };
    await cast.crash('Db');
    expect(cast.states).toMatchObject({ Api: 'restarting', Cache: 'starting', Db: 'running' });
    await cast.lifecycle.stopAll();
    expect(cast.clock.now()).toBe(0);
    expectAllDown(cast);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '-Mail', '-Db']);
  });

  it('between a restart that failed and the next, and tells of the failure', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Db = refused;
    cast.lifecycle.on((event) => {
      if (event.kind === 'service:crashed' && event.from === 'starting') cast.lifecycle.requestStop();
    });
    await cast.crash('Db');
    const { errors } = await cast.lifecycle.done;
    expect(errors).toMatchObject([{ code: 'LIFECYCLE_CRASHED', message: 'Db crashed: Db.onStart failed: refused' }]);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '-Mail']);
    expect(cast.state('Db')).toBe('crashed');
    expect(cast.lifecycle.state).toBe('stopped');
    expect(cast.clock.pending).toBe(0);
  });

  it('as soon as it is told of', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'oneForOne' }).start();
    cast.lifecycle.on(({ kind }) => {
      if (kind === 'incident') cast.lifecycle.requestStop();
    });
    await cast.crash('Db');
    await cast.lifecycle.done;
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'stopped', Db: 'crashed', Mail: 'stopped' });
    expect(cast.recorder.services('service:dependencyDown')).toEqual([]);
    expect(cast.clock.pending).toBe(0);
  });

  it.each(['service:stopping', 'service:restarting', 'service:starting', 'service:running'] as const)(
    'in the middle of a step: %s',
    async (kind) => {
      const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
      cast.lifecycle.on((event) => {
        if (event.kind === kind && event.service === 'Cache') cast.lifecycle.requestStop();
      });
      await cast.crash('Db');
      await cast.lifecycle.done;
      const down = Object.entries(cast.states).map(([name, state]) => [name, state === 'crashed' ? 'stopped' : state]);
      expect(new Set(down.map(([, state]) => state))).toEqual(new Set(['stopped']));
      expect(cast.lifecycle.state).toBe('stopped');
      for (const name of ['Api', 'Cache', 'Db']) {
        const lives = cast.log.filter((line) => line === `+${name}`).length + 1;
        expect(
          cast.log.filter((line) => line === `-${name}`),
          name,
        ).toHaveLength(lives);
      }
      expect(cast.clock.pending).toBe(0);
    },
  );

  it('and a start that comes after it finds everything as ever', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    await cast.crash('Db');
    await cast.lifecycle.stopAll();
    await cast.lifecycle.startAll();
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
    await cast.advance(1_000);
    expect(cast.log.filter((line) => line === '+Db')).toHaveLength(1);
    await cast.lifecycle.stopAll();
    expectAllDown(cast);
  });
});

describe('a crash', () => {
  it('during the start fails the start, whatever the supervisor would do', async () => {
    const cast = new Cast(CHAIN, { supervision: atOnce }, { Db: { supervised: atOnce } });
    cast.starts.Api = takes(10);
    const start = cast.lifecycle.startAll();
    start.catch(() => {});
    await cast.advance(5);
    cast.fail('Db');
    await cast.advance(5);
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_FAILED', data: { service: 'Db' } });
    expect(cast.actions).toEqual([]);
    expect(cast.states).toEqual({ Api: 'stopped', Cache: 'stopped', Db: 'crashed', Mail: 'stopped' });
  });

  it('during the stop is collected, and nothing is restarted', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.stops.Api = takes(10);
    const stop = cast.lifecycle.stopAll();
    stop.catch(() => {});
    await cast.advance(5);
    cast.fail('Db');
    cast.fail('Api', 'in its own stop');
    await cast.advance(5);
    await expect(stop).rejects.toBeInstanceOf(StopError);
    const { errors } = await cast.lifecycle.done;
    expect(errors.map(({ message }) => message)).toEqual(['lost', 'in its own stop']);
    expect(cast.state('Db')).toBe('crashed');
    expect(cast.taken()).toEqual(['-Api', '-Mail', '-Cache', '-Db']);
  });

  it('of what is about to be stopped for a restart anyway is part of that, and counts once', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.stops.Api = takes(100);
    cast.fail('Db');
    cast.fail('Cache', 'for want of Db');
    await cast.advance(50);
    await cast.crash('Api', 'in its own stop');
    await cast.advance(50);
    expect(cast.actions).toEqual([
      'Db: Db, Cache, Api are restarted (restForGraph, 1 of 3)',
      'Cache: nothing is done, since it is being stopped already',
      'Api: nothing is done, since it is stopping',
    ]);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 1, Db: 1, Mail: 0 });
  });

  it('of a dependency while dependents stop for a restart takes them along', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.stops.Api = takes(100);
    await cast.crash('Cache');
    await cast.advance(50);
    await cast.crash('Db');
    await cast.advance(50);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.actions).toEqual([
      'Cache: Cache, Api are restarted (restForGraph, 1 of 3)',
      'Db: Db, Cache, Api are restarted (restForGraph, 2 of 3)',
    ]);
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
  });

  it('of a dependency while dependents wait: they wait for it, and their own wait goes on', async () => {
    const supervised = (initial: number) => ({ supervised: { backoff: { initial } } });
    const cast = await new Cast(CHAIN, {}, { Cache: supervised(1_000), Db: supervised(300) }).start();
    await cast.crash('Cache');
    await cast.advance(500);
    await cast.crash('Db');
    cast.taken();
    await cast.advance(300);
    expect(cast.taken()).toEqual(['+Db']);
    await cast.advance(199);
    expect(cast.taken()).toEqual([]);
    await cast.advance(1);
    expect(cast.taken()).toEqual(['+Cache', '+Api']);
  });

  it('of a dependency while a dependent waits, and another one takes long to stop: the one that waits does not come before', async () => {
    const needs = { Api: ['Cache'], Slow: ['Cache'], Cache: ['Db'], Db: [] };
    const api = { supervised: { backoff: { initial: 50 } } };
    const cast = await new Cast(needs, { supervision: atOnce }, { Api: api }).start();
    cast.stops.Slow = takes(100);
    await cast.crash('Api');
    await cast.crash('Db');
    await cast.advance(99);
    // Cache runs still, but not for long.
    expect(cast.states).toEqual({ Api: 'restarting', Cache: 'running', Db: 'crashed', Slow: 'stopping' });
    await cast.advance(1);
    expect(cast.taken()).toEqual(['-Api', '-Slow', '-Cache', '-Db', '+Db', '+Cache', '+Api', '+Slow']);
  });

  it('of a dependency while dependents start: their start is called off', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Cache = { kind: 'heeds', ms: 1_000 };
    await cast.crash('Cache');
    cast.taken();
    await cast.advance(500);
    delete cast.starts.Cache;
    await cast.crash('Db');
    expect(cast.taken()).toEqual(['-Db', '+Db', '+Cache', '+Api']);
    expect(cast.clock.now()).toBe(500);
    expect(cast.clock.pending).toBe(0);
  });

  it('while it starts again, by its own doing, is one more', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Cache = takes(100);
    await cast.crash('Cache');
    await cast.advance(50);
    cast.fail('Cache', 'again');
    await cast.advance(50);
    expect(cast.state('Cache')).toBe('starting');
    delete cast.starts.Cache;
    await cast.advance(100);
    expect(cast.restarts).toEqual({ Api: 1, Cache: 2, Db: 0, Mail: 0 });
    expect(cast.actions.map((action) => action.slice(-7))).toEqual(['1 of 3)', '2 of 3)']);
  });

  it('in onStarted of a restart is one more', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.started.Cache = { kind: 'rejects', ms: 10, thrown: new Error('not so fast') };
    await cast.crash('Cache');
    expect(cast.state('Api')).toBe('running');
    delete cast.started.Cache;
    await cast.advance(10);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '+Cache', '+Api', '-Api', '-Cache', '+Cache', '+Api']);
    expect(cast.restarts).toMatchObject({ Api: 2, Cache: 2 });
  });

  it('in the same moment as another one that shares nothing with it: both restart at the same time', async () => {
    const cast = await new Cast(
      { A: [], B: [], AB: ['A', 'B'] },
      { supervision: { strategy: 'oneForOne', ...atOnce } },
    ).start();
    cast.stops.A = takes(1_000);
    cast.fail('A');
    cast.fail('B');
    await quiescence();
    expect(cast.states).toEqual({ A: 'stopping', AB: 'running', B: 'running' });
    await cast.advance(1_000);
    expect(cast.states).toEqual({ A: 'running', AB: 'running', B: 'running' });
  });

  it('in the same moment as another one below the same dependent: that one waits for both', async () => {
    const cast = await new Cast({ A: [], B: [], AB: ['A', 'B'] }, { supervision: atOnce }).start();
    cast.starts.A = takes(100);
    cast.starts.B = takes(300);
    cast.fail('A');
    cast.fail('B');
    await cast.advance(299);
    expect(cast.states).toEqual({ A: 'running', AB: 'restarting', B: 'starting' });
    await cast.advance(1);
    expect(cast.taken()).toEqual(['-AB', '-A', '-B', '+A', '+B', '+AB']);
    expect(cast.restarts).toEqual({ A: 1, AB: 1, B: 1 });
  });

  it('for want of one that is given up is no incident of its own', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }, { Api: { supervised: atOnce } }).start();
    cast.fail('Cache');
    await cast.crash('Api', 'for want of Cache');
    expect(cast.actions).toEqual(['Cache: Cache, Api are given up', 'Api: nothing is done, since it is crashed']);
    expect(cast.states).toEqual({ Api: 'crashed', Cache: 'crashed', Db: 'running', Mail: 'running' });
  });

  it('of what runs, in the moment in which a start is about to build on it', async () => {
    const cast = new Cast({ Api: ['Db'], Db: [], Mail: [] });
    await cast.lifecycle.startAll({ only: ['Api'] });
    const crashed = cast.crashed();
    cast.lifecycle.on((event) => {
      if (event.kind === 'service:running' && event.service === 'Mail') cast.fail('Db');
    });
    await Promise.allSettled([cast.lifecycle.startAll(), cast.lifecycle.startAll({ only: ['Api'] })]);
    expect((await crashed).message).toBe('Db crashed: lost');
    // The start that was asked for last comes after the stop.
    expect(cast.log.filter((line) => line.endsWith('Db'))).toEqual(['+Db', '-Db', '+Db']);
  });

  it('after an incident that gave it up is only told', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    await cast.crash('Cache');
    await cast.crash('Api', 'too late');
    expect(cast.actions).toEqual(['Cache: Cache, Api are given up', 'Api: nothing is done, since it is stopped']);
  });

  it('with something that is not an Error counts as well', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.contextOf('Mail').crash('just a text');
    await quiescence();
    expect(cast.taken()).toEqual(['-Mail', '+Mail']);
  });
});

describe('hooks that hang in a restart', () => {
  it('on the way down: stopTimeout, then the restart goes on', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }, { Api: { stopTimeout: '2s' } }).start();
    cast.stops.Api = hangs;
    await cast.crash('Cache');
    await cast.advance(1_999);
    expect(cast.taken()).toEqual(['-Api']);
    delete cast.stops.Api;
    await cast.advance(1);
    expect(cast.taken()).toEqual(['-Cache', '+Cache', '+Api']);
    expect(cast.recorder.services('step:abandoned')).toEqual(['Api']);
  });

  it('on the way down, with no limit of their own: the budget of a stop', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce, stopTimeout: '10s' }).start();
    cast.stops.Api = hangs;
    await cast.crash('Cache');
    await cast.advance(9_000);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running' });
  });

  it('on the way up: startTimeout, and that is one more crash', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }, { Cache: { startTimeout: '2s' } }).start();
    cast.starts.Cache = hangs;
    await cast.crash('Cache');
    await cast.advance(1_999);
    expect(cast.state('Cache')).toBe('starting');
    delete cast.starts.Cache;
    await cast.advance(1);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running' });
    expect(cast.actions[1]).toContain('Cache, Api are restarted (restForGraph, 2 of 3)');
    await cast.lifecycle.stopAll();
    expectAllDown(cast);
  });

  it('on the way up, as a stop comes: the stop waits for them no longer than its budget', async () => {
    const cast = await new Cast(CHAIN, { supervision: atOnce }).start();
    cast.starts.Cache = hangs;
    await cast.crash('Cache');
    const stop = cast.lifecycle.stopAll({ timeout: '4s' }).catch((error: StopError) => error.message);
    await cast.advance(4_000);
    expect(await stop).toContain('Cache.onStart had not settled after');
    expectAllDown(cast);
  });
});

describe('a start that comes meanwhile', () => {
  it('waits for the restart, its back-off included', async () => {
    const cast = new Cast({ ...CHAIN, New: ['Cache'] }, { supervision: 'restForGraph' });
    await cast.lifecycle.startAll({ only: ['Api'] });
    cast.taken();
    await cast.crash('Db');
    const start = cast.lifecycle.startAll();
    await cast.advance(99);
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db']);
    await cast.advance(1);
    await start;
    expect(cast.taken()).toEqual(['+Db', '+Cache', '+Api', '+Mail', '+New']);
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
  });

  it('is called off by the crash of what it builds on; that is restarted, and nothing else is left behind', async () => {
    const cast = new Cast({ ...CHAIN, New: ['Cache'] }, { supervision: atOnce });
    await cast.lifecycle.startAll({ only: ['Api'] });
    cast.starts.New = takes(100);
    const start = cast.lifecycle.startAll();
    start.catch(() => {});
    await cast.advance(50);
    cast.fail('Db');
    await cast.advance(50);
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await cast.advance(1_000);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running', Db: 'running', New: 'stopped' });
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('is called off as well where what it builds on is stopped with another one', async () => {
    const io = { supervised: { group: 'io' } };
    const needs = { X: [], M: [], Slow: [], New: ['M', 'Slow'] };
    const cast = new Cast(needs, { supervision: { groups: { io: atOnce } } }, { X: io, M: io });
    await cast.lifecycle.startAll({ only: ['X', 'M'] });
    cast.starts.Slow = takes(100);
    cast.stops.M = takes(100);
    const start = cast.lifecycle.startAll();
    start.catch(() => {});
    await cast.advance(50);
    await cast.crash('X');
    await cast.advance(1_000);
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    expect(cast.log).not.toContain('+New');
    expect(cast.states).toMatchObject({ X: 'running', M: 'running', Slow: 'stopped' });
    delete cast.stops.M;
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('asked for by a listener that hears of the crash waits too', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    let again: Promise<unknown> | undefined;
    cast.lifecycle.on(({ kind }) => {
      if (kind === 'service:crashed') again ??= cast.lifecycle.startAll();
    });
    await cast.crash('Db');
    await cast.advance(100);
    await again;
    expect(cast.taken()).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
  });
});
