import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Hooks } from '../../src/hooks.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, made, service } from '../support/hand-made.ts';

const takes = (ms: number): Hooks => ({ onStart: ({ sleep }) => sleep(ms), onStop: ({ sleep }) => sleep(ms) });

async function reports() {
  const clock = new ManualClock();
  const lifecycle = handMade(
    {
      Api: service(takes(10), { needs: ['Db', 'Cache'] }),
      Db: service(takes(300), { needs: ['Config'] }),
      Cache: service(takes(40), { needs: ['Config'] }),
      Config: made(() => new Promise((resolve) => clock.timer(50, () => resolve({})))),
    },
    { clock },
  );
  const start = lifecycle.startAll();
  await clock.advance(360);
  const started = await start;
  const stop = lifecycle.stopAll();
  await clock.advance(310);
  return { started, stopped: await stop };
}

describe('the report of a start', () => {
  it('tells for each how long it waited, for whom, and how long it took', async () => {
    const { started } = await reports();
    expect(started.makespan).toBe(360);
    expect(started.sum).toBe(400);
    const byName = Object.fromEntries(started.entries.map((entry) => [entry.name, entry]));
    expect(byName).toMatchObject({
      Config: { kind: 'component', waited: 0, took: 50, after: [], critical: true },
      Db: { kind: 'service', waited: 50, took: 300, after: ['Config'], critical: true },
      Cache: { waited: 50, took: 40, critical: false },
      Api: { waited: 350, took: 10, after: ['Db', 'Cache'], critical: true },
    });
    expect(started.criticalPath.map(({ name }) => name)).toEqual(['Config', 'Db', 'Api']);
  });

  it('tells what the total would have been', async () => {
    const { started } = await reports();
    expect(started.whatIf({})).toBe(360);
    expect(started.whatIf({ withDuration: ['Db', 0] })).toBe(100);
    expect(started.whatIf({ withoutEdge: ['Api', 'Db'] })).toBe(350);
    expect(started.whatIf({ withoutEdge: ['Db', 'Config'], withDuration: ['Cache', 500] })).toBe(560);
    expect(() => started.whatIf({ withDuration: ['Dbb', 1] })).toThrow('Did you mean Db?');
    expect(() => started.whatIf({ withoutEdge: ['Api', 'Nope'] })).toThrow(
      expect.objectContaining({ code: 'LIFECYCLE_UNKNOWN_REF' }),
    );
  });

  it('refuses a change that makes no sense', async () => {
    const { started } = await reports();
    const wrong = (change: Parameters<typeof started.whatIf>[0], text: string) =>
      expect(() => started.whatIf(change)).toThrow(
        expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) }),
      );
    wrong({ withoutEdge: ['Db', 'Api'] }, 'Db did not wait for Api; it waited for Config');
    wrong({ withoutEdge: ['Config', 'Api'] }, 'it waited for nothing');
    wrong({ withDuration: ['Db', -1] }, 'whatIf({ withDuration }) must be a duration');
    wrong({ withDuration: ['Db', Number.NaN] }, 'got NaN');
  });

  it('reads as a tree with times', async () => {
    const { started } = await reports();
    const text = started.toString();
    for (const part of ['360 ms', 'Db  300 ms', 'after 350 ms', 'Config 50 ms -> Db 300 ms -> Api 10 ms'])
      expect(text).toContain(part);
    expect(inspect(started)).toBe(text);
  });

  it('counts onStarted in the total, but nobody waits for it', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStarted: ({ sleep }) => sleep(70) }), Api: service(takes(20), { needs: ['Db'] }) },
      { clock },
    );
    const start = lifecycle.startAll();
    await clock.advance(70);
    const report = await start;
    expect(report.makespan).toBe(70);
    expect(report.entries.find(({ name }) => name === 'Api')).toMatchObject({ waited: 0, took: 20 });
    expect(report.whatIf({ withDuration: ['Api', 90] })).toBe(90);
  });
});

describe('the report of a stop', () => {
  it('goes the other way', async () => {
    const { stopped } = await reports();
    expect(stopped.makespan).toBe(310);
    expect(stopped.errors).toEqual([]);
    expect(stopped.criticalPath.map(({ name }) => name).slice(0, 2)).toEqual(['Api', 'Db']);
    expect(stopped.entries.find(({ name }) => name === 'Db')).toMatchObject({ waited: 10, after: ['Api'] });
    expect(stopped.whatIf({ withoutEdge: ['Db', 'Api'] })).toBe(300);
  });
});
