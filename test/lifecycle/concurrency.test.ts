import { describe, expect, it } from 'vitest';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

function slow(ms: number, log: string[] = [], name = '') {
  return {
    onStart: ({ sleep }: { sleep(ms: number): Promise<void> }) => sleep(ms).then(() => void log.push(`+${name}`)),
    onStop: ({ sleep }: { sleep(ms: number): Promise<void> }) => sleep(ms).then(() => void log.push(`-${name}`)),
  };
}

function states(lifecycle: Lifecycle): string {
  return lifecycle.services.map(({ name, state }) => `${name} ${state}`).join(', ');
}

describe('startAll', () => {
  it('joins a start under way and widens it', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service(slow(100)), Api: service(slow(100), { needs: ['Db'] }) }, { clock });
    const first = lifecycle.startAll({ only: ['Db'] });
    await clock.advance(50);
    const second = lifecycle.startAll();
    await clock.advance(150);
    expect(await first).toBe(await second);
    expect(states(lifecycle)).toBe('Db running, Api running');
    expect(clock.now()).toBe(200);
  });

  it('that joins is bound by the limits of the one that it joins, and its signal aborts both', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service(slow(3_000)), Api: service(slow(3_000)) }, { clock });
    const first = lifecycle.startAll();
    const second = lifecycle.startAll({ timeout: '1s', concurrency: 1 });
    await clock.advance(3_000);
    expect(await first).toBe(await second);
    await clock.run(lifecycle.stopAll());
    const controller = new AbortController();
    const both = Promise.allSettled([lifecycle.startAll(), lifecycle.startAll({ signal: controller.signal })]);
    await clock.advance(1_000);
    controller.abort();
    await clock.advance(3_000);
    for (const outcome of await both) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'LIFECYCLE_START_ABORTED' } });
    }
  });

  it('that joins in the very moment a start ends still gets all it asked for', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const lifecycle = handMade({ Db: service({}), Api: service({}) });
      const first = lifecycle.startAll({ only: ['Db'] });
      for (let tick = 0; tick < ticks; tick++) await null;
      await lifecycle.startAll();
      expect(states(lifecycle), `after ${ticks} ticks`).toBe('Db running, Api running');
      await first;
    }
  });

  it('starts what is new while the rest runs; when that fails, the rest goes on', async () => {
    const log: string[] = [];
    let broken = true;
    const lifecycle = handMade({
      Db: service({ onStop: () => log.push('Db stops') }),
      Cache: service({ onStop: () => log.push('Cache stops') }, { needs: ['Db'] }),
      Api: service({ onStart: () => (broken ? Promise.reject(new Error('no')) : undefined) }, { needs: ['Cache'] }),
    });
    await lifecycle.startAll({ only: ['Db'] });
    await expect(lifecycle.startAll()).rejects.toMatchObject({ data: { service: 'Api', rolledBack: ['Cache'] } });
    expect(log).toEqual(['Cache stops']);
    expect(lifecycle.state).toBe('running');
    expect(states(lifecycle)).toBe('Db running, Cache stopped, Api crashed');
    broken = false;
    await lifecycle.startAll();
    expect(states(lifecycle)).toBe('Db running, Cache running, Api running');
  });

  it('during a stop waits for its end, then starts', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade({ Db: service(slow(10, log, 'Db')) }, { clock });
    const start = lifecycle.startAll();
    await clock.advance(10);
    await start;
    const stop = lifecycle.stopAll();
    const again = lifecycle.startAll();
    await clock.advance(20);
    await Promise.all([stop, again]);
    expect(log).toEqual(['+Db', '-Db', '+Db']);
    expect(lifecycle.state).toBe('running');
  });

  it('that waits for a stop is cancelled by a later one', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStop: ({ sleep }) => sleep(10) }) }, { clock });
    await lifecycle.startAll();
    const stop = lifecycle.stopAll();
    const again = lifecycle.startAll();
    const refused = expect(again).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    lifecycle.requestStop();
    await clock.advance(10);
    await Promise.all([stop, refused]);
    expect(lifecycle.state).toBe('stopped');
  });

  it('is aborted by its signal, before it, while it waits for a stop, and on its way', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service(slow(10)) }, { clock });
    const aborted = { code: 'LIFECYCLE_START_ABORTED', cause: new Error('enough') };
    await expect(lifecycle.startAll({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toMatchObject(aborted);
    expect(lifecycle.state).toBe('idle');

    const onTheWay = new AbortController();
    const start = lifecycle.startAll({ signal: onTheWay.signal });
    await quiescence();
    onTheWay.abort(new Error('enough'));
    const refused = expect(start).rejects.toMatchObject(aborted);
    await clock.advance(10);
    await refused;
    expect(states(lifecycle)).toBe('Db stopped');

    const fine = lifecycle.startAll();
    await clock.advance(10);
    await fine;
    const stop = lifecycle.stopAll();
    const waiting = new AbortController();
    const late = expect(lifecycle.startAll({ signal: waiting.signal })).rejects.toMatchObject(aborted);
    waiting.abort(new Error('enough'));
    await clock.advance(10);
    await Promise.all([stop, late]);
    expect(states(lifecycle)).toBe('Db stopped');
    expect(clock.pending).toBe(0);
  });

  it('out of time says so', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service(slow(10)), Api: service(slow(10), { needs: ['Db'] }) }, { clock });
    const start = expect(lifecycle.startAll({ timeout: 15 })).rejects.toMatchObject({
      code: 'LIFECYCLE_START_TIMEOUT',
      message: expect.stringContaining('Api.onStart had not settled after 5 ms'),
    });
    await clock.advance(100);
    await start;
  });
});

