import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';
import { rejection, tick } from '../support/recorded.ts';
import { bindTo, lookOn, type Sight } from '../support/spectator.ts';
import { background, crontab, rig, taskOf, timer } from '../support/tasks.ts';

const parts = (seen: readonly Sight[]): string[] => seen.map(({ what }) => what.replace('task.run ', ''));

/** Fires in the asynchronous context that the timer was set in, as Node's do. */
class ContextualClock extends ManualClock {
  override timer(ms: number, fire: () => void): () => void {
    return super.timer(ms, AsyncResource.bind(fire));
  }
}

const AT_ONCE = ['start', 'end'];
const LATER = ['start', 'end', 'asyncStart', 'asyncEnd'];

describe('the channel of runs', () => {
  it('tells of one that is done at once, and of one that takes its time', async () => {
    const seen = lookOn('task.run');
    let work = (): unknown => 1;
    const job = rig(timer('1s'), () => work());
    const { clock, lifecycle } = job;
    const events: LifecycleEvent[] = [];
    lifecycle.on((event) => events.push(event));
    await lifecycle.startAll();
    await clock.advance(1_000);
    expect(parts(seen)).toEqual(AT_ONCE);
    const began = events.find(({ kind }) => kind === 'task:began');
    const facts = { lifecycle, service: 'Job', task: 'work', kind: 'timer', run: 1, lateness: 0, event: began?.id };
    expect(seen[0]?.said).toEqual(facts);
    expect(seen[1]?.said).toEqual({ ...facts, outcome: 'done', duration: 0, result: 1 });

    seen.length = 0;
    work = () => new Promise((resolve) => void clock.timer(20, () => resolve('late')));
    clock.block(1_005);
    await clock.advance(20);
    expect(parts(seen)).toEqual(LATER);
    expect(seen[1]?.said).not.toHaveProperty('outcome');
    expect(seen[3]?.said).toMatchObject({ run: 2, lateness: 5, outcome: 'done', duration: 20, result: 'late' });
    await lifecycle.stopAll();
  });

  it('tells of a failure, at once and later, and of onError as part of the run', async () => {
    const seen = lookOn('task.run');
    let work = (): unknown => {
      throw new Error('no');
    };
    const job = rig(timer('1s', { onError: () => tick() }), () => work());
    await job.lifecycle.startAll();
    await job.clock.advance(1_000);
    expect(parts(seen)).toEqual(['start', 'error', 'end', 'asyncStart', 'asyncEnd']);
    expect(seen[1]?.said).toMatchObject({ error: { code: 'LIFECYCLE_TASK_FAILED', cause: { message: 'no' } } });
    expect(seen[2]?.said).not.toHaveProperty('outcome');
    expect(seen[4]?.said).toMatchObject({ outcome: 'failed' });
    expect(seen[4]?.said).not.toHaveProperty('result');
    await job.lifecycle.stopAll();

    seen.length = 0;
    work = () => Promise.reject(new Error('later'));
    const other = rig(crontab('* * * * *'), () => work());
    await other.lifecycle.startAll();
    await other.clock.advance(60_000);
    expect(parts(seen)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(seen[4]?.said).toMatchObject({ kind: 'crontab', outcome: 'failed', error: { cause: { message: 'later' } } });
    await other.lifecycle.stopAll();

    seen.length = 0;
    const sync = rig(timer('1s'), () => {
      throw new Error('no');
    });
    await sync.lifecycle.startAll();
    await rejection(taskOf(sync).trigger());
    expect(parts(seen)).toEqual(['start', 'error', 'end']);
    await sync.lifecycle.stopAll();
  });

  it('tells of a timeout when it comes, and of the end when that does', async () => {
    const seen = lookOn('task.run');
    const { clock, lifecycle } = rig(timer('1s', { timeout: 100 }), ({ signal }) => {
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => clock.timer(50, () => reject(signal.reason))),
      );
    });
    await lifecycle.startAll();
    await clock.advance(1_100);
    expect(parts(seen)).toEqual(['start', 'end', 'error']);
    expect(seen[2]?.said).toMatchObject({ error: { code: 'LIFECYCLE_TASK_TIMEOUT' } });
    await clock.advance(50);
    expect(parts(seen)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(seen[4]?.said).toMatchObject({ outcome: 'failed', duration: 150 });
    await lifecycle.stopAll();
  });

  it('takes a run that a stop has aborted for no failure', async () => {
    const seen = lookOn('task.run');
    const { lifecycle } = rig(background(), ({ signal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(parts(seen)).toEqual(LATER);
    expect(seen[3]?.said).toMatchObject({ kind: 'background', outcome: 'aborted' });
    expect(seen[3]?.said).not.toHaveProperty('error');
  });

  it('tells of spawned work', async () => {
    const seen = lookOn('task.run');
    const lifecycle = handMade({
      Job: service({ onStart: ({ spawn }) => void spawn(() => tick(), { name: 'work' }) }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(parts(seen)).toEqual(LATER);
    expect(seen[0]?.said).toMatchObject({ kind: 'spawned', task: 'work' });
  });

  it('is told nothing of a run that had begun before anybody looked on', async () => {
    let end = (): void => {};
    const job = rig(timer('1s'), () => new Promise<void>((resolve) => (end = resolve)));
    await job.lifecycle.startAll();
    await job.clock.advance(1_000);
    const seen = lookOn('task.run');
    end();
    await tick();
    expect(seen).toEqual([]);
    await job.lifecycle.stopAll();
  });
});

describe('a store that is bound to the channel of runs', () => {
  it('holds around the run and its onError, and not around what comes after it', async () => {
    const store = bindTo('task.run', ({ run }) => `run ${run}`);
    const seen: unknown[] = [];
    const task = timer('1s', {
      onError: async () => {
        await tick();
        seen.push(['onError', store.getStore()]);
      },
    });
    const { clock, lifecycle } = rig(task, async () => {
      seen.push(store.getStore());
      await tick();
      seen.push(store.getStore());
      throw new Error('no');
    });
    lifecycle.on(({ kind }) => {
      if (kind === 'task:ended') seen.push([kind, store.getStore()]);
    });
    await lifecycle.startAll();
    for (const _ of [1, 2]) {
      await clock.advance(1_000);
      await tick();
    }
    expect(seen).toEqual(
      [1, 2].flatMap((run) => [
        ...[`run ${run}`, `run ${run}`],
        ...[
          ['onError', `run ${run}`],
          ['task:ended', undefined],
        ],
      ]),
    );
    await lifecycle.stopAll();
  });

  it('does not reach the runs of other tasks, though one of them has set the timer that they wait for', async () => {
    const store = new AsyncLocalStorage<string>();
    const clock = new ContextualClock();
    const seen: unknown[] = [];
    const lifecycle = handMade(
      {
        Quick: service(
          {
            async work({ sleep }: { sleep(ms: number): Promise<void> }) {
              await store.run('of the quick one', () => sleep(1));
            },
          } as object,
          { tasks: [timer(10)] },
        ),
        Slow: service({ work: () => void seen.push(store.getStore()) } as object, { tasks: [timer(11)] }),
      },
      { clock },
    );
    await store.run('of the start', () => lifecycle.startAll());
    await clock.advance(11);
    expect(seen).toEqual([undefined]);
    await lifecycle.stopAll();
  });
});
