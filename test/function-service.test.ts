import { describe, expect, it } from 'vitest';
import { fromFunction, fromPromise, lifecycle, type Service, type TaskContext, Worker } from '../container/index.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { silent } from './support/hand-made.ts';
import { rejection } from './support/recorded.ts';

function onClock(service: Service): ManualClock {
  const clock = new ManualClock();
  lifecycle(service, { clock, logger: silent });
  return clock;
}

describe('a service that is a function', () => {
  it('runs it in each life, and the stop waits for it', async () => {
    const log: string[] = [];
    const job = fromFunction('job', async ({ name, run, signal, sleep }) => {
      log.push(`${name} ${run}`);
      while (!signal.aborted) await sleep('1h');
      await new Promise((resolve) => setImmediate(resolve));
      log.push('over');
    });
    const clock = onClock(job);
    await job.start();
    expect(job.name).toBe('job');
    expect(lifecycle(job).get('job').tasks).toMatchObject([{ name: 'job.run', state: 'running' }]);
    await job.stop();
    await job.start();
    await job.stop();
    expect(log).toEqual(['job.run 1', 'over', 'job.run 1', 'over']);
    expect(clock.pending).toBe(0);
  });

  it('is done when it returns, and still runs', async () => {
    const job = fromFunction('job', () => 7);
    onClock(job);
    await job.start();
    expect(lifecycle(job).get(job).tasks).toEqual([]);
    expect(job.state).toBe('running');
    await job.stop();
  });

  it('crashes when it throws', async () => {
    const job = fromFunction('job', async ({ sleep }) => {
      await sleep('1s');
      throw new Error('lost');
    });
    const clock = onClock(job);
    await job.start();
    const done = rejection(lifecycle(job).done);
    await clock.advance(1_000);
    expect(await done).toMatchObject({ code: 'LIFECYCLE_CRASHED', message: 'job crashed: task job.run failed: lost' });
    expect(job.state).toBe('crashed');
  });

  it('is given what tasks are', async () => {
    let given: TaskContext | undefined;
    const job = fromFunction('job', (context) => {
      given = context;
    });
    onClock(job);
    await job.start();
    expect(given?.interval('1s')).toHaveProperty('next');
    await job.stop();
  });

  it('is run to completion by a Worker', async () => {
    const before = process.exitCode;
    const log: string[] = [];
    const job = fromFunction('job', async () => void log.push('ran'));
    const fails = fromFunction('fails', async ({ sleep }) => {
      await sleep(1);
      throw new Error('no');
    });
    const options = { daemon: false, logger: silent, exitTimeout: Number.POSITIVE_INFINITY };
    const codes = [await Worker.run(job, options), await Worker.run(fails, options)];
    process.exitCode = before;
    expect(codes).toEqual([0, 1]);
    expect(log).toEqual(['ran']);
  });
});

describe('a service that is a promise', () => {
  it('is done when that fulfils, and the stop waits for it', async () => {
    let fulfil = (): void => {};
    const service = fromPromise(
      'child',
      new Promise<void>((resolve) => {
        fulfil = resolve;
      }),
    );
    const clock = onClock(service);
    await service.start();
    const stop = service.stop();
    await clock.advance(1_000);
    expect(service.state).toBe('stopping');
    fulfil();
    await stop;
    expect(service.state).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('crashes when that rejects', async () => {
    let reject = (_: Error): void => {};
    const promise = new Promise<void>((_, refuse) => {
      reject = refuse;
    });
    const service = fromPromise('child', promise);
    onClock(service);
    await service.start();
    const done = rejection(lifecycle(service).done);
    reject(new Error('exited with 1'));
    expect(await done).toMatchObject({ message: 'child crashed: task child.run failed: exited with 1' });
  });
});

describe('a service of something else', () => {
  it.each<[string, () => unknown, string]>([
    ['no name', () => fromFunction('', () => {}), "fromFunction() expects a name like 'job', got an empty one"],
    ['a name that is none', () => fromPromise(5 as never, Promise.resolve()), 'got 5'],
    ['no function', () => fromFunction('job', undefined as never), 'got undefined'],
    ['a promise', () => fromFunction('job', Promise.resolve() as never), 'expects a function like async ({ signal })'],
    ['a function', () => fromPromise('job', (() => {}) as never), 'for a function that gives one write fromFunction()'],
  ])('is an OptionError: %s', (_, make, text) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) }),
    );
  });
});
