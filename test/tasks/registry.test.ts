import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';
import { background, crontab, rig, taskOf, timer } from '../support/tasks.ts';

const later = ({ sleep }: { sleep(ms: number): Promise<void> }): Promise<void> => sleep(500);

describe('the registry', () => {
  const job = { flush() {}, report() {}, loop: () => new Promise(() => {}), onStart() {} };
  const tasks = [timer('1s', {}, 'flush'), crontab('0 3 * * *', { name: 'nightly' }, 'report'), background({}, 'loop')];

  it('has the tasks of all services from the first start on, in the order of services and definition', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Api: service({ onStart: ({ spawn }) => void spawn(later, { name: 'warm-up' }) }),
        Job: service(job, { tasks }),
      },
      { clock },
    );
    expect(lifecycle.tasks.size).toBe(0);
    await lifecycle.startAll();
    expect([...lifecycle.tasks].map(({ name, kind, service: owner, state }) => [name, kind, owner, state])).toEqual([
      ['Api.warm-up', 'spawned', 'Api', 'running'],
      ['Job.flush', 'timer', 'Job', 'waiting'],
      ['Job.nightly', 'crontab', 'Job', 'waiting'],
      ['Job.loop', 'background', 'Job', 'running'],
    ]);
    expect(lifecycle.tasks.size).toBe(4);
    expect(lifecycle.get('Job').tasks).toEqual([...lifecycle.tasks].slice(1).map((task) => task.snapshot()));
    expect(lifecycle.get('Job').tasks[1]).toMatchObject({
      nextRun: Date.UTC(2026, 0, 1, 3),
      runs: 0,
      lateness: undefined,
    });
    await clock.advance(500);
    expect([...lifecycle.tasks].map(({ name }) => name)).toEqual(['Job.flush', 'Job.nightly', 'Job.loop']);
    const handle = lifecycle.tasks.get('Job.flush');
    const stop = lifecycle.stopAll({ timeout: '1s' }).catch(() => {});
    await clock.advance(1_000);
    await stop;
    expect(lifecycle.tasks.get('Job.flush')).toBe(handle);
    expect(handle.snapshot()).toMatchObject({ state: 'idle', nextRun: undefined });
  });

  it('knows which one was probably meant', async () => {
    const { lifecycle } = rig(timer('1s'), () => {});
    expect(() => lifecycle.tasks.get('Job.work')).toThrow(
      "there is no task 'Job.work'; a task is called '<ServiceLabel>.<method>'. There is none yet: services are known from the first start on.",
    );
    await lifecycle.startAll();
    expect(() => lifecycle.tasks.get('Job.wrok')).toThrow('Did you mean Job.work?');
    expect(() => lifecycle.tasks.get('Database')).toThrow('Known: Job.work.');
    expect(() => lifecycle.tasks.get(undefined as never)).toThrow('there is no task undefined');
    await lifecycle.stopAll();
    const short = handMade({ A: service({ flush() {} } as object, { tasks: [timer('1s', {}, 'flush')] }) });
    await short.startAll();
    expect(() => short.tasks.get('A.flsh')).toThrow('Did you mean A.flush?');
    await short.stopAll();
  });

  it('tells of every run, overlap, miss and pause', async () => {
    const made = rig(timer('1s'), later);
    const recorder = new EventRecorder(made.lifecycle);
    await made.lifecycle.startAll();
    await made.clock.advance(1_600);
    made.clock.block(3_000);
    await made.clock.advance(600);
    taskOf(made).pause();
    taskOf(made).resume();
    await made.lifecycle.stopAll();
    const told = recorder.events.filter(({ kind }) => kind.startsWith('task:'));
    expect(told).toMatchObject([
      { kind: 'task:began', run: 1, lateness: 0, service: 'Job', task: 'work' },
      { kind: 'task:ended', run: 1, duration: 500, outcome: 'done', parent: told[0]?.id },
      { kind: 'task:missed', count: 3, isMadeUp: false, taskKind: 'timer' },
      { kind: 'task:began', run: 2 },
      { kind: 'task:paused' },
      { kind: 'task:resumed' },
      { kind: 'task:ended', run: 2, outcome: 'done' },
    ]);
  });
});

