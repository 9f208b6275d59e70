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
    const clock = new ManualClock();
    await expect(clock.advance(ms)).rejects.toMatchObject({
      code: 'LIFECYCLE_INVALID_OPTION',
      message: `advance() expects milliseconds of 0 or more, since time does not run backwards; got ${ms}`,
    });
    expect(() => clock.block(ms)).toThrow(`got ${ms}`);
    expect(clock.now()).toBe(0);
  });

  it('takes texts for durations', async () => {
    const clock = new ManualClock();
    await clock.advance('1m');
    clock.block('1s');
    expect(clock.now()).toBe(61_000);
    await expect(clock.advance('1 minute' as never)).rejects.toThrow("got '1 minute'");
  });

  it('says so when the timers are not set in real time', async () => {
    const clock = new ManualClock();
    clock.timer(1, () => {});
    await expect(clock.scheduled(2, { timeout: 5 })).rejects.toThrow('1 of 2 timers were set after 5 ms of real time');
    const later = clock.scheduled(2, { timeout: Number.POSITIVE_INFINITY });
    clock.timer(1, () => {});
    await later;
  });

  it('fires the next timer alone, if it is due by then', () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    clock.timer(10, () => fired.push(clock.now()));
    clock.timer(20, () => fired.push(clock.now()));
    expect([clock.fireNext(9), clock.now()]).toEqual([false, 0]);
    expect([clock.fireNext(10), clock.now()]).toEqual([true, 10]);
    expect([clock.fireNext(), clock.fireNext()]).toEqual([true, false]);
    expect(fired).toEqual([10, 20]);
  });
});

describe('the manual clock runs work', () => {
  const after = (clock: ManualClock, ms: number) => new Promise<void>((resolve) => void clock.timer(ms, resolve));

  it('to its end, timer by timer, and gives what it gave', async () => {
    const clock = new ManualClock();
    const work = async () => {
      await after(clock, 100);
      await after(clock, 3_600_000);
      return 'done';
    };
    expect(await clock.run(work())).toBe('done');
    expect(clock.now()).toBe(3_600_100);
  });

  it('and no further', async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const tick = (): void => {
      clock.timer(10, () => {
        ticks++;
        tick();
      });
    };
    tick();
    await clock.run(after(clock, 25));
    expect(ticks).toBe(2);
    expect(await clock.run(Promise.resolve(1))).toBe(1);
    expect(clock.now()).toBe(25);
  });

  it('with what it throws', async () => {
    const clock = new ManualClock();
    await expect(clock.run(after(clock, 5).then(() => Promise.reject(new Error('no'))))).rejects.toThrow('no');
  });

  it('not for longer than within', async () => {
    const clock = new ManualClock();
    const tick = (): void => void clock.timer(1_000, tick);
    tick();
    await expect(clock.run(new Promise(() => {}), { within: '1m' })).rejects.toThrow(
      "the work had not settled after 1 m of the clock's time",
    );
    expect(clock.now()).toBe(60_000);
  });

  it('that waits for real time, and says so when that is in vain', async () => {
    const clock = new ManualClock();
    const real = new Promise<string>((resolve) => void setTimeout(resolve, 10, 'real'));
    expect(await clock.run(real)).toBe('real');
    await expect(clock.run(new Promise(() => {}), { timeout: 5 })).rejects.toThrow(
      'the work had not settled after 5 ms of real time, and no timer is set',
    );
    const late = new Promise<void>((resolve) => void setTimeout(() => void clock.timer(1_000, resolve), 10));
    await clock.run(late);
    expect(clock.now()).toBe(1_000);
  });

  it('unless it is told to look again first', async () => {
    const clock = new ManualClock();
    let asked = 0;
    await clock.run(after(clock, 5), { unless: async () => ++asked < 3 });
    expect([asked, clock.now()]).toEqual([3, 5]);
  });

  it.each([[{ within: -1 }], [{ timeout: -1 }], [{ timeout: '5 s' }]])('and refuses %o', async (options) => {
    await expect(new ManualClock().run(Promise.resolve(), options as never)).rejects.toThrow('must be a duration');
  });
});
