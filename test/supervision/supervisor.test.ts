import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MaxRestartsExceeded } from '../../src/supervision/max-restarts.ts';
import { policyOf, type SupervisorOptions } from '../../src/supervision/policy.ts';
import { type Attempt, Supervisor } from '../../src/supervision/supervisor.ts';

function supervisor(options: SupervisorOptions): Supervisor {
  return new Supervisor('io', policyOf(options, 'restForGraph', 'test'), undefined);
}

const crash = (message = 'lost', date = 0) => ({ date, error: new Error(message), service: 'Db' });

/** Counts a crash, after which each of them waits as long as it is told to. */
function counted(one: Supervisor, now: number, chance: number): Attempt | MaxRestartsExceeded {
  const attempt = one.count(crash(), now, chance);
  if (!(attempt instanceof MaxRestartsExceeded)) one.waits.begin({}, now, now + attempt.delay);
  return attempt;
}

/** The delays of crashes that come this long after each other, the waits included; the longest ones there can be. */
function delays(options: SupervisorOptions, gaps: readonly number[], chance = 0): number[] {
  const one = supervisor({ restart: { max: Number.POSITIVE_INFINITY }, ...options });
  let now = 0;
  return gaps.map((gap) => {
    now += gap;
    return (counted(one, now, chance) as Attempt).delay;
  });
}

describe('the back-off of a supervisor', () => {
  it('doubles with each crash, up to the longest', () => {
    expect(delays({}, Array(11).fill(1_000))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
    expect(delays({ backoff: { initial: 10, factor: 3, max: 50 } }, [0, 0, 0, 0])).toEqual([10, 30, 50, 50]);
  });

  it('leaves all of a wait to chance, unless told otherwise', () => {
    expect(delays({}, [0, 0], 0.75)).toEqual([25, 50]);
    expect(delays({ backoff: { jitter: 0 } }, [0, 0], 0.75)).toEqual([100, 200]);
    expect(delays({ backoff: { jitter: 0.5 } }, [0, 0], 0.5)).toEqual([75, 150]);
  });

  it('begins anew after a stable time, in which waits do not count', () => {
    expect(delays({}, [0, 60_000 + 100])).toEqual([100, 100]);
    expect(delays({}, [0, 60_000 + 99])).toEqual([100, 200]);
    expect(delays({ backoff: { resetAfter: '1s' } }, [0, 500, 1_200, 1_099])).toEqual([100, 200, 100, 200]);
  });

  it('is none where it was switched off', () => {
    expect(delays({ backoff: false }, [0, 0, 0])).toEqual([0, 0, 0]);
  });

  it.each([
    [{ initial: 0 }, 0],
    [{ initial: 1, max: '1m' }, 60_000],
  ] as const)('with %o is a number of milliseconds after any number of crashes', (backoff, last) => {
    expect(delays({ backoff }, Array(2_000).fill(0)).at(-1)).toBe(last);
  });
});

describe('the intensity of a supervisor', () => {
  it('is counted once for each crash; the one after the last allowed is told with the whole story', () => {
    const one = supervisor({ restart: { max: 2, within: '1m' }, backoff: false });
    const date = Date.UTC(2026, 0, 1);
    expect(one.count(crash('first', date), 0, 0)).toEqual({ count: 1, max: 2, delay: 0 });
    expect(one.count(crash('second', date + 1_000), 1_000, 0)).toEqual({ count: 2, max: 2, delay: 0 });
    const last = crash('third', date + 59_999);
    const exceeded = one.count(last, 59_999, 0) as MaxRestartsExceeded;
    expect(exceeded).toBeInstanceOf(MaxRestartsExceeded);
    expect(exceeded.code).toBe('LIFECYCLE_MAX_RESTARTS');
    expect(exceeded.cause).toBe(last.error);
    expect(exceeded.message).toBe(
      [
        'io crashed 3 times within 1 m, more often than restart.max (2):',
        '  2026-01-01T00:00:00.000Z Db: first',
        '  2026-01-01T00:00:01.000Z Db: second',
        '  2026-01-01T00:00:59.999Z Db: third',
      ].join('\n'),
    );
    expect(exceeded.data.failures).toMatchObject([
      { at: date, service: 'Db' },
      { at: date + 1_000 },
      { at: date + 59_999, error: last.error },
    ]);
    // Who was told has seen to it.
    expect(one.count(crash(), 60_000, 0)).toMatchObject({ count: 1 });
  });

  it('forgets what has left the window', () => {
    const one = supervisor({ restart: { max: 1, within: '1m' }, backoff: false });
    for (const now of [0, 60_000, 120_000]) expect(one.count(crash(), now, 0)).toMatchObject({ count: 1 });
    expect(one.count(crash(), 179_999, 0)).toBeInstanceOf(MaxRestartsExceeded);
  });

  it('says how many crashes count at a moment, the waits left out, and how many came in a row', () => {
    const one = supervisor({ restart: { max: 5, within: '1s' }, backoff: { initial: 100, jitter: 0 } });
    expect([one.inARow, one.countAt(0)]).toEqual([0, 0]);
    for (const now of [0, 600]) counted(one, now, 0);
    expect([one.inARow, one.countAt(600)]).toEqual([2, 2]);
    // 300 ms of the time that has gone by were waits.
    expect([one.countAt(1_299), one.countAt(1_300), one.countAt(1_799), one.countAt(1_800)]).toEqual([2, 1, 1, 0]);
  });

  it('of 0 allows none', () => {
    const error = supervisor({ restart: { max: 0 } }).count(crash(), 0, 0) as Error;
    expect(error.message).toMatch(/^io crashed once within 1 m, more often than restart.max \(0\):/);
  });

  it('of Infinity never ends, and numbers the tries in a row', () => {
    const one = supervisor({ restart: { max: Number.POSITIVE_INFINITY } });
    const counts = [0, 1, 2, 100_000, 100_001].map((now) => (one.count(crash(), now, 1) as Attempt).count);
    expect(counts).toEqual([1, 2, 3, 1, 2]);
  });
});

const gaps = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 40 });
const policies = fc.record({
  restart: fc.record({ max: fc.integer({ min: 0, max: 5 }), within: fc.integer({ min: 1, max: 4_000 }) }),
  backoff: fc.oneof(
    fc.constant(false as const),
    fc.record({ initial: fc.integer({ min: 0, max: 300 }), resetAfter: fc.integer({ min: 0, max: 1_000 }) }),
  ),
});
/** With these the sums are exact. */
const chance = fc.constantFrom(0, 0.25, 0.5, 0.75);

