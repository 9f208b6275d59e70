import { describe, expect, it } from 'vitest';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

async function traceOf(seed: number): Promise<readonly string[]> {
  const clock = new ManualClock();
  const interleaving = new Interleaving(seed, clock);
  const work = ['a', 'b', 'c'].map(async (name) => {
    await interleaving.gate(name);
    await new Promise<void>((resolve) => void clock.timer(10, resolve));
    await interleaving.gate(`${name}2`);
  });
  await interleaving.run(Promise.all(work));
  return interleaving.trace;
}

describe('an interleaving', () => {
  it('is the same for the same seed, and differs between seeds', async () => {
    const traces = await Promise.all(Array.from({ length: 30 }, (_, seed) => traceOf(seed)));
    expect(await traceOf(7)).toEqual(traces[7]);
    expect(new Set(traces.map((trace) => trace.join())).size).toBeGreaterThan(20);
    for (const trace of traces) {
      expect(trace.filter((step) => step !== 'clock').toSorted()).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2']);
    }
  });

  it('gives what the work gave, and its error', async () => {
    const interleaving = new Interleaving(1, new ManualClock());
    expect(await interleaving.run(interleaving.gate('x').then(() => 42))).toBe(42);
    await expect(interleaving.run(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('says so when nothing can go on, with what happened', async () => {
    const interleaving = new Interleaving(1, new ManualClock());
    const stuck = interleaving.gate('x').then(() => new Promise(() => {}));
    await expect(interleaving.run(stuck)).rejects.toThrow('nothing can go on, after x');
  });

  it('picks one of what it is given, and in the end each of them', () => {
    const interleaving = new Interleaving(3, new ManualClock());
    const picked = new Set(Array.from({ length: 50 }, () => interleaving.pick(['a', 'b', 'c'])));
    expect(picked).toEqual(new Set(['a', 'b', 'c']));
  });
});
