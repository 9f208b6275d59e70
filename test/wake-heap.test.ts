import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sleeper, WakeHeap } from '../src/wake-heap.ts';

interface Named extends Sleeper {
  readonly name: number;
}

const sleepers = (count: number): Named[] =>
  Array.from({ length: count }, (_, name) => ({ name, wakesAt: Number.NaN, wake() {} }));

type Step =
  | { readonly kind: 'add'; readonly who: number; readonly at: number }
  | { readonly kind: 'remove'; readonly who: number }
  | { readonly kind: 'take'; readonly now: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        who: fc.nat(40),
        at: fc.double({ min: 0, max: 60, noNaN: true }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), who: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), now: fc.nat(60) }) },
  ),
  { maxLength: 400 },
);

describe('a wake heap', () => {
  it('gives all whose time has come, each once, by the millisecond and then as they were added', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const heap = new WakeHeap();
        const named = sleepers(41);
        // The model: who waits for which millisecond, in the order of adding.
        let waiting: { readonly who: number; readonly at: number }[] = [];
        for (const step of all) {
          if (step.kind === 'add') {
            const at = Math.ceil(step.at);
            heap.add(named[step.who] as Named, step.at);
            if (waiting.some(({ who, at: known }) => who === step.who && known === at)) continue;
            waiting = [...waiting.filter(({ who }) => who !== step.who), { who: step.who, at }];
          } else if (step.kind === 'remove') {
            heap.remove(named[step.who] as Named);
            waiting = waiting.filter(({ who }) => who !== step.who);
          } else {
            const taken: number[] = [];
            for (let next = heap.takeDue(step.now); next !== undefined; next = heap.takeDue(step.now))
              taken.push((next as Named).name);
            const due = waiting.filter(({ at }) => at <= step.now).sort((a, b) => a.at - b.at);
            expect(taken).toEqual(due.map(({ who }) => who));
            waiting = waiting.filter(({ at }) => at > step.now);
          }
          expect(heap.size).toBe(waiting.length);
          expect(heap.firstAt).toBe(Math.min(...waiting.map(({ at }) => at)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps nobody who does not wait any more: ten thousand that were cancelled are let go', () => {
    const heap = new WakeHeap();
    const [patient] = sleepers(1) as [Named];
    heap.add(patient, 1e9);
    const gone = sleepers(10_000);
    for (const [index, sleeper] of gone.entries()) heap.add(sleeper, 1_000 + index);
    for (const sleeper of gone) heap.remove(sleeper);
    expect(heap.size).toBe(1);
    expect(heap.takeDue(100_000)).toBeUndefined();
    expect(heap.takeDue(1e9)).toBe(patient);
  });

  it('refuses what is no instant: nothing after it would ever come', () => {
    const heap = new WakeHeap();
    const [one] = sleepers(1) as [Named];
    heap.add(one, 10);
    expect(() => heap.add(one, Number.NaN)).toThrow(
      new RangeError('A timer waits for an instant in milliseconds, got NaN'),
    );
    expect(heap.size).toBe(1);
    expect(heap.takeDue(10)).toBe(one);
  });

  it('wakes nobody before its time, also for a fraction of a millisecond', () => {
    const heap = new WakeHeap();
    const [one] = sleepers(1) as [Named];
    heap.add(one, 10.2);
    expect(heap.firstAt).toBe(11);
    expect(heap.takeDue(10.9)).toBeUndefined();
    expect(heap.takeDue(11)).toBe(one);
  });
});
