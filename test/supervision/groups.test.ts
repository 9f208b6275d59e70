import { describe, expect, it } from 'vitest';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';

const inGroup = (group: string) => ({ supervised: { group } });

describe('a group', () => {
  it('fails together: all that it has, and what depends on them; the rest is left alone', async () => {
    const needs = { A: [], B: [], User: ['B'], Other: [] };
    const cast = await new Cast(
      needs,
      { supervision: { groups: { io: atOnce } } },
      { A: inGroup('io'), B: inGroup('io') },
    ).start();
    await cast.crash('A');
    expect(cast.restarts).toEqual({ A: 1, B: 1, Other: 0, User: 1 });
    const at = (line: string) => cast.log.indexOf(line);
    expect(at('-User')).toBeLessThan(at('-B'));
    expect(at('+B')).toBeLessThan(at('+User'));
    // All of it is down before any of it comes up again.
    expect(cast.log.slice(0, 3).every((line) => line.startsWith('-'))).toBe(true);
  });

  it('has one count, whoever of it crashes', async () => {
    const supervision = { groups: { io: { restart: { max: 2 }, ...atOnce } } };
    const cast = await new Cast(
      { A: [], B: [], C: [] },
      { supervision },
      { A: inGroup('io'), B: inGroup('io'), C: inGroup('io') },
    ).start();
    const crashed = cast.crashed();
    for (const name of ['A', 'B', 'C']) await cast.crash(name, `${name} is lost`);
    expect((await crashed).message).toMatch(
      /^C crashed: io crashed 3 times within 1 m.*\n.* A: A is lost\n.* B: B is lost\n.* C: C is lost$/,
    );
  });

  it('has waits at the same time not count once each', async () => {
    const io = {
      strategy: 'oneForOne',
      restart: { max: 2, within: '60s' },
      backoff: { initial: '30s', factor: 1 },
    } as const;
    const cast = await new Cast(
      { A: [], B: [] },
      { supervision: { groups: { io } } },
      { A: inGroup('io'), B: inGroup('io') },
    ).start();
    cast.fail('A');
    await cast.crash('B');
    await cast.advance(91_000);
    await cast.crash('A');
    await cast.advance(34_000);
    await cast.crash('B');
    // Of 125 s two waits of 30 s are taken out, so the first two are 65 s ago.
    expect(cast.actions.at(-1)).toBe('B: B is restarted in 30 s (oneForOne, 2 of 2)');
  });

  it('may have any strategy', async () => {
    const groups = {
      alone: { strategy: 'oneForOne', ...atOnce },
      up: { strategy: 'restForGraph', ...atOnce },
    } as const;
    const parts = { Db: inGroup('alone'), Cache: inGroup('up'), Mail: inGroup('up') };
    const cast = await new Cast(CHAIN, { supervision: { groups } }, parts).start();
    await cast.crash('Db');
    expect(cast.taken()).toEqual(['-Db', '+Db']);
    await cast.crash('Cache');
    expect(cast.taken()).toEqual(['-Api', '-Cache', '+Cache', '+Api']);
  });

  it('waits until all of it is down, and its back-off holds for all that it has', async () => {
    const needs = { A: [], B: [], User: ['A'] };
    const supervision = { groups: { io: { backoff: { initial: '1s' } } } } as const;
    const cast = await new Cast(needs, { supervision }, { A: inGroup('io'), B: inGroup('io') }).start();
    cast.stops.B = takes(400);
    await cast.crash('A');
    expect(new Set(cast.taken())).toEqual(new Set(['-User', '-A', '-B']));
    await cast.advance(999);
    expect(cast.states).toEqual({ A: 'restarting', B: 'restarting', User: 'restarting' });
    await cast.advance(1);
    expect(cast.states).toEqual({ A: 'running', B: 'running', User: 'running' });
  });

  it('brings up a part of it that comes, while another part fails and is tried again', async () => {
    const needs = { A: [], B: [] };
    const supervision = { groups: { io: { strategy: 'restForGraph', backoff: { initial: '1s' } } } } as const;
    const cast = await new Cast(needs, { supervision }, { A: inGroup('io'), B: inGroup('io') }).start();
    cast.starts.A = { kind: 'throws', thrown: new Error('refused') };
    await cast.crash('A');
    await cast.crash('B');
    await cast.advance(2_000);
    expect(cast.states).toEqual({ A: 'restarting', B: 'running' });
  });
});

describe('groups within groups', () => {
  const groups = {
    inner: { restart: { max: 1 }, ...atOnce, parent: 'outer' },
    other: { ...atOnce, parent: 'outer' },
    outer: { restart: { max: 1 }, ...atOnce },
  };
  const needs = { In: [], In2: [], Beside: [], Out: [], Far: [] };
  const parts = {
    In: inGroup('inner'),
    In2: inGroup('inner'),
    Beside: inGroup('other'),
    Out: inGroup('outer'),
  };

  it('restart what is within them, and what they cannot mend is their parent’s, then the root’s', async () => {
    const cast = await new Cast(needs, { supervision: { groups } }, parts).start();
    const crashed = cast.crashed();
    for (const message of ['one', 'two', 'three', 'four']) await cast.crash('In', message);
    expect(cast.actions).toEqual([
      'In: In, In2 are restarted (oneForAll, 1 of 1)',
      'In: In, In2, Beside, Out are restarted (oneForAll, 1 of 1)',
      'In: In, In2 are restarted (oneForAll, 1 of 1)',
      'In: the application is stopped',
    ]);
    const { message } = await crashed;
    expect(message).toMatch(/^In crashed: outer crashed 2 times within 1 m, more often than restart.max \(1\):/);
    for (const each of ['one', 'two', 'three', 'four']) expect(message).toContain(` In: ${each}`);
    expect(cast.restarts).toEqual({ Beside: 1, Far: 0, In: 3, In2: 3, Out: 1 });
  });

  it('restart at the same time where they have nothing in common', async () => {
    const cast = await new Cast(needs, { supervision: { groups } }, parts).start();
    cast.stops.In = takes(1_000);
    cast.fail('In');
    await cast.crash('Beside');
    expect(cast.states).toMatchObject({ Beside: 'running', In: 'stopping', In2: 'restarting' });
    await cast.advance(1_000);
    expect(cast.restarts).toMatchObject({ Beside: 1, In: 1, In2: 1 });
  });

  it('are taken up by their parent’s restart while they restart', async () => {
    const cast = await new Cast(needs, { supervision: { groups } }, parts).start();
    cast.stops.In = takes(1_000);
    cast.fail('In');
    await cast.crash('Out');
    expect(cast.states).toMatchObject({ Beside: 'restarting', In: 'stopping', In2: 'restarting', Out: 'restarting' });
    await cast.advance(1_000);
    expect(cast.restarts).toEqual({ Beside: 1, Far: 0, In: 1, In2: 1, Out: 1 });
    expect(new Set(Object.values(cast.states))).toEqual(new Set(['running']));
  });
});
