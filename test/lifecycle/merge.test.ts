import { describe, expect, it } from 'vitest';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { constant, handMade, made, service } from '../support/hand-made.ts';
import { replay } from '../support/replay.ts';

describe('bindings that turn out to hold one object', () => {
  it('are one service: its hooks are called once, and the edges of both order it', async () => {
    const log: string[] = [];
    const db = { onStart: () => void log.push('db starts'), onStop: () => void log.push('db stops') };
    const lifecycle = handMade({
      Api: service(
        { onStart: () => void log.push('Api starts'), onStop: () => void log.push('Api stops') },
        { needs: ['Alias'] },
      ),
      Alias: made(() => db, { needs: ['Config'] }),
      Db: made(() => db),
      Config: service({ onStart: () => void log.push('Config starts'), onStop: () => void log.push('Config stops') }),
    });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    expect(log.filter((line) => line === 'db starts')).toHaveLength(1);
    expect(log.indexOf('db starts')).toBeLessThan(log.indexOf('Api starts'));
    expect(recorder.events.filter(({ kind }) => kind === 'service:merged')).toHaveLength(1);
    expect(lifecycle.get('Db').name).toBe(lifecycle.get('Alias').name);
    const told = replay(recorder.events);
    for (const { name, state, dependencies } of lifecycle.services) {
      expect(told.get(name)).toEqual({ state, dependencies: new Set(dependencies) });
    }
    log.length = 0;
    await lifecycle.stopAll();
    expect(log).toEqual(['Api stops', 'db stops', 'Config stops']);
  });

  it('wait for the one that is still starting', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const db = {
      onStart: ({ sleep }: { sleep(ms: number): Promise<void> }) => sleep(20).then(() => void log.push('db runs')),
    };
    const lifecycle = handMade(
      {
        Db: made(() => db),
        Alias: made(() => new Promise((resolve) => clock.timer(5, () => resolve(db)))),
        Api: service({ onStart: () => void log.push('Api starts') }, { needs: ['Alias'] }),
      },
      { clock },
    );
    const start = lifecycle.startAll();
    await clock.advance(1);
    const running = lifecycle.running('Alias');
    await clock.advance(19);
    await start;
    await running;
    expect(log).toEqual(['db runs', 'Api starts']);
    expect(clock.pending).toBe(0);
  });

  it('stay one in the next life, with what both need', async () => {
    const log: string[] = [];
    const db = { onStart: () => void log.push('db starts') };
    const lifecycle = handMade({
      Db: made(() => db),
      Alias: made(() => db, { needs: ['Config'] }),
      Config: service({ onStart: () => void log.push('Config starts') }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    log.length = 0;
    await lifecycle.startAll({ only: ['Db'] });
    expect(log).toEqual(['Config starts', 'db starts']);
    await lifecycle.stopAll();
    await lifecycle.startAll();
    expect(lifecycle.get('Db').dependencies).toEqual(['Config']);
    await lifecycle.stopAll();
  });

  it('may be constants', async () => {
    let starts = 0;
    const object = { onStart: () => void starts++ };
    const lifecycle = handMade({ A: constant(object), B: constant(object), C: service({}, { needs: ['A', 'B'] }) });
    await lifecycle.startAll();
    expect(starts).toBe(1);
    expect(lifecycle.services.map(({ name }) => name)).toEqual(['A', 'C']);
    await lifecycle.stopAll();
  });

  it('must not close a cycle', async () => {
    const object = { onStart() {} };
    const lifecycle = handMade({
      Db: made(() => object),
      Pool: service({}, { needs: ['Db'] }),
      Alias: made(() => object, { needs: ['Pool'] }),
    });
    const start = lifecycle.startAll();
    await expect(start).rejects.toMatchObject({
      cause: { code: 'LIFECYCLE_MERGE_CYCLE', data: { services: ['Alias', 'Db'] } },
    });
    await expect(start).rejects.toThrow('Db -> Pool -> Db');
    expect(lifecycle.get('Db').state).toBe('stopped');
  });

  it('that are no services stay what they are', async () => {
    const shared = { url: 'db' };
    const lifecycle = handMade({
      A: made(() => shared),
      B: made(() => shared, { needs: ['A'] }),
      C: service({}, { needs: ['B'] }),
    });
    await lifecycle.startAll();
    expect(lifecycle.runningGraph.units.size).toBe(3);
  });
});
