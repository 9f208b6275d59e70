import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service, silent } from '../support/hand-made.ts';

const never = (): Promise<never> => new Promise(() => {});

/** A lifecycle with one service, the context of whose `onStart` is kept. */
async function running(options: Parameters<typeof service>[1] = {}) {
  const clock = new ManualClock();
  let context: ServiceContext | undefined;
  const lifecycle = handMade(
    {
      Db: service(
        {
          onStart: (given) => {
            context = given;
          },
        },
        options,
      ),
    },
    { clock },
  );
  await lifecycle.startAll();
  if (context === undefined) throw new Error('onStart was not called');
  return { clock, context, lifecycle };
}

describe('the context', () => {
  it('knows its service and can be taken apart', async () => {
    const { context, lifecycle } = await running();
    const { name, state, reason, beacon, signal } = context;
    expect({ name, state, reason }).toEqual({ name: 'Db', state: 'running', reason: undefined });
    expect(beacon).toMatchObject({ label: 'Db', depth: 1, path: ['Db'] });
    await lifecycle.stopAll();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'AbortError', reason: { kind: 'requested' } });
  });

  it('writes lines with the service', async () => {
    const lines: unknown[] = [];
    const child = (fields: object) => ({ ...silent, info: (message: unknown) => lines.push({ ...fields, message }) });
    const lifecycle = handMade(
      { Db: service({ onStart: ({ log }) => log.info('hello') }) },
      { logger: { ...silent, child } },
    );
    await lifecycle.startAll();
    expect(lines).toEqual([{ service: 'Db', depth: 1, message: 'hello' }]);
  });

  it('knows the place in the tree: below the dependent on the longest path', async () => {
    let found: ServiceContext['beacon'] | undefined;
    const lifecycle = handMade({
      Web: service({}, { needs: ['Api', 'Db'] }),
      Api: service({}, { needs: ['Db'] }),
      Db: service({
        onStarted: ({ beacon }) => {
          found = beacon;
        },
      }),
    });
    await lifecycle.startAll();
    expect(found).toMatchObject({ depth: 3, path: ['Web', 'Api', 'Db'], parent: { label: 'Api' } });
    expect(found?.parent?.parent?.children.map(({ label }) => label)).toEqual(['Api']);
  });

  it('sleeps until the time is up or the signal aborts, and never rejects', async () => {
    const { clock, context, lifecycle } = await running();
    const woken: string[] = [];
    void context.sleep('1s').then(() => woken.push('time'));
    void context.sleep('1h').then(() => woken.push('stop'));
    await clock.advance(1_000);
    expect(woken).toEqual(['time']);
    await lifecycle.stopAll();
    expect(woken).toEqual(['time', 'stop']);
    await context.sleep('1h');
    expect(clock.pending).toBe(0);
  });

  it('refuses what cannot be meant', async () => {
    const { context } = await running();
    const wrong = (call: () => unknown) =>
      expect(call).toThrow(expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION' }));
    wrong(() => context.sleep(-1));
    wrong(() => context.extend(Number.NaN));
    wrong(() => context.use({} as Disposable));
    wrong(() => context.defer('undo' as never));
    wrong(() => context.spawn(undefined as never));
  });

  it('refuses work for a life that is over, naming the service', async () => {
    const { context, lifecycle } = await running();
    await lifecycle.stopAll();
    const late = (call: () => unknown) =>
      expect(call).toThrow(
        expect.objectContaining({
          code: 'LIFECYCLE_LIFE_OVER',
          message: expect.stringContaining('on Db after its life had ended (it is stopped)'),
        }),
      );
    late(() => context.use({ [Symbol.dispose]() {} }));
    late(() => context.defer(() => {}));
    late(() => context.spawn(() => {}));
  });

  it('of an earlier hook leaves no timer behind when it is used in the stop', async () => {
    const clock = new ManualClock();
    let kept: ServiceContext | undefined;
    const seen: boolean[] = [];
    const lifecycle = handMade(
      {
        Db: service({
          onStart: (given) => {
            kept = given;
          },
          onStop: () => void seen.push(kept?.signal.aborted ?? false),
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(seen).toEqual([true]);
    expect(clock.pending).toBe(0);
  });

  it('gives a resource back that it will dispose of', async () => {
    const { context, lifecycle } = await running();
    let disposed = 0;
    const resource = { [Symbol.dispose]: () => void disposed++ };
    expect(context.use(resource)).toBe(resource);
    await lifecycle.stopAll();
    expect(disposed).toBe(1);
  });
});

describe('spawned work', () => {
  it('has a name, a signal, and is listed while it runs', async () => {
    const { clock, context, lifecycle } = await running();
    const task = context.spawn(({ sleep }) => sleep(10), { name: 'poll' });
    function refresh(): void {}
    expect(context.spawn(refresh).name).toBe('Db.refresh');
    expect(task.name).toBe('Db.poll');
    expect(lifecycle.get('Db').tasks).toMatchObject([{ name: 'Db.poll', kind: 'spawned', state: 'running', runs: 1 }]);
    await clock.advance(10);
    await task.finished;
    expect(lifecycle.get('Db').tasks).toEqual([]);
    await lifecycle.stopAll();
  });

  it('is not called slow however long it runs', async () => {
    const { clock, context, lifecycle } = await running();
    const recorder = new EventRecorder(lifecycle);
    context.spawn(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)));
    expect(clock.pending).toBe(0);
    await clock.advance(60_000);
    expect(recorder.services('step:slow')).toEqual([]);
    await lifecycle.stopAll();
  });
});

describe('extend', () => {
  it('moves the deadline of a start, from now on', async () => {
    const clock = new ManualClock();
    const left: number[] = [];
    const lifecycle = handMade(
      {
        Db: service(
          {
            async onStart({ extend, sleep }) {
              await sleep('1s');
              extend('10s');
              await sleep('9s');
              left.push(clock.now());
            },
          },
          { startTimeout: '2s' },
        ),
      },
      { clock },
    );
    const start = lifecycle.startAll();
    await clock.advance(10_000);
    await start;
    expect(left).toEqual([10_000]);
    expect(clock.pending).toBe(0);
  });

  it('never shortens it', async () => {
    const clock = new ManualClock();
    let deadline: number | undefined;
    const lifecycle = handMade(
      {
        Db: service({
          onStart(context) {
            context.extend(1);
            deadline = context.deadline;
          },
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    expect(deadline).toBe(clock.date() + 30_000);
  });

  it('in a stop passes the own limit, but not the budget', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Db: service(
          {
            onStop({ extend }) {
              extend('1h');
              return never();
            },
          },
          { stopTimeout: '1s' },
        ),
      },
      { clock },
    );
    await lifecycle.startAll();
    const stop = expect(lifecycle.stopAll({ timeout: '8s' })).rejects.toThrow('Db.onStop had not settled after 8 s');
    await clock.advance(8_000);
    await stop;
    expect(clock.now()).toBe(8_000);
  });

  it('after the time is up changes nothing', async () => {
    const clock = new ManualClock();
    let kept: ServiceContext | undefined;
    const lifecycle = handMade(
      {
        Db: service(
          {
            onStart(given) {
              kept = given;
              return never();
            },
          },
          { startTimeout: '1s' },
        ),
      },
      { clock },
    );
    const start = expect(lifecycle.startAll()).rejects.toThrow('Db.onStart had not settled after 1 s');
    await clock.advance(1_000);
    await start;
    kept?.extend('1h');
    expect(clock.pending).toBe(0);
  });
});
