import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { HeapGauge, heapLevel } from '../../src/crash/heap-watch.ts';

describe('the gauge of the heap', () => {
  it('tells each crossing once, and the next one only after it was well below', () => {
    const told: number[] = [];
    const gauge = new HeapGauge(({ used }) => told.push(used));
    for (const used of [50, 79, 80, 95, 70, 85, 64, 81, 90]) gauge.measured({ used, limit: 100 });
    expect(told).toEqual([80, 81]);
  });
});

describe('the level of the heap', () => {
  it('has the limit of the flag, which counts as Node reads it: the last one, however it is written', () => {
    const limitOf = (...args: string[]): number => heapLevel(args).limit / 2 ** 20;
    expect(limitOf('--max-old-space-size=64')).toBe(64);
    expect(limitOf('--max_old_space_size=64')).toBe(64);
    expect(limitOf('--max-old-space-size', '64')).toBe(64);
    expect(limitOf('--max-old-space-size=32 --inspect', '--max-old-space-size=64')).toBe(64);
  });

  it("has V8's own limit without the flag, and no other than that", () => {
    const { heap_size_limit: limit } = getHeapStatistics();
    expect(heapLevel(['--inspect']).limit).toBe(limit);
    expect(heapLevel(['--max-old-space-size=9999999']).limit).toBe(limit);
    expect(heapLevel([]).used).toBeGreaterThan(1_000_000);
  });
});
