import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { TimerQueue } from '../src/timer-queue.ts';

describe('a timer queue', () => {
  it('fires what was not cancelled, at its time and in order, over one timer of the clock below', async () => {
    const timers = fc.array(fc.record({ ms: fc.nat(200), cancelAt: fc.option(fc.nat(250)) }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(timers, async (wanted) => {
        const clock = new ManualClock();
        const queue = new TimerQueue(clock);
        const fired: { readonly index: number; readonly at: number }[] = [];
        const cancels = wanted.map(({ ms }, index) => queue.timer(ms, () => fired.push({ index, at: clock.now() })));
        expect(clock.pending).toBe(wanted.length === 0 ? 0 : 1);
        for (let now = 0; now <= 250; now += 25) {
          wanted.forEach(({ cancelAt }, index) => {
            if (cancelAt !== null && cancelAt <= now) cancels[index]?.();
          });
          await clock.advance(25);
        }
        const expected = wanted
          .map(({ ms, cancelAt }, index) => ({ index, at: ms, cancelled: cancelAt === null ? Infinity : cancelAt }))
          // Cancelled at the next step, after what was due by then has fired; at 0 nothing has.
          .filter(({ at, cancelled }) => cancelled > 0 && at <= Math.ceil(cancelled / 25) * 25)
          .sort((a, b) => a.at - b.at || a.index - b.index)
          .map(({ index, at }) => ({ index, at }));
        expect(fired).toEqual(expected);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('waits on where the clock below comes too early, and takes in what is set while it fires', () => {
    let now = 0;
    const below: (() => void)[] = [];
    const queue = new TimerQueue({
      now: () => now,
      date: () => now,
      timer: (_, fire) => {
        below.push(fire);
        return () => {};
      },
    });
    const log: string[] = [];
    queue.timer(10, () => {
      log.push('first');
      queue.timer(0, () => log.push('set meanwhile'));
    });
    now = 9;
    below.shift()?.();
    expect(log).toEqual([]);
    now = 10;
    below.shift()?.();
    expect(log).toEqual(['first', 'set meanwhile']);
  });

  it('lets a cancelled timer be cancelled again, and one that has fired', async () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const cancel = queue.timer(5, () => {});
    const other = queue.timer(7, () => {});
    await clock.advance(5);
    cancel();
    cancel();
    expect(clock.pending).toBe(1);
    other();
    other();
    expect(clock.pending).toBe(0);
  });

  it('waits for nothing in vain: the timer below goes, or moves, with the one it was for', async () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const cancel = queue.timer(5, () => {});
    const other = queue.timer(7_000, () => {});
    cancel();
    await Promise.resolve();
    expect(clock.untilNext).toBe(7_000);
    other();
    expect(clock.pending).toBe(0);
  });

  it('lets what the first ones have led to go on, before thousands more fire', async () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const order: string[] = [];
    for (let count = 0; count < 200; count++) {
      queue.timer(5, () => {
        order.push('fired');
        void Promise.resolve().then(() => order.push('went on'));
      });
    }
    await clock.advance(5);
    expect(order.filter((line) => line === 'went on')).toHaveLength(200);
    expect(order.indexOf('went on')).toBeLessThan(100);
    expect(order.slice(0, 64)).toEqual(Array(64).fill('fired'));
  });

  it('goes on after one that throws, and tells the clock below', async () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const fired: string[] = [];
    queue.timer(5, () => {
      throw new Error('lost');
    });
    queue.timer(5, () => fired.push('same instant'));
    queue.timer(10, () => fired.push('later'));
    await expect(clock.advance(5)).rejects.toThrow('lost');
    await clock.advance(0);
    expect(fired).toEqual(['same instant']);
    queue.timer(20, () => fired.push('set afterwards'));
    await clock.advance(20);
    expect(fired).toEqual(['same instant', 'later', 'set afterwards']);
    expect(clock.pending).toBe(0);
  });

  it('fires for a date by the calendar, however that is set', async () => {
    const clock = new ManualClock(0);
    const queue = new TimerQueue(clock);
    const fired: number[] = [];
    const sleeper = { wakesAt: Number.NaN, wake: () => fired.push(clock.date()) };
    queue.wakeAt(sleeper, 1_000, 'date');
    clock.shiftDate(-500);
    await clock.advance(1_000);
    expect(fired).toEqual([]);
    await clock.advance(500);
    expect(fired).toEqual([1_000]);
    queue.wakeAt(sleeper, 5_000, 'date');
    queue.timer(10, () => {});
    clock.shiftDate(10_000);
    await clock.advance(10);
    expect(fired).toEqual([1_000, 11_010]);
    queue.wakeAt(sleeper, 20_000, 'date');
    queue.letSleep(sleeper, 'date');
    queue.wakeAt(sleeper, 30_000, 'date');
    queue.wakeAt(sleeper, Number.POSITIVE_INFINITY, 'date');
    expect(clock.pending).toBe(0);
  });
});
