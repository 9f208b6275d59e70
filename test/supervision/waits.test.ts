import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Waits } from '../../src/supervision/waits.ts';

describe('the waits of a supervisor', () => {
  it('are as long as they were so far', () => {
    const waits = new Waits();
    waits.begin('Db', 10, 30);
    expect([10, 20, 30, 40].map((now) => waits.by(now))).toEqual([0, 10, 20, 20]);
  });

  it('that are cut short are as long as they were', () => {
    const waits = new Waits();
    waits.begin('Db', 0, 600);
    waits.end('Db', 1);
    waits.end('Db', 2);
    expect(waits.by(1_000)).toBe(1);
  });

  it('at the same time count once', () => {
    const waits = new Waits();
    waits.begin('A', 0, 30);
    waits.begin('B', 10, 50);
    waits.begin('C', 60, 70);
    expect(waits.by(100)).toBe(60);
  });

  it('that are forgotten go on no longer', () => {
    const waits = new Waits();
    waits.begin('A', 0, 30);
    const before = waits.by(5);
    waits.forget();
    expect(waits.by(100)).toBe(before);
  });

  it('are the moments in which somebody waits', () => {
    const step = fc.record({
      who: fc.constantFrom('A', 'B', 'C'),
      gap: fc.integer({ min: 0, max: 5 }),
      wait: fc.option(fc.integer({ min: 0, max: 12 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const waits = new Waits();
        const until = new Map<string, number>();
        let [now, waited] = [0, 0];
        for (const { who, gap, wait } of steps) {
          for (let left = gap; left > 0; left--, now++) if ([...until.values()].some((end) => end > now)) waited++;
          expect(waits.by(now)).toBe(waited);
          until.set(who, now + (wait ?? 0));
          if (wait === null) waits.end(who, now);
          else waits.begin(who, now, now + wait);
        }
      }),
    );
  });
});
