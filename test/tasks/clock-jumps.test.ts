import { describe, expect, it } from 'vitest';
import type { CrontabOptions, TimerOptions } from '../../src/tasks/options.ts';
import { crontab, rig, since, taskOf, timer } from '../support/tasks.ts';

const HOUR = 3_600_000;

/** A crontab task at each full hour, on a clock that begins at half past. */
function hourly(options: CrontabOptions = {}) {
  const runs: { readonly at: number; readonly due: number }[] = [];
  const made = rig(crontab('0 * * * *', { timeZone: 'UTC', ...options }), ({ scheduledAt }) => {
    runs.push({ at: made.clock.now(), due: new Date(scheduledAt).getUTCHours() });
  });
  return { ...made, runs, task: () => taskOf(made) };
}

describe('a date that is set', () => {
  it('back is waited for again, and what has run does not run again', async () => {
    const { clock, lifecycle, runs } = hourly();
    await lifecycle.startAll();
    await clock.advance(HOUR / 2);
    clock.shiftDate(-HOUR / 2);
    await clock.advance(HOUR);
    expect(runs).toEqual([{ at: 1.5 * HOUR, due: 1 }]);
    clock.shiftDate(-2 * HOUR);
    await clock.advance(3 * HOUR);
    expect(runs.map(({ due }) => due)).toEqual([1, 2]);
    await lifecycle.stopAll();
    expect(clock.pending).toBe(0);
  });

  it('back during a pause, or before it, has nothing run again that has run or was missed', async () => {
    const { clock, lifecycle, runs, task } = hourly();
    await lifecycle.startAll();
    await clock.advance(HOUR);
    clock.shiftDate(-HOUR / 4);
    task().pause();
    clock.shiftDate(-HOUR / 4);
    task().resume();
    await clock.advance(1.5 * HOUR);
    expect(runs.map(({ due }) => due)).toEqual([1, 2]);
    clock.shiftDate(2.5 * HOUR);
    await clock.advance(HOUR);
    expect(task().snapshot().missed).toBe(3);
    clock.shiftDate(-1.5 * HOUR);
    task().pause();
    task().resume();
    await clock.advance(1.5 * HOUR);
    expect(runs.map(({ due }) => due)).toEqual([1, 2]);
    await lifecycle.stopAll();
  });

  it('forward has the task miss what lay between, and go on with the next due time', async () => {
    const { clock, lifecycle, runs, task } = hourly();
    await lifecycle.startAll();
    clock.shiftDate(2.5 * HOUR);
    await clock.advance(HOUR);
    expect(runs).toEqual([]);
    expect(task().snapshot().missed).toBe(3);
    await clock.advance(HOUR / 2);
    expect(runs).toEqual([{ at: 1.5 * HOUR, due: 4 }]);
    await lifecycle.stopAll();
  });

  it('forward is made up for by one run, where that is asked for', async () => {
    const { clock, lifecycle, runs } = hourly({ missed: 'runOnce' });
    await lifecycle.startAll();
    clock.shiftDate(2.5 * HOUR);
    await clock.advance(HOUR);
    expect(runs).toEqual([{ at: HOUR, due: 3 }]);
    await lifecycle.stopAll();
  });

  it('forward is noticed by any timer of the application that comes first', async () => {
    const { clock, lifecycle, runs } = hourly({ missed: 'runOnce' });
    await lifecycle.startAll();
    clock.shiftDate(HOUR);
    lifecycle.clock.timer(1_000, () => {});
    await clock.advance(1_000);
    expect(runs).toEqual([{ at: 1_000, due: 1 }]);
    await lifecycle.stopAll();
  });

  it('means nothing to timers', async () => {
    const due: number[] = [];
    const made = rig(timer('1s'), ({ lateness }) => due.push(made.clock.now(), lateness));
    await made.lifecycle.startAll();
    await made.clock.advance(1_000);
    made.clock.shiftDate(-5 * HOUR);
    await made.clock.advance(1_000);
    made.clock.shiftDate(10 * HOUR);
    await made.clock.advance(1_000);
    expect(due).toEqual([1_000, 0, 2_000, 0, 3_000, 0]);
    await made.lifecycle.stopAll();
  });
});

describe('a loop that was blocked', () => {
  it('for less than an interval makes a run late, and not the next one', async () => {
    const due: number[] = [];
    const made = rig(timer('1s'), ({ scheduledAt, lateness }) => due.push(since(made.clock, scheduledAt), lateness));
    await made.lifecycle.startAll();
    made.clock.block(1_900);
    await made.clock.advance(100);
    expect(due).toEqual([1_000, 900, 2_000, 0]);
    expect(taskOf(made).snapshot()).toMatchObject({ missed: 0 });
    await made.lifecycle.stopAll();
  });

  it('until a due time, or less than 2 ms past it, has missed those before it', async () => {
    const outcomeOf = async (blocked: number, options: TimerOptions = {}): Promise<unknown> => {
      const lateness: number[] = [];
      const made = rig(timer('1s', options), (run) => lateness.push(run.lateness));
      await made.lifecycle.startAll();
      made.clock.block(blocked);
      await made.clock.advance(900);
      await made.lifecycle.stopAll();
      return { lateness, missed: taskOf(made).snapshot().missed };
    };
    expect(await outcomeOf(3_000)).toEqual({ lateness: [0], missed: 2 });
    expect(await outcomeOf(3_001.5)).toEqual({ lateness: [1.5], missed: 2 });
    expect(await outcomeOf(3_002)).toEqual({ lateness: [], missed: 3 });
    expect(await outcomeOf(3_001, { missed: 'runOnce' })).toEqual({ lateness: [1], missed: 2 });
  });

  it('for more than a minute past a due time has missed it, however far away the next one is', async () => {
    const made = rig(timer('1h'), () => {});
    await made.lifecycle.startAll();
    await made.clock.advance(HOUR - 1_000);
    made.clock.block(62_000);
    await made.clock.advance(0);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 0, missed: 1 });
    await made.clock.advance(HOUR);
    expect(taskOf(made).snapshot()).toMatchObject({ runs: 1, missed: 1 });
    await made.lifecycle.stopAll();
  });

  it('for long counts up to a thousand due times of a crontab, and takes the last one', async () => {
    const last: number[] = [];
    const made = rig(crontab('* * * * * *', { missed: 'runOnce' }), ({ scheduledAt }) =>
      last.push(since(made.clock, scheduledAt)),
    );
    await made.lifecycle.startAll();
    made.clock.block(HOUR + 500);
    await made.clock.advance(0);
    expect(last).toEqual([HOUR]);
    expect(taskOf(made).snapshot().missed).toBe(1_001);
    await made.lifecycle.stopAll();
  });
});
