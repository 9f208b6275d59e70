import { describe, expect, it } from 'vitest';
import type { CrashError } from '../../src/errors.ts';
import { MaxRestartsExceeded } from '../../src/supervision/max-restarts.ts';
import type { TimerOptions } from '../../src/tasks/options.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { background, rig, taskOf, timer } from '../support/tasks.ts';

const lost = new Error('lost');

/** A timer of one second; its runs fail as long as this says. */
function ticking(fails: (run: number) => boolean, options: TimerOptions = {}, work?: () => unknown) {
  return rig(timer('1s', options), ({ run }) => {
    if (fails(run)) throw lost;
    return work?.();
  });
}

describe('a scheduled run that fails', () => {
  it('is counted and told of with its cause, and the next one comes as due', async () => {
    const made = ticking((run) => run % 2 === 1);
    const recorder = new EventRecorder(made.lifecycle);
    await made.lifecycle.startAll();
    await made.clock.advance(4_000);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 4, failures: 2, lastRun: { error: undefined } });
    const failed = recorder.events.filter((event) => event.kind === 'task:failed');
    expect(failed).toMatchObject([
      { service: 'Job', task: 'work', run: 1, inARow: 1, error: { code: 'LIFECYCLE_TASK_FAILED', cause: lost } },
      { run: 3, inARow: 1 },
    ]);
    const began = recorder.events.find((event) => event.kind === 'task:began');
    expect(failed[0]?.parent).toBe(began?.id);
    expect(made.lifecycle.get('Job').state).toBe('running');
    await made.clock.advance(1_000);
    expect(taskOf(made).snapshot().lastRun?.error?.message).toBe('task Job.work failed: lost');
    await made.lifecycle.stopAll();
  });

  it.each<[unknown, string]>([
    ['a text', 'task Job.work threw a text, which is not an Error; throw new Error(...) to keep the stack'],
    [undefined, 'task Job.work threw undefined, which is not an Error; throw new Error(...) to keep the stack'],
    [Object.create(null), 'task Job.work threw [Object: null prototype] {}, which is not an Error;'],
  ])('may throw anything: %s', async (thrown, text) => {
    const made = rig(timer('1s'), () => Promise.reject(thrown));
    await made.lifecycle.startAll();
    await made.clock.advance(1_000);
    const { error } = taskOf(made).snapshot().lastRun ?? {};
    expect(error?.message).toContain(text);
    expect((error as { cause?: unknown }).cause).toBe(thrown);
    await made.lifecycle.stopAll();
  });

  it.each([
    ['then', () => ({})],
    ['constructor', () => Promise.resolve()],
  ] as const)('may fail by what it gives: an object whose %s throws', async (name, make) => {
    const get = (): never => {
      throw lost;
    };
    const made = rig(timer('1s'), ({ run }) => (run === 1 ? Object.defineProperty(make(), name, { get }) : undefined));
    await made.lifecycle.startAll();
    await made.clock.advance(2_000);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 2, failures: 1, lastRun: { error: undefined } });
    await made.lifecycle.stopAll();
    expect(made.clock.pending).toBe(0);
  });

  it('crashes its service when too many in a row have, if it was told to', async () => {
    const made = ticking((run) => run !== 3, { restart: { max: 2 } });
    await made.lifecycle.startAll();
    const done = made.lifecycle.done.catch((error: unknown) => error);
    await made.clock.advance(5_000);
    expect(made.lifecycle.get('Job').state).toBe('running');
    await made.clock.advance(5_000);
    const crash = (await done) as CrashError;
    expect(crash.message).toContain('task Job.work failed 3 times in a row (restart: { max: 2 }); the last time: lost');
    expect(crash.cause).toBeInstanceOf(MaxRestartsExceeded);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 6, failures: 5 });
    const { failures } = (crash.cause as MaxRestartsExceeded).data as { failures: { at: number }[] };
    expect(failures.map(({ at }) => at - Date.UTC(2026, 0, 1))).toEqual([4_000, 5_000, 6_000]);
    const once = ticking(() => true, { restart: { max: 0 } });
    await once.lifecycle.startAll();
    const end = once.lifecycle.done.catch((error: unknown) => error);
    await once.clock.advance(1_000);
    expect(((await end) as CrashError).message).toContain('task Job.work failed once (restart: { max: 0 }); ');
  });

  it('climbs: service, incident, application, done', async () => {
    const made = ticking(() => true, { restart: { max: 0 } });
    const recorder = new EventRecorder(made.lifecycle);
    await made.lifecycle.startAll();
    const done = made.lifecycle.done.catch(() => {});
    await made.clock.advance(1_000);
    await done;
    const chain: string[] = [];
    const last = recorder.events.find(({ kind }) => kind === 'app:stopping');
    for (let at = last; at !== undefined; at = recorder.events.find(({ id }) => id === at?.parent))
      chain.unshift(at.kind);
    expect(chain.slice(-6)).toEqual([
      'task:began',
      'task:failed',
      'service:crashed',
      'incident',
      'app:crashed',
      'app:stopping',
    ]);
  });

  it('begins no other run once its service has crashed, though others keep it from stopping', async () => {
    let runs = 0;
    const made = rig(timer('1s', { restart: { max: 0 } }), () => {
      runs++;
      throw lost;
    });
    await made.lifecycle.startAll();
    made.lifecycle.done.catch(() => {});
    await made.clock.advance(60_000);
    expect(runs).toBe(1);
    expect(made.clock.pending).toBe(0);
  });
});

