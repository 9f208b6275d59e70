/*
 * Mode's functional tests of services and supervisors, as behaviours of this package. Where Mode's own behaviour is a bug, it
 * is the mended one that is asked for: see docs/supervision.md.
 */
import { describe, expect, it } from 'vitest';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast } from '../support/cast.ts';

/** X, Y and Z under one supervisor, as in Mode's test_supervisor. */
const XYZ = { X: [], Y: [], Z: [] } as const;
const members = { supervised: { group: 'supervisor' } };

async function supervised(options: object): Promise<Cast> {
  const supervision = { groups: { supervisor: { ...atOnce, ...options } } };
  return new Cast(XYZ, { supervision }, { X: members, Y: members, Z: members }).start();
}

describe('OneForOneSupervisor', () => {
  it('restarts the one that crashed', async () => {
    const cast = await supervised({ strategy: 'oneForOne' });
    await cast.crash('X');
    expect(cast.taken()).toEqual(['-X', '+X']);
    expect(cast.restarts).toEqual({ X: 1, Y: 0, Z: 0 });
  });

  it('restarts each of several that crash at once', async () => {
    const cast = await supervised({ strategy: 'oneForOne' });
    for (const name of ['X', 'Y', 'Z']) cast.fail(name);
    await quiescence();
    expect(cast.restarts).toEqual({ X: 1, Y: 1, Z: 1 });
    expect(cast.states).toEqual({ X: 'running', Y: 'running', Z: 'running' });
  });

  it('max_restarts=3, over=60: there are 3, and the fourth crash ends it (Mode: 63 starts in 0.7 s)', async () => {
    const cast = await supervised({ strategy: 'oneForOne', restart: { max: 3, within: '60s' } });
    const crashed = cast.crashed();
    let starts = 0;
    while (cast.lifecycle.state === 'running') {
      await cast.crash('X');
      await cast.advance(10);
      starts = cast.taken().filter((line) => line === '+X').length + starts;
    }
    expect(starts).toBe(3);
    expect((await crashed).cause).toMatchObject({ code: 'LIFECYCLE_MAX_RESTARTS' });
  });

  it('max_restarts is over a window that slides', async () => {
    const cast = await supervised({ strategy: 'oneForOne', restart: { max: 3, within: '60s' } });
    for (let count = 0; count < 100; count++) {
      await cast.crash('X');
      await cast.advance(20_001);
    }
    expect(cast.restarts).toMatchObject({ X: 100 });
  });
});

describe('OneForAllSupervisor', () => {
  it('restarts all when one crashes', async () => {
    const cast = await supervised({ strategy: 'oneForAll' });
    await cast.crash('X');
    expect(cast.restarts).toEqual({ X: 1, Y: 1, Z: 1 });
  });

  it('counts one incident, not one for each sibling (Mode: three)', async () => {
    const cast = await supervised({ strategy: 'oneForAll', restart: { max: 3 } });
    for (let count = 0; count < 3; count++) await cast.crash('X');
    expect(cast.restarts).toEqual({ X: 3, Y: 3, Z: 3 });
    expect(cast.actions.at(-1)).toContain('3 of 3)');
    expect(cast.lifecycle.state).toBe('running');
  });

  it('counts once when all crash together', async () => {
    const cast = await supervised({ strategy: 'oneForAll', restart: { max: 1 } });
    for (const name of ['X', 'Y', 'Z']) cast.fail(name);
    await quiescence();
    expect(cast.restarts).toEqual({ X: 1, Y: 1, Z: 1 });
    expect(cast.lifecycle.state).toBe('running');
  });
});

describe('ForfeitOneForOneSupervisor', () => {
  it('gives up the one that crashed, and the others go on', async () => {
    const cast = await supervised({ strategy: 'giveUp' });
    await cast.crash('X');
    expect(cast.states).toEqual({ X: 'crashed', Y: 'running', Z: 'running' });
    expect(cast.taken()).toEqual(['-X']);
  });
});

describe('ForfeitOneForAllSupervisor', () => {
  it('gives up all when one crashes', async () => {
    const cast = await supervised({ strategy: 'giveUpAll' });
    await cast.crash('X');
    expect(cast.states).toEqual({ X: 'crashed', Y: 'stopped', Z: 'stopped' });
  });
});

