import { describe, expect, it } from 'vitest';
import type { Hooks } from '../../src/hooks.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, made, service } from '../support/hand-made.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('a stop during a start', () => {
  it('aborts it: startAll rejects, stopAll fulfils, what had begun is stopped', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade(
      {
        Db: service({ onStop: () => log.push('Db.onStop') }),
        Api: service({ onStart: ({ sleep }) => sleep('1m'), onStop: () => log.push('Api.onStop') }, { needs: ['Db'] }),
        Web: service({ onStart: () => log.push('Web.onStart') }, { needs: ['Api'] }),
      },
      { clock },
    );
    const start = lifecycle.startAll();
    await quiescence();
    const stop = lifecycle.stopAll();
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED', data: { neverBegun: ['Web'] } });
    await stop;
    expect(log).toEqual(['Api.onStop', 'Db.onStop']);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'idle']);
    expect(lifecycle.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('makes nobody a culprit: a hook that rejects because its signal aborted was just stopped', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ sleep, signal }) => sleep('1m').then(() => signal.throwIfAborted()) }) },
      { clock },
    );
    const start = lifecycle.startAll();
    await quiescence();
    const stop = lifecycle.stopAll();
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED', data: { rolledBack: ['Db'] } });
    await stop;
    expect(lifecycle.get('Db')).toMatchObject({ state: 'stopped', crashReason: undefined });
  });

  it('says why, and whether it was a stop or the signal of startAll', async () => {
    const lifecycle = handMade({ Db: service({ onStart: ({ sleep }) => sleep('1m') }) }, { clock: new ManualClock() });
    const start = lifecycle.startAll();
    await quiescence();
    void lifecycle.stopAll({ reason: 'deploy' });
    await expect(start).rejects.toThrow(/^The start was aborted by a stop: deploy/);
    const abort = new AbortController();
    const again = lifecycle.startAll({ signal: abort.signal });
    await quiescence();
    abort.abort(new Error('too slow'));
    await expect(again).rejects.toThrow(/^The start was aborted by its signal: too slow/);
    await expect(again).rejects.toMatchObject({ data: { reason: { kind: 'signal' } } });
  });

  it('names the start hook that hung and was left behind, to those who stop and to those who start', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStart: never }) }, { clock });
    const start = lifecycle.startAll();
    await quiescence();
    const stop = lifecycle.stopAll({ timeout: '1s' });
    const settled = Promise.allSettled([start, stop]);
    await clock.advance(1_000);
    const [started, stopped] = await settled;
    const text = 'Db.onStart had not settled after 1 s and was left behind';
    expect(started).toMatchObject({ reason: { data: { leftBehind: [text] } } });
    expect(stopped).toMatchObject({ reason: { code: 'LIFECYCLE_STOP_FAILED', errors: [{ message: text }] } });
  });

  it('keeps to the budget also while an optional service is being cleaned up', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Cache: service({ onStart: () => Promise.reject(new Error('no')), onShutdown: never }, { optional: true }) },
      { clock },
    );
    const start = lifecycle.startAll();
    start.catch(() => {});
    await quiescence();
    const stop = lifecycle.stopAll({ timeout: '1s' });
    stop.catch(() => {});
    await clock.advance(1_000);
    await expect(start).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await stop.catch(() => {});
    expect(lifecycle.state).toBe('stopped');
    expect(clock.now()).toBe(1_000);
  });

  it('may be asked for by whoever hears of the start first', async () => {
    for (const kind of ['app:starting', 'service:joined', 'service:starting', 'service:running'] as const) {
      const lifecycle = handMade({ Db: service({ onStart() {} }), Api: service({}, { needs: ['Db'] }) });
      lifecycle.on((event) => event.kind === kind && lifecycle.requestStop());
      await expect(lifecycle.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
      await lifecycle.done;
      expect(lifecycle.state).toBe('stopped');
      for (const { state } of lifecycle.services) expect(['idle', 'stopped']).toContain(state);
    }
  });

  it('may be asked for by a constructor, and by the first hook of a second life', async () => {
    const log: string[] = [];
    let asks = false;
    const hooks: Hooks = {
      onStart: () => {
        log.push('onStart');
        if (asks) lifecycle.requestStop();
      },
      onStop: () => log.push('onStop'),
      onShutdown: () => log.push('onShutdown'),
    };
    const lifecycle = handMade({
      Db: service(hooks),
      Bad: made(() => {
        if (!asks) lifecycle.requestStop();
        return {};
      }),
    });
    await expect(lifecycle.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await lifecycle.stopAll();
    asks = true;
    log.length = 0;
    await expect(lifecycle.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await lifecycle.stopAll();
    expect(log).toEqual(['onStart', 'onStop', 'onShutdown']);
  });
});
