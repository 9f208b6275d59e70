import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import type { Hooks } from '../../src/hooks.ts';
import { StartError } from '../../src/lifecycle/start-error.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, made, service } from '../support/hand-made.ts';

const never = (): Promise<never> => new Promise(() => {});

/** Hooks that write down that they were called. */
function noting(calls: string[], ...names: (keyof Hooks)[]): Hooks {
  return Object.fromEntries(names.map((name) => [name, () => void calls.push(name)]));
}

async function failureOf(start: Promise<unknown>): Promise<StartError> {
  const error = await start.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StartError)) throw error ?? new Error('the start did not fail');
  return error;
}

describe('a failed start', () => {
  it('tells the service, the way to it, what was complete, what was rolled back and what never began', async () => {
    const cause = new Error('refused');
    const fail = (): never => {
      throw cause;
    };
    const lifecycle = handMade({
      Web: service({}, { needs: ['Api'] }),
      Api: service({}, { needs: ['Db'] }),
      Db: service({ onStart: fail }, { needs: ['Config'] }),
      Config: service({ onStart() {}, onStop() {} }),
    });
    const error = await failureOf(lifecycle.startAll());
    expect(error.code).toBe('LIFECYCLE_START_FAILED');
    expect(error.cause).toBe(cause);
    expect(error.data).toEqual({
      service: 'Db',
      path: ['Web', 'Api', 'Db'],
      completed: ['Config'],
      rolledBack: ['Config'],
      neverBegun: ['Web', 'Api'],
      without: [],
      leftBehind: [],
    });
    expect(error.message).toContain('Db.onStart failed: refused');
    expect(error.message).toContain('Web -> Api -> Db');
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['idle', 'idle', 'crashed', 'stopped']);
    expect(lifecycle.get('Db').crashReason?.message).toContain('refused');
    expect(lifecycle.state).toBe('crashed');
  });

  it('is an event at once, before anything follows from it, and the cause of what does', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Bad: service({ onStart: ({ sleep }) => sleep(10).then(() => Promise.reject(new Error('no'))) }),
        AlsoBad: service({ onStart: ({ sleep }) => sleep(20).then(() => Promise.reject(new Error('no'))) }),
        // It does not listen to its signal.
        Stubborn: service({ onStart: () => new Promise<void>((resolve) => clock.timer(1_000, resolve)) }),
        Fine: service({ onStart() {}, onStop() {} }),
      },
      { clock },
    );
    const recorder = new EventRecorder(lifecycle);
    const start = failureOf(lifecycle.startAll());
    await clock.advance(10);
    const [failed, ...more] = recorder.events.filter(({ kind }) => kind === 'start:failed');
    expect(failed).toMatchObject({ service: 'Bad', error: { message: 'Bad.onStart failed: no' } });
    expect(more).toEqual([]);
    expect(recorder.events.some(({ kind }) => kind.endsWith(':stopping'))).toBe(false);
    await clock.advance(1_000);
    await start;
    const of = (name: LifecycleEvent['kind']) => recorder.events.filter(({ kind }) => kind === name);
    expect(of('start:failed')).toHaveLength(1);
    expect(of('app:crashed')[0]?.parent).toBe(failed?.id);
    expect(of('service:crashed')[0]?.id).toBe(failed?.parent);
  });

  it('that was aborted has not failed', async () => {
    const lifecycle = handMade({ Slow: service({ onStart: ({ sleep }) => sleep('1h').then(() => never()) }) });
    const recorder = new EventRecorder(lifecycle);
    const start = failureOf(lifecycle.startAll());
    await lifecycle.stopAll({ timeout: 0 }).catch(() => {});
    expect((await start).code).toBe('LIFECYCLE_START_ABORTED');
    expect(recorder.events.filter(({ kind }) => kind === 'start:failed')).toEqual([]);
  });

  it('aborts the signals of hooks in flight and begins nothing new', async () => {
    const clock = new ManualClock();
    const aborted: string[] = [];
    const patient = (name: string): Hooks => ({
      async onStart({ signal, sleep }) {
        await sleep('1h');
        if (signal.aborted) aborted.push(name);
      },
      onStop: () => void aborted.push(`${name} stops`),
    });
    const lifecycle = handMade(
      {
        Bad: service({ onStart: ({ sleep }) => sleep(10).then(() => Promise.reject(new Error('no'))) }),
        Slow: service(patient('Slow'), { startTimeout: '2h' }),
        After: service({ onStart: () => void aborted.push('After starts') }, { needs: ['Slow'] }),
      },
      { clock },
    );
    const start = failureOf(lifecycle.startAll());
    await clock.advance(10);
    const error = await start;
    expect(clock.now()).toBe(10);
    expect(aborted).toEqual(['Slow', 'Slow stops']);
    expect(error.data).toMatchObject({ service: 'Bad', rolledBack: ['Slow'], neverBegun: ['After'] });
    expect(clock.pending).toBe(0);
  });

  it('aborts the hook of the very service that failed', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Db: service({
          onStart({ crash, sleep }) {
            crash(new Error('lost'));
            return sleep('20s');
          },
        }),
      },
      { clock },
    );
    const error = await failureOf(lifecycle.startAll());
    expect(clock.now()).toBe(0);
    expect(error.cause).toEqual(new Error('lost'));
  });

  it('does not wait for an onStarted that has time: its service is stopped in its turn', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const lifecycle = handMade(
      {
        Db: service({
          onStarted: ({ sleep }) => sleep('20s').then(() => log.push('Db.onStarted')),
          onStop: () => log.push('Db.onStop'),
        }),
        Api: service({ onStop: () => log.push('Api.onStop') }, { needs: ['Db'] }),
        Bad: service({ onStart: ({ sleep }) => sleep(5).then(() => Promise.reject(new Error('no'))) }),
      },
      { clock },
    );
    const start = failureOf(lifecycle.startAll());
    await clock.advance(5);
    await start;
    expect(clock.now()).toBe(5);
    expect(log).toEqual(['Api.onStop', 'Db.onStarted', 'Db.onStop']);
    expect(lifecycle.get('Db').state).toBe('stopped');
  });

  it('gives one that rejects or hangs its disposers and onShutdown, but no onStop', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const half = (name: string, end: () => Promise<unknown>): Hooks => ({
      onStart({ defer }) {
        defer(() => log.push(`${name} disposer`));
        return end();
      },
      onStop: () => log.push(`${name}.onStop`),
      onShutdown: () => log.push(`${name}.onShutdown`),
    });
    const lifecycle = handMade(
      {
        Bad: service(half('Bad', () => Promise.reject(new Error('no')))),
        Hung: service(half('Hung', never), { startTimeout: '3s' }),
      },
      { clock },
    );
    const start = failureOf(lifecycle.startAll());
    await clock.advance(3_000);
    await start;
    expect(log.toSorted()).toEqual(['Bad disposer', 'Bad.onShutdown', 'Hung disposer', 'Hung.onShutdown']);
    expect(clock.pending).toBe(0);
  });

  it('stops what had started on a budget of its own', async () => {
    const clock = new ManualClock();
    let stopped = false;
    const lifecycle = handMade(
      {
        Db: service({
          onStop: ({ sleep }) =>
            sleep('10s').then(() => {
              stopped = true;
            }),
        }),
        Api: service({ onStart: never }, { needs: ['Db'], startTimeout: '30s' }),
      },
      { clock },
    );
    const start = failureOf(lifecycle.startAll({ timeout: '30s' }));
    await clock.advance(40_000);
    const error = await start;
    expect(stopped).toBe(true);
    expect(error.code).toBe('LIFECYCLE_START_TIMEOUT');
  });

  it('counts an error of onStarted', async () => {
    const lifecycle = handMade({
      Db: service({ onStarted: () => Promise.reject(new Error('late')) }),
      Api: service({}, { needs: ['Db'] }),
    });
    const error = await failureOf(lifecycle.startAll());
    expect(error.message).toContain('Db.onStarted failed: late');
    expect(lifecycle.get('Db').state).toBe('crashed');
    expect(lifecycle.get('Api').state).toBe('stopped');
  });

  it('calls onFirstStart at the next start when the failed one never came to it', async () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const slow = {
      needs: [],
      make: () =>
        new Promise((resolve) =>
          clock.timer(20, () => resolve(noting(calls, 'onFirstStart', 'onStart', 'onShutdown'))),
        ),
    };
    let broken = true;
    const lifecycle = handMade(
      {
        Slow: { ...service(noting([], 'onFirstStart', 'onStart', 'onShutdown')), ...slow },
        Bad: service({
          onStart: ({ sleep }) => sleep(10).then(() => (broken ? Promise.reject(new Error('no')) : undefined)),
        }),
      },
      { clock },
    );
    const start = failureOf(lifecycle.startAll());
    await clock.advance(20);
    await start;
    expect(calls).toEqual([]);
    broken = false;
    const again = lifecycle.startAll();
    await clock.advance(20);
    await again;
    expect(calls).toEqual(['onFirstStart', 'onStart']);
  });

  it('is over before it can be tried again: a startAll during the rollback waits for it', async () => {
    const clock = new ManualClock();
    let broken = true;
    const lifecycle = handMade(
      {
        Db: service({ onStop: ({ sleep }) => sleep('1s') }),
        Api: service({ onStart: () => (broken ? Promise.reject(new Error('no')) : undefined) }, { needs: ['Db'] }),
      },
      { clock },
    );
    const first = failureOf(lifecycle.startAll());
    await quiescence();
    expect(lifecycle.state).toBe('stopping');
    broken = false;
    const second = lifecycle.startAll();
    await clock.advance(1_000);
    await first;
    await second;
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['running', 'running']);
  });
});