describe('trigger', () => {
  it('runs it now, also while it is paused, and leaves the due times as they are', async () => {
    const begun: number[] = [];
    const made = rig(timer('1s'), ({ run, scheduledAt, lateness }) => {
      begun.push(scheduledAt - Date.UTC(2026, 0, 1));
      return `${run} ${lateness}`;
    });
    await made.lifecycle.startAll();
    const task = taskOf(made);
    await made.clock.advance(300);
    await expect(task.trigger()).resolves.toBe('1 0');
    await made.clock.advance(700);
    task.pause();
    await made.clock.advance(1_500);
    expect(task.state).toBe('paused');
    await expect(task.trigger()).resolves.toBe('3 0');
    task.resume();
    await made.clock.advance(600);
    expect(begun).toEqual([300, 1_000, 2_500, 3_000]);
    await made.lifecycle.stopAll();
  });

  it('rejects with the error of a run that fails, and nobody needs to hear it', async () => {
    const made = rig(timer('1s'), () => Promise.reject(new Error('lost')));
    await made.lifecycle.startAll();
    void taskOf(made).trigger();
    await quiescence();
    expect(await rejection(taskOf(made).trigger())).toMatchObject({ code: 'LIFECYCLE_TASK_FAILED', data: { run: 2 } });
    await made.lifecycle.stopAll();
  });

  it('joins the run under way, or waits for the one that is held', async () => {
    const skipping = rig(timer('1s', { overlap: 'skip' }), async ({ run, sleep }) => {
      await sleep(400);
      return run;
    });
    await skipping.lifecycle.startAll();
    await skipping.clock.advance(1_000);
    const joined = taskOf(skipping).trigger();
    await skipping.clock.advance(400);
    expect(await joined).toBe(1);
    await skipping.lifecycle.stopAll();

    const queueing = rig(timer('10s', { overlap: 'queue' }), async ({ run, sleep }) => {
      await sleep(400);
      return run;
    });
    await queueing.lifecycle.startAll();
    await queueing.clock.advance(10_000);
    const both = Promise.all([taskOf(queueing).trigger(), taskOf(queueing).trigger()]);
    await queueing.clock.advance(800);
    expect(await both).toEqual([2, 2]);
    await queueing.lifecycle.stopAll();
  });

  it('rejects before the start, after the stop, and for what the stop takes away', async () => {
    const made = rig(timer('1s', { overlap: 'queue' }), ({ sleep }) => sleep('1h'));
    await made.lifecycle.startAll();
    const task = taskOf(made);
    const first = task.trigger();
    const held = rejection(task.trigger());
    await made.lifecycle.stopAll();
    await first;
    expect((await held).message).toBe(
      'task Job.work cannot be run: its service is stopping; trigger it while its service runs',
    );
    expect(await rejection(task.trigger())).toMatchObject({
      code: 'LIFECYCLE_NOT_RUNNING',
      data: { service: 'stopped' },
    });
  });

  it('rejects while a stop waits for onStarted', async () => {
    for (const task of [timer('1s', { overlap: 'queue' }), timer('1s'), background()]) {
      let runs = 0;
      const clock = new ManualClock();
      const onStarted = (): Promise<void> => sleep(clock, 10_000);
      const made = rig(task, () => void runs++, { onStarted }, { clock });
      const started = rejection(made.lifecycle.startAll());
      await clock.advance(100);
      const before = runs;
      const stopped = made.lifecycle.stopAll();
      await quiescence();
      expect(made.lifecycle.get('Job').state).toBe('running');
      expect(await rejection(taskOf(made).trigger())).toMatchObject({
        code: 'LIFECYCLE_NOT_RUNNING',
        data: { service: 'stopping' },
      });
      await clock.advance(10_000);
      await Promise.all([started, stopped]);
      expect(runs).toBe(before);
    }
  });

  it('of what is not enabled rejects, and says so', async () => {
    const made = rig(timer('1s', { enabled: () => false }), () => {});
    await made.lifecycle.startAll();
    await made.clock.advance(5_000);
    expect(taskOf(made).snapshot()).toMatchObject({ state: 'disabled', runs: 0, nextRun: undefined });
    expect((await rejection(taskOf(made).trigger())).message).toContain('not enabled');
    expect(made.clock.pending).toBe(0);
    await made.lifecycle.stopAll();
  });

  it('from inside its own run is refused where it would wait for itself', async () => {
    const codes: unknown[] = [];
    for (const overlap of ['skip', 'queue', { max: 2 }] as const) {
      const made = rig(timer('1s', { overlap }), async ({ run }) => {
        if (run > 1) return;
        codes.push(
          await taskOf(made)
            .trigger()
            .then(
              () => 'ran',
              (error: { code: string }) => error.code,
            ),
        );
      });
      await made.lifecycle.startAll();
      await made.clock.advance(1_000);
      await made.lifecycle.stopAll();
    }
    expect(codes).toEqual(['LIFECYCLE_REENTRANT', 'LIFECYCLE_REENTRANT', 'ran']);
  });
});

describe('pause', () => {
  it('called by a run of the task itself lets that run end, and no other begin', async () => {
    const made = rig(timer('1s'), async ({ sleep, signal }) => {
      taskOf(made).pause();
      await sleep(10);
      return signal.aborted;
    });
    await made.lifecycle.startAll();
    await made.clock.advance(10_000);
    expect(taskOf(made).snapshot()).toMatchObject({ state: 'paused', runs: 1, failures: 0, nextRun: undefined });
    expect(made.clock.pending).toBe(0);
    await made.lifecycle.stopAll();
  });

  it('may come before the start of a further life, and holds in it', async () => {
    const made = rig(timer('1s'), () => {});
    await made.lifecycle.startAll();
    await made.lifecycle.stopAll();
    taskOf(made).pause();
    await made.lifecycle.startAll();
    await made.clock.advance(5_000);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 0, state: 'paused' });
    taskOf(made).resume();
    await made.clock.advance(1_000);
    expect(taskOf(made).snapshot().runs).toBe(1);
    await made.lifecycle.stopAll();
  });

  it('of what was spawned makes no sense, nor does trigger', async () => {
    let context: ServiceContext | undefined;
    const hooks = {
      onStart(given: ServiceContext): void {
        context = given;
      },
    };
    const { lifecycle, clock } = rig(timer('1h'), () => {}, hooks);
    await lifecycle.startAll();
    const spawned = context?.spawn(later, { name: 'once' });
    const handle = lifecycle.tasks.get('Job.once');
    expect(() => handle.pause()).toThrow('task Job.once was spawned and runs once, so it cannot be paused');
    expect(() => handle.resume()).toThrow('cannot be resumed');
    expect(await rejection(handle.trigger())).toMatchObject({ code: 'LIFECYCLE_INVALID_OPTION' });
    await clock.advance(500);
    await spawned?.finished;
    expect(handle.snapshot()).toMatchObject({ kind: 'spawned', state: 'done', runs: 1, lastRun: { duration: 500 } });
    await lifecycle.stopAll();
  });
});
