import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import { nextRun } from '../../src/tasks/cron-times.ts';
import { NEVER, type Schedule, scheduleOf } from '../../src/tasks/schedule.ts';
import type { ScheduledSpec } from '../../src/tasks/task-spec.ts';
import { crontab, timer } from '../support/tasks.ts';

function schedule(spec: unknown, epoch = 0): Schedule {
  return scheduleOf(spec as ScheduledSpec, {}, epoch);
}

describe('fixed due times', () => {
  it('never drift: due time k is epoch + k * interval, also for what no float can hold', () => {
    const interval = fc.oneof(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 1, max: 1e6, noNaN: true }));
    const epoch = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(interval, epoch, fc.nat(1_000_000), (every, begin, k) => {
        const times = schedule(timer(every), begin);
        const due = begin + k * every;
        const next = times.after(due);
        expect(next).toBe(begin + (k + 1) * every);
        expect(times.after(next - every / 2)).toBe(next);
        expect(times.between(due, due)).toEqual({ count: 0, last: due });
        expect(times.between(due, begin + (k + 5.5) * every)).toEqual({ count: 5, last: begin + (k + 5) * every });
      }),
    );
  });

  it('begin after the first interval, or at once', () => {
    expect(schedule(timer('1s'), 5)).toMatchObject({ scale: 'now', delay: undefined });
    expect(schedule(timer('1s'), 5).first(7)).toBe(1_005);
    expect(schedule(timer('1s', { immediate: true }), 5).first(7)).toBe(5);
    expect(schedule(timer('1s', { every: 'delay' }), 5).first(7)).toBe(1_007);
    expect(schedule(timer('1s', { every: 'delay', immediate: true }), 5).first(7)).toBe(7);
  });
});

describe('the due times between two instants', () => {
  const between = (due: number, upTo: number) => schedule(timer(100)).between(due, upTo);

  it('are none where the second is not past the next one, whatever the first one is', () => {
    expect(between(300, 399)).toEqual({ count: 0, last: 300 });
    expect(between(310, 390)).toEqual({ count: 0, last: 310 });
    expect(between(300, 0)).toEqual({ count: 0, last: 300 });
  });

  it('do not count the first one, and count the last one', () => {
    expect(between(300, 500)).toEqual({ count: 2, last: 500 });
  });
});

describe('a delay', () => {
  it('counts from the end of a run, and passes over none', () => {
    const times = schedule(timer(100, { every: 'delay' }), 5);
    expect(times).toMatchObject({ scale: 'now', delay: 100 });
    expect(times.after(1_234)).toBe(1_334);
    expect(times.between(100, 9_000)).toEqual({ count: 0, last: 100 });
  });
});

describe('cron times', () => {
  const at = (text: string): number => Date.parse(text);

  it('come to an end with the years, if the expression names them', () => {
    const times = schedule(crontab('0 0 0 1 1 * 2026-2027', { timeZone: 'UTC' }));
    expect(times.after(at('2026-06-01T00:00:00Z'))).toBe(at('2027-01-01T00:00:00Z'));
    expect(times.after(at('2027-06-01T00:00:00Z'))).toBe(NEVER);
    expect(times.between(at('2026-06-01T00:00:00Z'), at('2030-01-01T00:00:00Z'))).toEqual({
      count: 1,
      last: at('2027-01-01T00:00:00Z'),
    });
  });

  it('between two instants are counted, and the last one told', () => {
    const times = schedule(crontab('*/10 * * * *', { timeZone: 'UTC' }));
    const from = at('2026-01-01T00:00:00Z');
    expect(times.between(from, from + 59 * 60_000)).toEqual({ count: 5, last: from + 50 * 60_000 });
    expect(times.between(from, from + 1)).toEqual({ count: 0, last: from });
    expect(times.between(from, from + 10 * 60_000)).toEqual({ count: 1, last: from + 10 * 60_000 });
    expect(times.between(from, from + 30 * 86_400_000)).toEqual({ count: 1_000, last: from + 30 * 86_400_000 });
    // A thousand and one are no longer told from more.
    const end = from + 1_001 * 600_000;
    expect(times.between(from, end)).toEqual({ count: 1_000, last: end });
  });

  it('can be asked for with nextRun', () => {
    const from = new Date('2026-03-28T12:00:00Z');
    expect(nextRun('30 2 * * *', { timeZone: 'Europe/Berlin', from })).toEqual(new Date('2026-03-29T01:00:00Z'));
    expect(nextRun('0 0 0 1 1 * 2020', { from })).toBeUndefined();
    expect(nextRun('* * * * * *')?.getTime()).toBeGreaterThan(Date.now() - 1_000);
    expect(nextRun('30 2 * * *', { timeZone: 'Europe/Berlin', from: from.getTime() })).toEqual(
      new Date('2026-03-29T01:00:00Z'),
    );
    expect(() => nextRun('often')).toThrow("got 'often'");
    expect(() => nextRun('* * * * *', { timeZone: 'Nowhere' })).toThrow("got 'Nowhere'");
  });

  it.each<[unknown, string]>([
    [
      { from: new Date(Number.NaN) },
      'nextRun({ from }) must be a Date, or milliseconds since the epoch, got Invalid Date',
    ],
    [{ from: '2026-03-28' }, "got '2026-03-28'"],
    [{ from: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ from: 1e300 }, 'got 1e+300'],
    [{ from: null }, 'got null'],
    [null, 'nextRun(): expected an object of options, got null'],
    [{ timezone: 'UTC' }, "nextRun(): there is no option 'timezone'; did you mean timeZone?"],
    [{ tz: 'UTC' }, "there is no option 'tz'; known are timeZone, from"],
  ])('of nextRun: %o is refused', (options, text) => {
    expect(() => nextRun('* * * * *', options as never)).toThrow(OptionError);
    expect(() => nextRun('* * * * *', options as never)).toThrow(text);
  });
});
