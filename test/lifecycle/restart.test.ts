import { describe, expect, it } from 'vitest';
import type { Hooks } from '../../src/hooks.ts';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { HandMade, handMade, service, silent } from '../support/hand-made.ts';

function noting(log: string[], name: string): Hooks {
  const note = (hook: string) => () => void log.push(`${name}.${hook}`);
  return {
    onFirstStart: note('onFirstStart'),
    onStart: note('onStart'),
    onStarted: note('onStarted'),
    onStop: note('onStop'),
    onShutdown: note('onShutdown'),
    onRestart: note('onRestart'),
  };
}

describe('restart', () => {
  it('takes what depends on the service along, keeps the objects, and lets all else alone', async () => {
    const log: string[] = [];
    const source = new HandMade({
      Web: service(noting(log, 'Web'), { needs: ['Api'] }),
      Api: service(noting(log, 'Api'), { needs: ['Db'] }),
      Db: service(noting(log, 'Db')),
    });
    const lifecycle = new Lifecycle(source, { logger: silent });
    await lifecycle.startAll();
    log.length = 0;
    await lifecycle.restart('Api');
    const started = log.filter((line) => line.endsWith('onStarted'));
    expect(log.filter((line) => !started.includes(line))).toEqual([
      'Web.onStop',
      'Web.onShutdown',
      'Api.onStop',
      'Api.onShutdown',
      'Api.onRestart',
      'Api.onStart',
      'Web.onRestart',
      'Web.onStart',
    ]);
    expect(started.toSorted()).toEqual(['Api.onStarted', 'Web.onStarted']);
    expect(lifecycle.services.map(({ restarts }) => restarts)).toEqual([1, 1, 0]);
    expect(source.made).toEqual(['Db', 'Api', 'Web']);
    await lifecycle.stopAll();
  });

  it('begins a new life: its signal is fresh, and the disposers of the old one have run', async () => {
    const log: string[] = [];
    const signals: AbortSignal[] = [];
    let life = 0;
    const lifecycle = handMade({
      Db: service({
        onStart({ defer, signal }) {
          const number = ++life;
          signals.push(signal);
          defer(() => log.push(`undo ${number}`));
        },
      }),
    });
    await lifecycle.startAll();
    await lifecycle.restart('Db');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(log).toEqual(['undo 1']);
    await lifecycle.stopAll();
    expect(log).toEqual(['undo 1', 'undo 2']);
  });

  it('keeps what would be disposed of at the end', async () => {
    const log: string[] = [];
    const lifecycle = handMade({
      Db: service({ onStart() {}, [Symbol.dispose]: () => void log.push('disposed') } as Hooks),
    });
    await lifecycle.startAll();
    await lifecycle.restart('Db');
    expect(log).toEqual([]);
    await lifecycle.stopAll();
    expect(log).toEqual(['disposed']);
  });

  it('of a service that is down just starts it', async () => {
    const lifecycle = handMade({ Db: service({}), Api: service({}, { needs: ['Db'] }) });
    await lifecycle.startAll({ only: ['Db'] });
    await lifecycle.stopAll();
    await lifecycle.restart('Db');
    expect(lifecycle.get('Db')).toMatchObject({ state: 'running', restarts: 0 });
  });

  it('is refused for what is not known, before anything is stopped', async () => {
    const lifecycle = handMade({ Database: service({}) });
    await lifecycle.startAll();
    await expect(lifecycle.restart('Databse')).rejects.toMatchObject({
      code: 'LIFECYCLE_UNKNOWN_REF',
      message: expect.stringContaining('Did you mean Database?'),
    });
    expect(lifecycle.get('Database').state).toBe('running');
  });

  it('that fails stops the application, and done tells', async () => {
    const cause = new Error('gone');
    let broken = false;
    const log: string[] = [];
    const lifecycle = handMade({
      Api: service({ onStop: () => log.push('Api.onStop') }, { needs: ['Db'] }),
      Db: service({ onStart: () => (broken ? Promise.reject(cause) : undefined) }),
      Other: service({ onStop: () => log.push('Other.onStop') }),
    });
    await lifecycle.startAll();
    broken = true;
    const done = lifecycle.done;
    const ended = expect(done).rejects.toMatchObject({ code: 'LIFECYCLE_CRASHED', data: { service: 'Db' }, cause });
    await expect(lifecycle.restart('Db')).rejects.toMatchObject({ code: 'LIFECYCLE_START_FAILED', cause });
    await ended;
    expect(log).toEqual(['Api.onStop', 'Other.onStop']);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'crashed', 'stopped']);
    expect(lifecycle.state).toBe('crashed');
  });

  it('is overtaken by a stop', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Api: service({}, { needs: ['Db'] }), Db: service({ onStop: ({ sleep }) => sleep(100) }) },
      { clock },
    );
    await lifecycle.startAll();
    const restart = expect(lifecycle.restart('Db')).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await quiescence();
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['restarting', 'stopping']);
    const stop = lifecycle.stopAll();
    await clock.advance(100);
    await Promise.all([stop, restart]);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    await expect(lifecycle.done).resolves.toBeDefined();
  });

  it('is overtaken by a stop, which leaves behind what hangs and tells of it', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStop: () => new Promise(() => {}) }) }, { clock });
    await lifecycle.startAll();
    const restart = expect(lifecycle.restart('Db')).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await quiescence();
    const stop = expect(lifecycle.stopAll({ timeout: 100 })).rejects.toMatchObject({
      errors: [{ code: 'LIFECYCLE_HOOK_TIMEOUT', data: { service: 'Db' } }],
    });
    await clock.advance(100);
    await Promise.all([stop, restart]);
    expect(lifecycle.state).toBe('stopped');
  });

  it('is overtaken by a stop that is asked for in the middle of a step', async () => {
    for (const kind of ['service:stopping', 'service:restarting', 'service:starting', 'service:running'] as const) {
      const lifecycle = handMade({ Db: service({ onStop() {} }), Api: service({}, { needs: ['Db'] }) });
      await lifecycle.startAll();
      lifecycle.on((event) => event.kind === kind && event.service === 'Db' && lifecycle.requestStop());
      await expect(lifecycle.restart('Db'), kind).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
      await lifecycle.done;
      expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    }
  });

  it('is refused while the application stops', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Api: service({}, { needs: ['Db'] }), Db: service({ onStop: ({ sleep }) => sleep(100) }) },
      { clock },
    );
    await lifecycle.startAll();
    const stop = lifecycle.stopAll();
    const refusals = ['Api', 'Db'].map((ref) =>
      expect(lifecycle.restart(ref)).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' }),
    );
    await clock.advance(100);
    await Promise.all([stop, ...refusals]);
    expect(lifecycle.state).toBe('stopped');
  });

  it('holds back a start that comes meanwhile, so that nothing starts on what is going down', async () => {
    const clock = new ManualClock();
    const found: string[] = [];
    const lifecycle = handMade(
      {
        New: service({ onStart: () => void found.push(lifecycle.get('Db').state) }, { needs: ['Db'] }),
        Api: service({ onStop: ({ sleep }) => sleep(10) }, { needs: ['Db'] }),
        Db: service({ onStop: ({ sleep }) => sleep(10) }),
      },
      { clock },
    );
    await lifecycle.startAll({ only: ['Api'] });
    const restart = lifecycle.restart('Db');
    await quiescence();
    const start = lifecycle.startAll();
    await clock.advance(20);
    await Promise.all([restart, start]);
    expect(found).toEqual(['running']);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  });

  it('takes turns with another one', async () => {
    const log: string[] = [];
    const lifecycle = handMade({ Db: service(noting(log, 'Db')) });
    await lifecycle.startAll();
    log.length = 0;
    await Promise.all([lifecycle.restart('Db'), lifecycle.restart('Db')]);
    const once = ['Db.onStop', 'Db.onShutdown', 'Db.onRestart', 'Db.onStart', 'Db.onStarted'];
    expect(log).toEqual([...once, ...once]);
    expect(lifecycle.get('Db').restarts).toBe(2);
  });
});
