import { describe, expect, it } from 'vitest';
import { StopError } from '../../src/errors.ts';
import type { Hooks } from '../../src/hooks.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { constant, handMade, made, service } from '../support/hand-made.ts';

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

describe('disposal', () => {
  it('disposes of what the container built and that has no onStop, in the order of the graph', async () => {
    const log: string[] = [];
    const disposable = (name: string) => ({ [Symbol.dispose]: () => void log.push(name) });
    const lifecycle = handMade({
      Pool: made(() => disposable('Pool')),
      Api: service(
        { onStop: () => log.push('Api'), ...disposable('never: it has onStop') },
        { needs: ['Pool', 'Given'] },
      ),
      Given: constant(disposable('never: a constant')),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(log).toEqual(['Api', 'Pool']);
  });

  it('is for good: the next start names what cannot start again', async () => {
    const lifecycle = handMade({
      Pool: made(() => ({ [Symbol.asyncDispose]: () => Promise.resolve() })),
      Api: service({}, { needs: ['Pool'] }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    const start = lifecycle.startAll();
    await expect(start).rejects.toMatchObject({
      code: 'LIFECYCLE_START_FAILED',
      cause: { code: 'LIFECYCLE_DISPOSED' },
    });
    await expect(start).rejects.toThrow('Pool holds an object that was disposed of');
  });

  it('refuses an object that was disposed of under another binding, too', async () => {
    const pool = { [Symbol.dispose]() {} };
    const first = handMade({ Pool: made(() => pool) });
    await first.startAll();
    await first.stopAll();
    const second = handMade({ Other: made(() => pool) });
    await expect(second.startAll()).rejects.toThrow('holds an object that was disposed of');
  });
});