describe('a supervisor of many', () => {
  it('never allows more restarts than that in any window, whenever crashes come', () => {
    fc.assert(
      fc.property(policies, gaps, chance, (policy, each, random) => {
        const one = supervisor(policy);
        const { max, within } = policy.restart;
        let now = 0;
        let restarts: number[] = [];
        for (const gap of each) {
          now += gap;
          if (counted(one, now, random) instanceof MaxRestartsExceeded) restarts = [];
          else restarts.push(now);
          expect(restarts.filter((at) => at > now - within).length).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a supervisor of one', () => {
  it('counts and waits as a few lines say, over the time that it runs', () => {
    fc.assert(
      fc.property(policies, gaps, chance, (policy, each, random) => {
        const one = supervisor(policy);
        const { restart, backoff } = policy;
        let [now, uptime, inARow, last] = [0, 0, 0, Number.NEGATIVE_INFINITY];
        let crashes: number[] = [];
        for (const gap of each) {
          now += gap;
          uptime += gap;
          crashes = [...crashes, uptime].filter((at) => at > uptime - restart.within);
          const attempt = counted(one, now, random);
          if (crashes.length > restart.max) {
            expect(attempt).toBeInstanceOf(MaxRestartsExceeded);
            [crashes, inARow, last] = [[], 0, Number.NEGATIVE_INFINITY];
            continue;
          }
          inARow = backoff && uptime - last < backoff.resetAfter ? inARow + 1 : 1;
          last = uptime;
          const delay = backoff ? Math.min(30_000, backoff.initial * 2 ** (inARow - 1)) * (1 - random) : 0;
          expect(attempt).toMatchObject({ count: crashes.length, max: restart.max });
          expect((attempt as Attempt).delay).toBeCloseTo(delay, 6);
          now += delay;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
