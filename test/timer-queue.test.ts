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
});