describe('onError', () => {
  it('is told of each failure, with the error itself and the service', async () => {
    const told: unknown[] = [];
    const made = ticking((run) => run < 3, { onError: (error, self) => told.push(error, self) });
    await made.lifecycle.startAll();
    await made.clock.advance(4_000);
    expect(told).toHaveLength(4);
    expect(told[0]).toBe(lost);
    expect(told[1]).toHaveProperty('work');
    await made.lifecycle.stopAll();
  });

  it.each([
    ["that gives 'crash'", () => 'crash', 'lost'],
    ["that gives 'crash' later", async () => 'crash', 'lost'],
    [
      'that throws',
      () => {
        throw new Error('worse');
      },
      'task Job.work (its onError) failed: worse',
    ],
    ['that rejects', () => Promise.reject(new Error('worse')), 'task Job.work (its onError) failed: worse'],
  ])('%s crashes the service', async (_, onError, text) => {
    const made = ticking(() => true, { onError });
    await made.lifecycle.startAll();
    const done = made.lifecycle.done.catch((error: unknown) => error);
    await made.clock.advance(10_000);
    expect(((await done) as Error).message).toContain(text);
    expect(taskOf(made).snapshot().runs).toBe(1);
  });

  it('is part of the run: the next one waits for it, and so does the stop', async () => {
    const order: string[] = [];
    const made = rig(
      timer('1s', {
        onError: () =>
          made.lifecycle.clock && new Promise((resolve) => setImmediate(() => resolve(order.push('judged')))),
      }),
      () => Promise.reject(lost),
      { onStop: () => void order.push('onStop') },
    );
    await made.lifecycle.startAll();
    await made.clock.advance(1_000);
    await made.lifecycle.stopAll();
    expect(order).toEqual(['judged', 'onStop']);
  });

  it('of a background task is told too, and may save it from being run again', async () => {
    const made = rig(background({ onError: () => 'crash' }), () => Promise.reject(lost));
    await made.lifecycle.startAll();
    const error = await made.lifecycle.done.catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe('Job crashed: task Job.work failed: lost');
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 1, restarts: 0 });
  });
});

describe('a timeout', () => {
  it('aborts the run, counts one failure, and lets the next one wait until it has settled', async () => {
    let settle = (): void => {};
    const signals: AbortSignal[] = [];
    const made = rig(timer('1s', { timeout: '200ms' }), ({ signal }) => {
      signals.push(signal);
      return signals.length > 1 ? undefined : new Promise<void>((_, reject) => (settle = () => reject(lost)));
    });
    await made.lifecycle.startAll();
    await made.clock.advance(1_200);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
    expect(taskOf(made).snapshot().lastRun?.error).toMatchObject({
      message: expect.stringContaining('and its next run waits until it settles'),
    });
    expect(taskOf(made).snapshot()).toMatchObject({
      state: 'running',
      failures: 1,
      lastRun: { error: { code: 'LIFECYCLE_TASK_TIMEOUT' } },
    });
    await made.clock.advance(1_800);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 1, overlaps: 2 });
    settle();
    await made.clock.advance(1_000);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 2, failures: 1, state: 'waiting' });
    expect(signals[1]?.aborted).toBe(false);
    await made.lifecycle.stopAll();
    expect(made.clock.pending).toBe(0);
  });

  it('during the stop is told as what it is: no next run waits for it', async () => {
    const made = rig(timer('1s', { timeout: '200ms' }), () => new Promise(() => {}));
    const recorder = new EventRecorder(made.lifecycle);
    await made.lifecycle.startAll();
    await made.clock.advance(1_000);
    const stop = made.lifecycle.stopAll({ timeout: '1s' }).catch(() => {});
    await made.clock.advance(1_000);
    await stop;
    const failed = recorder.events.find((event) => event.kind === 'task:failed');
    expect(failed?.error.message).toBe(
      'task Job.work had not settled after its timeout of 200 ms; its signal has aborted, and the stop of its service waits for it',
    );
  });

  it('does not touch a run that is over in time, and the signal of the stop reaches one that is not over', async () => {
    const reasons: unknown[] = [];
    const made = rig(timer('1s', { timeout: '1h' }), async ({ signal, sleep }) => {
      await sleep('10m');
      reasons.push(signal.aborted);
    });
    await made.lifecycle.startAll();
    await made.clock.advance(1_000);
    await made.lifecycle.stopAll();
    expect(reasons).toEqual([true]);
    expect(made.clock.pending).toBe(0);
  });
});

describe('a run that never settles', () => {
  it('shows in the overlaps and in the snapshot, and is named by the stop', async () => {
    const made = rig(timer('1s'), () => new Promise(() => {}));
    await made.lifecycle.startAll();
    await made.clock.advance(5_000);
    expect(taskOf(made).snapshot()).toMatchObject({
      state: 'running',
      runs: 1,
      overlaps: 4,
      lastRun: { duration: undefined },
    });
    const stop = made.lifecycle.stopAll({ timeout: '2s' }).catch((error: unknown) => error);
    await made.clock.advance(2_000);
    expect(((await stop) as Error).message).toContain('task Job.work had not ended');
    await quiescence();
    expect(made.clock.pending).toBe(0);
  });
});
