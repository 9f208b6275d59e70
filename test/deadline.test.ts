import { describe, expect, it } from 'vitest';
import { Deadline, EXPIRED } from '../src/deadline.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('a race against a deadline', () => {
  it('is won by work that settles in time, and costs nothing afterwards', async () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 100);
    expect(await deadline.race(Promise.resolve('done'))).toBe('done');
    await expect(deadline.race(Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(clock.pending).toBe(0);
  });

  it('is lost when the time is up, for all that wait', async () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 100);
    const races = Promise.all([deadline.race(never()), deadline.race(never())]);
    expect(deadline.expired).toBe(false);
    await clock.advance(100);
    expect(await races).toEqual([EXPIRED, EXPIRED]);
    expect(deadline.expired).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is lost at once where the time was up before, also by a hair', async () => {
    const clock = new ManualClock();
    await clock.advance(50);
    const race = new Deadline(clock, 50).race(never());
    await clock.advance(0);
    expect(await race).toBe(EXPIRED);
  });

  it('follows a deadline that moves, both ways', async () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 100);
    const race = deadline.race(never());
    deadline.moveTo(300);
    await clock.advance(299);
    expect(clock.pending).toBe(1);
    deadline.moveTo(299);
    await clock.advance(0);
    expect(await race).toBe(EXPIRED);
    expect(clock.now()).toBe(299);
  });

  it('may last for ever', async () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, Number.POSITIVE_INFINITY);
    const race = deadline.race(Promise.resolve(1));
    expect(clock.pending).toBe(0);
    expect(await race).toBe(1);
  });
});

describe('the signal of a deadline', () => {
  it('aborts with a TimeoutError when the time is up', async () => {
    const clock = new ManualClock();
    const { signal } = new Deadline(clock, 10);
    expect(signal.aborted).toBe(false);
    await clock.advance(10);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(clock.pending).toBe(0);
  });

  it('is aborted already when it is asked for too late, and gives its timer back when closed', async () => {
    const clock = new ManualClock();
    expect(new Deadline(clock, 0).signal.aborted).toBe(true);
    const deadline = new Deadline(clock, 10);
    expect(deadline.signal.aborted).toBe(false);
    deadline.close();
    expect(clock.pending).toBe(0);
  });
});

it('a deadline has a date', async () => {
  const clock = new ManualClock(1_000);
  const deadline = new Deadline(clock, 500);
  expect(deadline.date).toBe(1_500);
  await clock.advance(200);
  expect(deadline.date).toBe(1_500);
});
