import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.ts';

describe('the manual clock', () => {
  it('stands still until it is told to go on', async () => {
    const clock = new ManualClock(1_000);
    expect([clock.now(), clock.date(), clock.pending, clock.untilNext]).toEqual([0, 1_000, 0, undefined]);
    await clock.advance(5);
    expect([clock.now(), clock.date()]).toEqual([5, 1_005]);
  });

  it('fires timers in order, each at its own instant, those that timers set included', async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const at = (name: string, ms: number, then?: () => void) =>
      clock.timer(ms, () => {
        fired.push(`${name} ${clock.now()}`);
        then?.();
      });
    at('b', 20);
    at('a', 10, () => at('a2', 10));
    at('b2', 20);
    at('late', 31);
    const cancel = at('never', 5);
    cancel();
    await clock.advance(30);
    expect(fired).toEqual(['a 10', 'b 20', 'b2 20', 'a2 20']);
    expect([clock.now(), clock.pending, clock.untilNext]).toEqual([30, 1, 1]);
  });

  it('lets promises settle between two timers', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    clock.timer(1, () => void Promise.resolve().then(() => log.push('then')));
    clock.timer(2, () => log.push('second'));
    await clock.advance(2);
    expect(log).toEqual(['then', 'second']);
  });

  it('tells when so many timers are set', async () => {
    const clock = new ManualClock();
    let ready = false;
    const scheduled = clock.scheduled(2).then(() => (ready = true));
    clock.timer(1, () => {});
    await Promise.resolve();
    expect(ready).toBe(false);
    clock.timer(1, () => {});
    await scheduled;
    expect(ready).toBe(true);
  });

  it('has no timer for what never comes', () => {
    const clock = new ManualClock();
    clock.timer(Number.POSITIVE_INFINITY, () => {})();
    expect(clock.pending).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to advance by %d', async (ms) => {
    await expect(new ManualClock().advance(ms)).rejects.toThrow(`got ${ms}`);
  });
});
