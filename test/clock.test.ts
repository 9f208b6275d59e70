import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../src/clock.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';

describe('sleep', () => {
  it('ends when the time is up', async () => {
    const clock = new ManualClock();
    let woken = false;
    void sleep(clock, 100).then(() => (woken = true));
    await clock.advance(99);
    expect(woken).toBe(false);
    await clock.advance(1);
    expect(woken).toBe(true);
  });

  it('ends when the signal aborts, and gives its timer back', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    expect(clock.pending).toBe(1);
    controller.abort();
    await sleeping;
    expect(clock.pending).toBe(0);
  });

  it('does not begin on a signal that has aborted', async () => {
    const clock = new ManualClock();
    await sleep(clock, 100, AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });
});

describe('the system clock', () => {
  it('never runs backwards, and knows the date', () => {
    const before = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(systemClock.date() - Date.now())).toBeLessThan(1_000);
  });

  it('fires once, in order, and not at all when cancelled', async () => {
    const fired: string[] = [];
    const cancel = systemClock.timer(1, () => fired.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      systemClock.timer(5, () => {
        fired.push('second');
        resolve();
      });
      systemClock.timer(1, () => fired.push('first'));
    });
    expect(fired).toEqual(['first', 'second']);
  });

  it('does not fire at once what is further away than a Node timer can reach, or for ever', async () => {
    const fired: string[] = [];
    const cancels = [2 ** 31, 1e15, Number.POSITIVE_INFINITY].map((ms) =>
      systemClock.timer(ms, () => fired.push(`${ms}`)),
    );
    await new Promise<void>((resolve) => void systemClock.timer(5, resolve));
    for (const cancel of cancels) cancel();
    expect(fired).toEqual([]);
  });
});
