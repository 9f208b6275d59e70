import { describe, expect, it } from 'vitest';
import { StopError } from '../../src/errors.ts';
import type { Hooks } from '../../src/hooks.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

const never = (): Promise<never> => new Promise(() => {});

async function errorOf(stop: Promise<unknown>): Promise<StopError> {
  const error = await stop.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StopError)) throw error ?? new Error('the stop did not fail');
  return error;
}

describe('a stop', () => {
  it('goes: signal, onStop, tasks, disposers from the last to the first, onShutdown', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const db: Hooks = {
      onStart({ use, defer, signal, spawn }) {
        signal.addEventListener('abort', () => log.push('signal'));
        defer(() => log.push('first in, last out'));
        use({ [Symbol.asyncDispose]: () => Promise.resolve(void log.push('used')) });
        spawn(({ sleep }) => sleep('1h').then(() => log.push('task')));
      },
      onStop: async ({ sleep }) => {
        await sleep(5);
        log.push('onStop');
      },
      onShutdown: () => log.push('onShutdown'),
    };
    const lifecycle = handMade({ Db: service(db) }, { clock });
    await lifecycle.startAll();
    const stop = lifecycle.stopAll();
    await clock.advance(5);
    await stop;
    expect(log).toEqual(['signal', 'task', 'onStop', 'used', 'first in, last out', 'onShutdown']);
    expect(lifecycle.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('awaits what was spawned after onStop, and only then undoes what it may use', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade(
      {
        Db: service({
          onStart({ spawn, defer }) {
            defer(() => log.push('disposer'));
            spawn(async ({ signal }) => {
              await new Promise((resolve) => signal.addEventListener('abort', resolve));
              await new Promise<void>((resolve) => void clock.timer(10, resolve));
              log.push('task');
            });
          },
          onStop: () => log.push('onStop'),
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    const stop = lifecycle.stopAll();
    await clock.advance(10);
    await stop;
    expect(log).toEqual(['onStop', 'task', 'disposer']);
  });

  it('runs a disposer that onShutdown or another disposer adds', async () => {
    const log: string[] = [];
    const lifecycle = handMade({
      Db: service({
        onStart: ({ defer }) => defer(() => defer(() => log.push('added by a disposer'))),
        onShutdown: ({ defer }) => defer(() => log.push('added by onShutdown')),
      }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(log).toEqual(['added by a disposer', 'added by onShutdown']);
  });

  it('calls every hook, and collects what they throw', async () => {
    const causes = [new Error('one'), new Error('two'), new Error('three')];
    const log: string[] = [];
    const lifecycle = handMade({
      Api: service(
        {
          onStart({ defer }) {
            defer(() => log.push('Api disposer'));
            defer(() => {
              throw causes[1];
            });
          },
          onStop: () => Promise.reject(causes[0]),
          onShutdown: () => log.push('Api.onShutdown'),
        },
        { needs: ['Db'] },
      ),
      Db: service({
        onStop() {
          log.push('Db.onStop');
          throw causes[2];
        },
      }),
    });
    await lifecycle.startAll();
    const error = await errorOf(lifecycle.stopAll());
    expect(log).toEqual(['Api disposer', 'Api.onShutdown', 'Db.onStop']);
    expect(error.errors.map(({ cause }) => cause)).toEqual(causes);
    for (const text of ['Api.onStop failed: one', 'a disposer of Api failed: two', 'Db.onStop failed: three'])
      expect(error.message).toContain(text);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });

  it('leaves a hook that hangs behind and names it; what is left of its service is called, not awaited', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade(
      {
        Api: service(
          {
            onStart({ defer }) {
              defer(() => {
                log.push('disposer');
                return never();
              });
            },
            onStop: never,
            onShutdown() {
              log.push('onShutdown');
              return never();
            },
          },
          { needs: ['Db'] },
        ),
        Db: service({ onStop: ({ sleep }) => sleep(900).then(() => log.push('Db.onStop')) }),
      },
      { clock },
    );
    await lifecycle.startAll();
    const stop = errorOf(lifecycle.stopAll({ timeout: '10s' }));
    await clock.advance(9_000);
    expect(log).toEqual(['disposer', 'onShutdown']);
    await clock.advance(900);
    const error = await stop;
    expect(log).toEqual(['disposer', 'onShutdown', 'Db.onStop']);
    expect(clock.now()).toBe(9_900);
    expect(error.errors).toHaveLength(1);
    expect(error.message).toContain('Api.onStop had not settled after 9 s and was left behind; waiting for it: Db');
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it('names a task that does not end', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ spawn }) => void spawn(never, { name: 'poll' }) }) },
      { clock },
    );
    await lifecycle.startAll();
    const stop = errorOf(lifecycle.stopAll({ timeout: '2s' }));
    await clock.advance(2_000);
    expect((await stop).message).toContain('task Db.poll had not ended');
    expect(clock.pending).toBe(0);
  });

  it('can be limited for one service', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Db: service({ onStop: never }, { stopTimeout: '2s' }) }, { clock });
    await lifecycle.startAll();
    const stop = errorOf(lifecycle.stopAll());
    await clock.advance(2_000);
    await stop;
    expect(clock.now()).toBe(2_000);
  });

  it('has the budget that a Worker brings, while it does', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade({ Hung: service({ onStart() {}, onStop: never }) }, { clock, stopTimeout: 1_000 });
    const stopTakes = async (): Promise<number> => {
      await lifecycle.startAll();
      lifecycle.requestStop();
      await clock.advance(1_000);
      return (await lifecycle.done).makespan;
    };
    const undo = lifecycle.useStopTimeout(100);
    expect(await stopTakes()).toBe(100);
    undo();
    expect(await stopTakes()).toBe(1_000);
  });

  it('with a budget of nothing still calls every hook', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const hooks = (name: string): Hooks => ({
      onStop() {
        log.push(name);
        return never();
      },
    });
    const lifecycle = handMade({ Api: service(hooks('Api'), { needs: ['Db'] }), Db: service(hooks('Db')) }, { clock });
    await lifecycle.startAll();
    const stop = errorOf(lifecycle.stopAll({ timeout: 0 }));
    await clock.advance(0);
    await stop;
    expect(log).toEqual(['Api', 'Db']);
    expect(clock.pending).toBe(0);
  });

  it('tells the hooks why, and gives them a signal that aborts at their deadline', async () => {
    const clock = new ManualClock();
    const seen: unknown[] = [];
    const lifecycle = handMade(
      {
        Db: service({
          onStop: async ({ reason, signal, deadline }) => {
            seen.push(reason, signal.aborted, deadline - clock.date());
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            seen.push(signal.reason.name);
          },
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    const stop = lifecycle.stopAll({ timeout: '4s', reason: 'deploy' });
    stop.catch(() => {});
    await clock.advance(4_000);
    await stop.catch(() => {});
    expect(seen).toEqual([{ kind: 'requested', detail: 'deploy' }, false, 4_000, 'TimeoutError']);
    expect(clock.pending).toBe(0);
  });
});