describe('stopAll', () => {
  it('twice is one stop; the second can shorten the budget, not prolong it', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStop: () => new Promise(() => {}) }) }, { clock });
    await lifecycle.startAll();
    const first = lifecycle.stopAll({ timeout: '20s' });
    await clock.advance(1_000);
    const stops = [first, lifecycle.stopAll({ timeout: '2s' }), lifecycle.stopAll({ timeout: '1m' })];
    const settled = Promise.allSettled(stops);
    await clock.advance(2_000);
    const outcomes = await settled;
    expect(clock.now()).toBe(3_000);
    expect(new Set(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).size).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('of what does not run is over at once', async () => {
    const lifecycle = handMade({ Db: service({}) });
    expect((await lifecycle.stopAll()).entries).toEqual([]);
    expect(lifecycle.state).toBe('idle');
  });
});

describe('from inside a hook or a task', () => {
  it('stopAll requests the stop and fulfils at once', async () => {
    for (const where of ['onStart', 'onStarted', 'onStop', 'task'] as const) {
      const ask = async (): Promise<void> => void (await lifecycle.stopAll());
      const lifecycle: Lifecycle = handMade({
        Db: service(where === 'task' ? { onStart: ({ spawn }) => void spawn(ask) } : { [where]: ask }),
      });
      await lifecycle.startAll().catch(() => {});
      await lifecycle.stopAll();
      expect(lifecycle.state, where).toBe('stopped');
      expect(states(lifecycle), where).toBe('Db stopped');
    }
  });

  it.each(['startAll', 'restart'] as const)('%s is refused', async (call) => {
    const asked = (): Promise<unknown> => (call === 'startAll' ? lifecycle.startAll() : lifecycle.restart('Db'));
    const lifecycle: Lifecycle = handMade({ Db: service({ onStart: asked }) });
    await expect(lifecycle.startAll()).rejects.toMatchObject({
      cause: { code: 'LIFECYCLE_REENTRANT', message: expect.stringContaining('from inside Db') },
    });
  });

  it('a callback that a hook left behind is outside again', async () => {
    let later: (() => Promise<unknown>) | undefined;
    let fire: (() => void) | undefined;
    const lifecycle: Lifecycle = handMade({
      Db: service({
        onStart() {
          const left = new Promise<void>((resolve) => {
            fire = resolve;
          }).then(async () => {
            await lifecycle.stopAll();
            const down = lifecycle.state;
            await lifecycle.startAll();
            return down;
          });
          later = () => left;
        },
      }),
    });
    await lifecycle.startAll();
    fire?.();
    expect(await later?.()).toBe('stopped');
    expect(lifecycle.state).toBe('running');
  });
});
