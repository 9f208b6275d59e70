import { describe, expect, it } from 'vitest';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN } from '../support/cast.ts';

/** Why it is not ready; an empty list where it is. */
function reasons(cast: Cast): readonly string[] {
  const { live, started, ready, reasons: all } = cast.lifecycle.health();
  expect([live, started, ready]).toEqual([true, true, all.length === 0]);
  return all;
}

describe('the health of an application in which something restarts', () => {
  it('names the way to what is at it, from what needs it, and how far it is', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'restForGraph' }).start();
    cast.stops.Cache = takes(10);
    cast.starts.Db = takes(10);
    cast.starts.Cache = takes(10);
    expect(reasons(cast)).toEqual([]);
    await cast.crash('Db');
    // What only waits for something below it is on the way that leads there.
    expect(reasons(cast)).toEqual(['Api <- Cache stopping', 'Api <- Cache <- Db crashed']);
    await cast.advance(40);
    expect(reasons(cast)).toEqual(['Api <- Cache <- Db restarting 1/3, next try in 60 ms']);
    await cast.advance(60);
    expect(reasons(cast)).toEqual(['Api <- Cache <- Db starting 1/3']);
    await cast.advance(10);
    expect(reasons(cast)).toEqual(['Api <- Cache starting']);
    await cast.advance(10);
    expect(reasons(cast)).toEqual([]);
  });

  it('counts the tries', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: { restart: { max: 5 } } }).start();
    cast.starts.Db = { kind: 'throws', thrown: new Error('refused') };
    await cast.crash('Db');
    await cast.advance(100);
    await cast.advance(200);
    expect(reasons(cast)).toEqual(['Db restarting 3/5, next try in 400 ms']);
    delete cast.starts.Db;
    await cast.advance(400);
    expect(reasons(cast)).toEqual([]);
    await cast.crash('Db');
    expect(reasons(cast)).toEqual(['Db restarting 4/5, next try in 800 ms']);
  });

  it('says no more of a wait that somebody has cut short', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: 'restForGraph' }).start();
    cast.starts.Db = takes(10);
    await cast.crash('Db');
    const restart = cast.lifecycle.restart('Db');
    await quiescence();
    expect(reasons(cast)).toEqual(['Db starting 1/3']);
    await cast.advance(10);
    await restart;
    expect(reasons(cast)).toEqual([]);
  });

  it('names only the one that restarts alone', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'oneForOne' }).start();
    await cast.crash('Cache');
    expect(reasons(cast)).toEqual(['Api <- Cache restarting 1/3, next try in 100 ms']);
  });

  it('names what was given up, for as long as it is down', async () => {
    const cast = await new Cast(CHAIN, { supervision: 'giveUp' }).start();
    await cast.crash('Cache');
    await cast.advance(3_600_000);
    expect(reasons(cast)).toEqual(['Api stopped', 'Api <- Cache crashed']);
    await cast.lifecycle.startAll();
    expect(reasons(cast)).toEqual([]);
  });

  it('is dead once there were too many restarts', async () => {
    const cast = await new Cast({ Db: [] }, { supervision: { restart: { max: 0 }, ...atOnce } }).start();
    const crashed = cast.crashed();
    await cast.crash('Db');
    await crashed;
    expect(cast.lifecycle.health()).toMatchObject({ live: false, ready: false });
  });
});
