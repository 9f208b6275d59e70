import { describe, expect, it } from 'vitest';
import { Seeded } from '../../src/testing/seeded.ts';

const draws = (seeded: Seeded) => Array.from({ length: 100 }, () => seeded.random());

describe('chance', () => {
  it('is the same for the same seed and the same thing, and another one for another', () => {
    expect(draws(Seeded.of(1, 'a'))).toEqual(draws(Seeded.of(1, 'a')));
    const firsts = Array.from({ length: 50 }, (_, seed) =>
      ['a', 'b', 'a#1', 'a#2'].map((what) => Seeded.of(seed, what).random()),
    );
    expect(new Set(firsts.flat()).size).toBe(200);
  });

  it('is spread evenly, over draws and over first draws', () => {
    const many = Array.from({ length: 100 }, (_, index) => draws(new Seeded(index))).flat();
    const firsts = Array.from({ length: 10_000 }, (_, seed) => Seeded.of(seed, 'Db.onStart#1').random());
    for (const numbers of [many, firsts]) {
      const buckets = Array.from(
        { length: 10 },
        (_, tenth) => numbers.filter((each) => Math.floor(each * 10) === tenth).length,
      );
      for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    }
  });

  it('gives numbers, choices and magnitudes within their limits', () => {
    const seeded = new Seeded(7);
    for (let count = 0; count < 200; count++) {
      expect(seeded.below(3)).toBeLessThan(3);
      expect(['a', 'b']).toContain(seeded.pick(['a', 'b']));
      const magnitude = seeded.magnitude(10, 10_000);
      expect(magnitude).toBeGreaterThanOrEqual(10);
      expect(magnitude).toBeLessThanOrEqual(10_000);
    }
    expect([seeded.chance(0), seeded.chance(1)]).toEqual([false, true]);
  });
});
