import { describe, expect, it } from 'vitest';
import { CrashError } from '../../src/errors.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, type Part } from '../support/cast.ts';
import { background } from '../support/tasks.ts';

/** A second of work. */
const job: Part = { tasks: [background()], work: ({ sleep }) => sleep(1_000) };

/** A job that fails half-way in its first lives. */
function failing(lives: number, part: Part): Part {
  let left = lives;
  const work: Part['work'] = async ({ sleep }) => {
    await sleep(500);
    if (left-- > 0) throw new Error('no rows');
    await sleep(500);
  };
  return { tasks: [background({ restart: { max: 0 } })], work, ...part };
}

const givenUp: Part = { supervised: { strategy: 'giveUp' } };

/** Waits for the work. @returns what has come of it by now: `open`, `done`, or the crash */
function complete({ lifecycle }: Cast, ...refs: string[]): () => Promise<CrashError | string> {
  let outcome: CrashError | string = 'open';
  void lifecycle.workDone(refs).then((crash) => {
    outcome = crash ?? 'done';
  });
  return async () => {
    await quiescence();
    return outcome;
  };
}

describe('work to be completed', () => {
  it('is done when it has returned, or at once where there is none', async () => {
    const cast = await new Cast({ Import: [], Other: [] }, {}, { Import: job }).start();
    const outcome = complete(cast);
    await cast.advance(999);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
    expect(await complete(cast, 'Other')()).toBe('done');
  });

  it('begins anew when what its service needs is restarted', async () => {
    const parts = { Import: job, Db: { supervised: {} } };
    const cast = await new Cast({ Import: ['Db'], Db: [] }, {}, parts).start();
    const outcome = complete(cast, 'Import');
    await cast.advance(500);
    await cast.crash('Db');
    expect(cast.states).toEqual({ Import: 'restarting', Db: 'restarting' });
    await cast.advance(100);
    await cast.advance(999);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
  });

  it.each([
    ['later', {}, 100],
    ['at once', atOnce, 0],
  ])('begins anew when it has failed and its service is restarted %s', async (_, backoff, wait) => {
    const part = failing(1, { supervised: { strategy: 'oneForOne', ...backoff } });
    const cast = await new Cast({ Import: [] }, {}, { Import: part }).start();
    const outcome = complete(cast, 'Import');
    await cast.advance(500 + wait);
    expect(cast.restarts).toEqual({ Import: 1 });
    await cast.advance(500);
    await cast.advance(499);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
  });

  it('begins anew when its service is restarted by hand', async () => {
    const cast = await new Cast({ Import: [] }, {}, { Import: job }).start();
    cast.stops.Import = takes(50);
    const outcome = complete(cast, 'Import');
    await cast.advance(500);
    const restart = cast.lifecycle.restart('Import');
    await cast.advance(50);
    await restart;
    await cast.advance(999);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
  });

  it('is waited for where a start brings it up', async () => {
    const cast = new Cast({ Import: ['Db'], Db: [], Other: [] }, {}, { Import: job });
    await cast.lifecycle.startAll({ only: ['Other'] });
    cast.starts.Db = takes(100);
    const starting = cast.lifecycle.startAll();
    const outcome = complete(cast);
    await cast.advance(100);
    await starting;
    await cast.advance(999);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
  });

  it('of a permanent service is done when it has returned', async () => {
    const parts = { Import: { ...job, supervised: { type: 'permanent' } } } as const;
    const cast = await new Cast({ Import: [] }, {}, parts).start();
    const outcome = complete(cast, 'Import');
    await cast.advance(1_000);
    expect(await outcome()).toBe('done');
  });

  it.each([
    ['is named', ['Import']],
    ['is part of everything', []],
  ])('ends with the crash when its service %s and is given up', async (_, refs) => {
    const cast = await new Cast({ Import: [], Other: [] }, {}, { Import: failing(1, givenUp) }).start();
    const outcome = complete(cast, ...refs);
    await cast.advance(500);
    expect(cast.states).toEqual({ Import: 'crashed', Other: 'running' });
    expect(await outcome()).toBeInstanceOf(CrashError);
    expect(await outcome()).toMatchObject({
      message: expect.stringMatching(/^Import crashed: task Import\.work failed once .*: no rows$/),
      data: { service: 'Import' },
    });
  });

  it('ends with the crash of what it cannot do without', async () => {
    const needs = { Import: ['Cache', 'Db'], Cache: ['Redis'], Db: [], Redis: [], Other: [] };
    const parts = { Import: job, Cache: { optional: true }, Db: givenUp, Redis: givenUp, Other: givenUp };
    const cast = await new Cast(needs, {}, parts).start();
    const outcome = complete(cast, 'Import');
    await cast.crash('Redis');
    await cast.crash('Other');
    await cast.advance(500);
    expect(await outcome()).toBe('open');
    await cast.crash('Db');
    expect(cast.states).toMatchObject({ Import: 'stopped', Db: 'crashed' });
    expect(await outcome()).toMatchObject({ message: 'Db crashed: lost' });
  });

  it('is done without what it does not need', async () => {
    const needs = { Import: ['Cache'], Cache: ['Redis'], Redis: [], Other: [] };
    const parts = { Import: job, Cache: { optional: true }, Redis: givenUp, Other: givenUp };
    const cast = await new Cast(needs, {}, parts).start();
    const outcome = complete(cast, 'Import');
    await cast.crash('Redis');
    await cast.crash('Other');
    await cast.advance(1_000);
    expect(await outcome()).toBe('done');
    expect(await complete(cast)()).toMatchObject({ message: 'Redis crashed: lost' });
  });

  it('is not waited for where an optional service is to be tried again, unless that is named', async () => {
    const cast = new Cast({ Import: [] }, {}, { Import: { ...job, optional: true } });
    cast.starts.Import = { kind: 'throws', thrown: new Error('refused') };
    await cast.start();
    expect(await complete(cast)()).toBe('done');
    const outcome = complete(cast, 'Import');
    delete cast.starts.Import;
    await cast.advance(100);
    await cast.advance(999);
    expect(await outcome()).toBe('open');
    await cast.advance(1);
    expect(await outcome()).toBe('done');
  });

  it('counts for nothing where an optional service is given up, unless that is named', async () => {
    const cast = await new Cast({ Import: [] }, {}, { Import: failing(1, { ...givenUp, optional: true }) }).start();
    const outcome = complete(cast, 'Import');
    await cast.advance(500);
    expect(await outcome()).toBeInstanceOf(CrashError);
    expect(await complete(cast)()).toBe('done');
  });

  it('is called off by whoever stops its service', async () => {
    const cast = await new Cast({ Import: [], Other: [] }, {}, { Import: job }).start();
    const { runningGraph, stops } = cast.lifecycle;
    const outcome = complete(cast, 'Import');
    await stops.stopService(runningGraph.find('Import', 'stop'), {});
    expect(cast.states).toEqual({ Import: 'stopped', Other: 'running' });
    expect(await outcome()).toBe('done');
  });

  it('is called off by a stop of the application, whatever was given up before', async () => {
    const cast = await new Cast({ Import: [], Db: [] }, {}, { Import: job, Db: givenUp }).start();
    const outcome = complete(cast);
    await cast.crash('Db');
    expect(await outcome()).toBe('open');
    await cast.lifecycle.stopAll();
    expect(await outcome()).toBe('done');
  });
});
