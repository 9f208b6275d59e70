import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrashError } from '../../src/errors.ts';
import type { RestartOptions } from '../../src/supervision/intensity.ts';
import { MaxRestartsExceeded } from '../../src/supervision/max-restarts.ts';
import type { BackgroundOptions } from '../../src/tasks/options.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { background, type Rig, rig, taskOf, type Work } from '../support/tasks.ts';

const lost = new Error('lost');

function running(work: Work, options: BackgroundOptions = {}, chance = 0): Rig {
  return rig(background(options), work, {}, { random: () => chance });
}

/** One that fails each time after so long, and when it began. */
function failing(after: readonly number[]): { readonly work: Work; readonly begun: number[] } {
  const begun: number[] = [];
  return {
    begun,
    work: async ({ sleep, run, scheduledAt }) => {
      begun.push(scheduledAt - Date.UTC(2026, 0, 1));
      const ms = after[run - 1];
      if (ms === undefined) return;
      await sleep(ms);
      throw lost;
    },
  };
}

describe('a background task', () => {
  it('runs from the start to the stop of its service, and its signal tells it of the end', async () => {
    const order: string[] = [];
    const made = running(async ({ signal, sleep, name, run }) => {
      order.push(`${name} ${run}`);
      while (!signal.aborted) await sleep('1s');
      order.push('over');
    });
    await made.lifecycle.startAll();
    expect(order).toEqual(['Job.work 1']);
    await made.clock.advance(10_000);
    expect(taskOf(made).snapshot()).toMatchObject({
      kind: 'background',
      state: 'running',
      runs: 1,
      lastRun: { duration: undefined },
    });
    await made.lifecycle.stopAll();
    expect(order).toEqual(['Job.work 1', 'over']);
    expect(taskOf(made).state).toBe('idle');
  });

  it('that returns is done, and is not run again', async () => {
    const made = running(({ sleep }) => sleep('5s'));
    await made.lifecycle.startAll();
    await made.clock.advance(60_000);
    expect(taskOf(made).snapshot()).toMatchObject({
      state: 'done',
      runs: 1,
      failures: 0,
      lastRun: { duration: 5_000 },
    });
    expect(made.clock.pending).toBe(0);
    await made.lifecycle.stopAll();
  });

  it('that throws at once, without a promise, is run again too', async () => {
    let runs = 0;
    const made = running(() => {
      runs++;
      if (runs === 1) throw lost;
    });
    await made.lifecycle.startAll();
    await made.clock.advance(100);
    expect(taskOf(made).snapshot()).toMatchObject({ state: 'done', runs: 2, failures: 1, restarts: 1 });
    await made.lifecycle.stopAll();
  });

  it('that throws waits longer each time, up to the longest wait, and begins anew after a stable time', async () => {
    const { work, begun } = failing([0, 0, 0, 0, 5_000, 0]);
    const made = running(work, { backoff: { max: '500ms', resetAfter: '5s' }, restart: { max: 100 } });
    await made.lifecycle.startAll();
    await made.clock.advance(60_000);
    // 100, 200, 400, 500; then five seconds of work, and 100 again.
    expect(begun).toEqual([0, 100, 300, 700, 1_200, 6_300, 6_500]);
    await made.lifecycle.stopAll();
  });

  it('leaves all of the wait to chance, or as much of it as is said', async () => {
    const waits: number[] = [];
    for (const [jitter, chance] of [
      [1, 0.75],
      [0.5, 0.5],
      [0, 0.9],
    ] as const) {
      const made = running(failing([0]).work, { backoff: { initial: 1_000, jitter } }, chance);
      const recorder = new EventRecorder(made.lifecycle);
      await made.lifecycle.startAll();
      await made.clock.advance(0);
      for (const event of recorder.events) if (event.kind === 'task:restarting') waits.push(event.delay);
      expect(taskOf(made).state).toBe('restarting');
      await made.lifecycle.stopAll();
      expect(made.clock.pending).toBe(0);
    }
    expect(waits).toEqual([250, 750, 1_000]);
  });

  it('that fails more than five times in sixty seconds of running time crashes its service, which stops the application', async () => {
    const { work, begun } = failing(Array(20).fill(100));
    const made = running(work);
    await made.lifecycle.startAll();
    const done = made.lifecycle.done.catch((error: unknown) => error);
    await made.clock.advance(600_000);
    const error = (await done) as CrashError;
    expect(begun).toHaveLength(6);
    expect(error).toBeInstanceOf(CrashError);
    expect(error.message).toBe(
      'Job crashed: task Job.work failed 6 times within 1 m of running time, more often than restart.max (5); the last time: lost',
    );
    const story = error.cause as MaxRestartsExceeded;
    expect(story).toBeInstanceOf(MaxRestartsExceeded);
    expect(story.cause).toBe(lost);
    expect(made.lifecycle.get('Job')).toMatchObject({ state: 'crashed', crashReason: story });
    const { failures } = story.data as { failures: { at: number; error: Error }[] };
    expect(failures.map(({ at }) => at - Date.UTC(2026, 0, 1))).toEqual([100, 300, 600, 1_100, 2_000, 3_700]);
    expect(failures.map((failure) => (failure.error as { cause?: unknown }).cause)).toEqual(Array(6).fill(lost));
  });

  it('counts only the time in which it ran: waits do not make it better', async () => {
    const window = fc.integer({ min: 100, max: 5_000 });
    const lengths = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 8, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(window, lengths, fc.integer({ min: 0, max: 3 }), async (within, after, max) => {
        const { work, begun } = failing(after);
        const made = running(work, { restart: { max, within }, backoff: { initial: '1m', max: '1h', resetAfter: 1 } });
        await made.lifecycle.startAll();
        made.lifecycle.done.catch(() => {});
        for (let step = 0; step < 60; step++) await made.clock.advance(60_000);
        // Failure i comes when all runs up to it are over; too many lie within the window that ends with it.
        const ends = after.map((_, index) => after.slice(0, index + 1).reduce((sum, ms) => sum + ms, 0));
        const last = ends.findIndex((end) => ends.filter((other) => other <= end && other > end - within).length > max);
        expect(begun).toHaveLength(last < 0 ? after.length + 1 : last + 1);
        expect(made.lifecycle.get('Job').state).toBe(last < 0 ? 'running' : 'crashed');
        await made.lifecycle.stopAll();
      }),
      { numRuns: 60 },
    );
  });

  it.each<[RestartOptions, number]>([
    [{ max: 0 }, 1],
    [{ max: 2, within: '1m' }, 3],
    [{ max: 2, within: '1ms' }, 12],
    [{ max: Number.POSITIVE_INFINITY }, 12],
  ])('with restart %o', async (restart, runs) => {
    const { work, begun } = failing(Array(11).fill(10));
    const made = running(work, { restart, backoff: { initial: 0 } });
    await made.lifecycle.startAll();
    made.lifecycle.done.catch(() => {});
    await made.clock.advance(10_000);
    expect(begun).toHaveLength(runs);
    await made.lifecycle.stopAll();
  });

  it('is run again for as long as it is wanted, also with no wait in between', async () => {
    const { work, begun } = failing(Array(1_100).fill(1));
    const made = running(work, { restart: { max: Number.POSITIVE_INFINITY }, backoff: { initial: 0 } });
    await made.lifecycle.startAll();
    await made.clock.advance('2s');
    expect(begun).toHaveLength(1_101);
    await made.lifecycle.stopAll();
  });

  it('whose error comes after its signal has aborted has not crashed its service', async () => {
    const made = running(async ({ sleep }) => {
      await sleep('1h');
      throw lost;
    });
    const recorder = new EventRecorder(made.lifecycle);
    await made.lifecycle.startAll();
    await made.lifecycle.stopAll();
    expect(made.lifecycle.get('Job').state).toBe('stopped');
    expect(recorder.services('task:failed')).toEqual(['Job']);
    expect(recorder.services('incident')).toEqual([]);
    expect(made.clock.pending).toBe(0);
  });
});