describe('CrashingSupervisor', () => {
  it('does not restart: the crash is the application’s', async () => {
    const cast = await supervised({ strategy: 'escalate' });
    const crashed = cast.crashed();
    await cast.crash('X');
    expect((await crashed).message).toBe('X crashed: lost');
    expect(cast.states).toEqual({ X: 'crashed', Y: 'stopped', Z: 'stopped' });
  });
});

describe('a supervisor', () => {
  it('hears of a crash at once, with nothing that polls (Mode: within 5 s)', async () => {
    const cast = await supervised({ strategy: 'oneForOne' });
    expect(cast.clock.pending).toBe(0);
    await cast.crash('X');
    expect(cast.clock.now()).toBe(0);
    expect(cast.state('X')).toBe('running');
    expect(cast.clock.pending).toBe(0);
  });

  it('misses no crash that comes while it restarts another one (Mode: lost until the next poll)', async () => {
    const cast = await supervised({ strategy: 'oneForOne' });
    cast.starts.X = takes(5_000);
    await cast.crash('X');
    expect(cast.state('X')).toBe('starting');
    await cast.crash('Y');
    expect(cast.state('Y')).toBe('running');
    expect(cast.clock.now()).toBe(0);
    await cast.advance(5_000);
    expect(cast.restarts).toEqual({ X: 1, Y: 1, Z: 0 });
  });

  it('restarts many whose hooks take time at the same time (Mode: one after the other)', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `S${index}`);
    const cast = await new Cast(Object.fromEntries(names.map((name) => [name, []])), {
      supervision: { strategy: 'oneForOne', restart: { max: Number.POSITIVE_INFINITY }, ...atOnce },
    }).start();
    for (const name of names) {
      cast.starts[name] = takes(10);
      cast.stops[name] = takes(10);
      cast.fail(name);
    }
    await cast.advance(20);
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
    expect(new Set(Object.values(cast.restarts))).toEqual(new Set([1]));
  });

  it('stops with the application, and then restarts nothing', async () => {
    const cast = await supervised({ strategy: 'oneForOne' });
    await cast.lifecycle.stopAll();
    await cast.crash('X');
    expect(cast.states).toEqual({ X: 'stopped', Y: 'stopped', Z: 'stopped' });
    expect(cast.actions).toEqual(['X: nothing is done, since it is stopped']);
  });

  it('whose parent is another one hands its failure on, and that restarts it (Mode’s nested supervisors)', async () => {
    const groups = {
      inner: { strategy: 'oneForOne', restart: { max: 1 }, ...atOnce, parent: 'outer' },
      outer: { strategy: 'oneForAll', ...atOnce },
    } as const;
    const inner = { supervised: { group: 'inner' } };
    const parts = { X: inner, Y: inner, Z: { supervised: { group: 'outer' } } };
    const cast = await new Cast(XYZ, { supervision: { groups } }, parts).start();
    await cast.crash('X');
    expect(cast.restarts).toEqual({ X: 1, Y: 0, Z: 0 });
    await cast.crash('X');
    expect(cast.restarts).toEqual({ X: 2, Y: 1, Z: 1 });
    expect(cast.lifecycle.state).toBe('running');
  });
});

describe('a service', () => {
  it('that restarts says so: it was running, goes down, waits, and runs', async () => {
    const cast = await new Cast({ X: [] }, { supervision: 'restForGraph' }).start();
    cast.stops.X = takes(10);
    cast.starts.X = takes(10);
    const seen: string[] = [];
    cast.lifecycle.on((event) => {
      if (event.kind.startsWith('service:')) seen.push(event.kind.slice('service:'.length));
    });
    await cast.crash('X');
    expect(cast.lifecycle.get('X')).toMatchObject({ state: 'stopping', crashReason: new Error('lost') });
    await cast.advance(110);
    expect(seen).toEqual(['crashed', 'stopping', 'restarting', 'starting', 'running']);
    expect(cast.lifecycle.get('X')).toMatchObject({ restarts: 1, crashReason: undefined });
  });

  it('that crashes twice for one reason crashes once', async () => {
    const cast = await new Cast({ X: [] }, { supervision: atOnce }).start();
    cast.stops.X = takes(10);
    cast.fail('X', 'first');
    cast.fail('X', 'second');
    await cast.advance(10);
    expect(cast.restarts).toEqual({ X: 1 });
    expect(cast.actions).toEqual([
      'X: nothing is done, since it is crashed',
      'X: X is restarted (restForGraph, 1 of 3)',
    ]);
  });
});