describe('what a hook can do wrong', () => {
  it.each([
    ['a text', 'a text'],
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('odd')],
    ['an object', { code: 1 }],
    ['an object that has no text', Object.create(null)],
  ])('throws %s', async (_, thrown) => {
    const lifecycle = handMade({
      Db: service({
        onStart() {
          throw thrown;
        },
      }),
    });
    const error = await failureOf(lifecycle.startAll());
    expect(error.message).toContain(`Db.onStart threw ${messageOf(thrown)}, which is not an Error`);
    expect(error.cause).toBe(thrown);
  });

  it('returns a thenable that never settles: the timeout names it, the step and who waits', async () => {
    const clock = new ManualClock();
    // biome-ignore lint/suspicious/noThenProperty: it is what is to be tested
    const thenable = { then() {} };
    const lifecycle = handMade(
      { Db: service({ onStart: () => thenable as never }), Api: service({}, { needs: ['Db'] }) },
      { clock },
    );
    const start = failureOf(lifecycle.startAll());
    await clock.advance(30_000);
    const error = await start;
    expect(error.message).toContain('Db.onStart had not settled after 30 s and was left behind; waiting for it: Api');
    expect(clock.pending).toBe(0);
  });

  it('throws in its constructor', async () => {
    const cause = new TypeError('bad config');
    const lifecycle = handMade({
      Db: made(() => {
        throw cause;
      }),
    });
    const error = await failureOf(lifecycle.startAll());
    expect(error.cause).toBe(cause);
    expect(error.message).toContain('creating Db failed: bad config');
    expect(lifecycle.get('Db').state).toBe('crashed');
  });

  it('cannot be created at first, and can later', async () => {
    let tries = 0;
    const lifecycle = handMade({
      Db: made(() => (++tries === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve({ onStart() {} }))),
    });
    await failureOf(lifecycle.startAll());
    await lifecycle.startAll();
    expect(lifecycle.get('Db').state).toBe('running');
    expect(tries).toBe(2);
  });

  it('waits for another one that waits for it: the timeout names who is pending', async () => {
    const clock = new ManualClock();
    const events: string[] = [];
    let ready: (() => void) | undefined;
    const other = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const lifecycle = handMade(
      { A: made(() => other, {}), B: made(() => other, {}), C: service({}, { needs: ['A', 'B'] }) },
      { clock },
    );
    lifecycle.on((event) => event.kind === 'step:abandoned' && events.push(event.error?.message ?? ''));
    const start = failureOf(lifecycle.startAll());
    await clock.advance(30_000);
    const error = await start;
    expect(error.message).toContain('creating A had not settled after 30 s');
    expect(error.message).toContain('waiting for it: C');
    expect(events).toHaveLength(2);
    ready?.();
    await quiescence();
    expect(clock.pending).toBe(0);
  });
});
