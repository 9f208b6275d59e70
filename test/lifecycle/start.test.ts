import { describe, expect, it } from 'vitest';
import type { Hooks } from '../../src/hooks.ts';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { constant, HandMade, handMade, made, service, silent } from '../support/hand-made.ts';

/** Hooks that write down that they were called. */
function noting(calls: string[], ...names: (keyof Hooks)[]): Hooks {
  return Object.fromEntries(names.map((name) => [name, () => void calls.push(name)]));
}

describe('startAll', () => {
  it('calls onFirstStart once per instance, onStart at each start, onStarted once it runs', async () => {
    const calls: string[] = [];
    const lifecycle = handMade({ Db: service(noting(calls, 'onFirstStart', 'onStart', 'onStarted', 'onRestart')) });
    lifecycle.on(({ kind }) => kind === 'service:running' && calls.push('running'));
    await lifecycle.startAll();
    expect(calls.splice(0)).toEqual(['onFirstStart', 'onStart', 'running', 'onStarted']);
    await lifecycle.stopAll();
    await lifecycle.startAll();
    expect(calls).toEqual(['onStart', 'running', 'onStarted']);
  });

  it('creates each object once, dependencies first, and awaits asynchronous ones', async () => {
    const clock = new ManualClock();
    const source = new HandMade({
      Api: service({ onStart() {} }, { needs: ['Db', 'Config'] }),
      Db: made(() => Promise.resolve({ url: 'db' }), { needs: ['Config'] }),
      Config: constant({}),
    });
    const lifecycle = new Lifecycle(source, { clock, logger: silent });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    await lifecycle.startAll();
    expect(source.made).toEqual(['Config', 'Db', 'Api']);
    expect(lifecycle.runningGraph.units.size).toBe(3);
    expect(lifecycle.services.map(({ name }) => name)).toEqual(['Api']);
  });

  it('finds out by the object that something is a service', async () => {
    const calls: string[] = [];
    const lifecycle = handMade({
      Db: made(() => noting(calls, 'onStart', 'onStop')),
      Api: service({}, { needs: ['Db'] }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(calls).toEqual(['onStart', 'onStop']);
    expect(lifecycle.get('Db').state).toBe('stopped');
  });

  it('does not let dependents wait for onStarted, but waits for it itself', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStarted: ({ sleep }) => sleep(50) }), Api: service({ onStart() {} }, { needs: ['Db'] }) },
      { clock },
    );
    const start = lifecycle.startAll();
    await clock.advance(49);
    expect(lifecycle.get('Api').state).toBe('running');
    expect(lifecycle.state).toBe('starting');
    await clock.advance(1);
    await start;
    expect(lifecycle.state).toBe('running');
    expect(clock.pending).toBe(0);
  });

  it('does not let dependents wait for a background service, but waits for it itself', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Cache: service({ onStart: ({ sleep }) => sleep(50) }, { background: true }),
        Api: service({}, { needs: ['Cache'] }),
      },
      { clock },
    );
    const start = lifecycle.startAll();
    await quiescence();
    expect([lifecycle.get('Cache').state, lifecycle.get('Api').state]).toEqual(['starting', 'running']);
    await clock.advance(50);
    const report = await start;
    expect(report.makespan).toBe(50);
  });

  it('starts only what is asked for and what that needs', async () => {
    const lifecycle = handMade({
      Api: service({}, { needs: ['Cache'] }),
      Cache: service({}, { needs: ['Db'] }),
      Db: service({}),
      Mail: service({}),
    });
    await lifecycle.startAll({ only: ['Cache'] });
    expect(lifecycle.services.map(({ name, state }) => `${name} ${state}`)).toEqual(['Cache running', 'Db running']);
    await lifecycle.startAll();
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running']);
    await lifecycle.stopAll();
    expect(new Set(lifecycle.services.map(({ state }) => state))).toEqual(new Set(['stopped']));
  });

  it('of nothing is a start too', async () => {
    const lifecycle = handMade({});
    expect((await lifecycle.startAll()).entries).toEqual([]);
    expect(lifecycle.state).toBe('running');
    await lifecycle.stopAll();
    expect(lifecycle.state).toBe('stopped');
  });

  it('works with objects that are no objects', async () => {
    const lifecycle = handMade({
      Port: made(() => 8080),
      None: made(() => undefined),
      Api: service({}, { needs: ['Port', 'None'] }),
    });
    await lifecycle.startAll();
    expect(lifecycle.get('Api').state).toBe('running');
    await lifecycle.stopAll();
  });
});