describe('a paused background task', () => {
  it('is told by its signal, and is run anew when it is resumed', async () => {
    const log: string[] = [];
    const made = running(async ({ signal, sleep, run }) => {
      log.push(`+${run}`);
      while (!signal.aborted) await sleep('1h');
      log.push(`-${run} ${(signal.reason as Error).message}`);
    });
    await made.lifecycle.startAll();
    const task = taskOf(made);
    task.pause();
    task.pause();
    await quiescence();
    expect(log).toEqual(['+1', '-1 task Job.work is paused']);
    expect(task.snapshot()).toMatchObject({ state: 'paused', failures: 0 });
    task.resume();
    task.resume();
    expect(log.at(-1)).toBe('+2');
    // Resumed before it was out: it comes again when it is.
    task.pause();
    task.resume();
    expect(log.at(-1)).toBe('+2');
    await quiescence();
    expect(log.slice(2)).toEqual(['+2', '-2 task Job.work is paused', '+3']);
    await made.lifecycle.stopAll();
  });

  it('stays paused over a restart, and does not wait for its back-off any more', async () => {
    const { work, begun } = failing([0, 0]);
    const made = running(work, { backoff: { initial: '1h' } });
    await made.lifecycle.startAll();
    await quiescence();
    taskOf(made).pause();
    expect(made.clock.pending).toBe(0);
    await made.lifecycle.restart('Job');
    await made.clock.advance(10_000);
    expect(begun).toHaveLength(1);
    expect(taskOf(made).state).toBe('paused');
    taskOf(made).resume();
    expect(begun).toHaveLength(2);
    await made.lifecycle.stopAll();
  });

  it('that was done before stays done', async () => {
    const { work, begun } = failing([]);
    const made = running(work);
    await made.lifecycle.startAll();
    await quiescence();
    expect(taskOf(made).state).toBe('done');
    taskOf(made).pause();
    taskOf(made).resume();
    expect(begun).toHaveLength(1);
    expect(taskOf(made).state).toBe('done');
    await expect(taskOf(made).trigger()).resolves.toBeUndefined();
    expect(begun).toHaveLength(2);
    await made.lifecycle.stopAll();
  });

  it('may pause itself', async () => {
    const made = running(async ({ signal }) => {
      taskOf(made).pause();
      signal.throwIfAborted();
    });
    await made.lifecycle.startAll();
    await quiescence();
    expect(taskOf(made).snapshot()).toMatchObject({ state: 'paused', failures: 0, runs: 1 });
    await made.lifecycle.stopAll();
  });
});
