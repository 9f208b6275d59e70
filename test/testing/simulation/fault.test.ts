import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_RATES, type Fault, Faults, faultText } from '../../../src/testing/simulation/fault.ts';
import { ACTIONS, scenarioOf } from '../../../src/testing/simulation/scenario.ts';

vi.setConfig({ testTimeout: 60_000 });

const calls = (faults: Faults, place: Parameters<Faults['next']>[1] = 'task', count = 200) =>
  Array.from({ length: count }, (_, index) => faults.next(`s${index % 20}`, place));

describe('the faults of a seed', () => {
  it('are the same, whatever else is called and whatever is left out', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const all = calls(new Faults(seed, DEFAULT_RATES, () => 20, new Set()));
        const again = new Faults(seed, DEFAULT_RATES, () => 20, new Set());
        for (let count = 0; count < 5; count++) again.next('another', 'io');
        expect(calls(again)).toEqual(all);
        const [first] = all.filter((fault) => fault !== undefined);
        if (first === undefined) return;
        const fewer = calls(new Faults(seed, DEFAULT_RATES, () => 20, new Set([first.at])));
        expect(fewer).toEqual(all.map((fault) => (fault?.at === first.at ? undefined : fault)));
      }),
    );
  });

  it('are as many in a life as was asked for, on average, however many calls it has', () => {
    for (const size of [20, 200]) {
      const kinds = Array.from({ length: 2_000 }, (_, seed) =>
        Array.from({ length: size }, (_, call) =>
          new Faults(seed, DEFAULT_RATES, () => size, new Set()).next(`s${call}`, 'start'),
        ),
      ).flat();
      for (const kind of ['slow', 'throws', 'hangs'] as const) {
        const count = kinds.filter((fault) => fault?.kind === kind).length / 2_000;
        expect(Math.abs(count / DEFAULT_RATES[kind] - 1), `${kind} of ${size}`).toBeLessThan(0.15);
      }
    }
  });

  it('are none where none are wanted', () => {
    const isFault = (fault: Fault | undefined): boolean => fault !== undefined;
    expect(calls(new Faults(1, undefined, () => 1, new Set())).some(isFault)).toBe(false);
    expect(calls(new Faults(1, { slow: 0, throws: 0, hangs: 0 }, () => 1, new Set())).some(isFault)).toBe(false);
  });

  it('leave the work of a hook undone on the way up, and done on the way down', () => {
    const of = (place: 'start' | 'stop') =>
      calls(new Faults(3, { slow: 1, throws: 1, hangs: 1 }, () => 3, new Set()), place).filter(
        (fault) => fault !== undefined,
      );
    expect(of('start').every(({ kind, isEarly }) => isEarly || kind === 'slow')).toBe(true);
    expect(of('stop').every(({ isEarly, heeds }) => !isEarly && !heeds)).toBe(true);
  });

  it.each<[string, Partial<Fault>]>([
    ['Db.onStart#2 takes 50 ms before it begins', { kind: 'slow', isEarly: true }],
    ['Db.onStart#2 takes 50 ms longer', { kind: 'slow' }],
    ['Db.onStart#2 throws', { kind: 'throws', isEarly: true }],
    ['Db.onStart#2 throws at its end', { kind: 'throws' }],
    ['Db.onStart#2 hangs', { kind: 'hangs' }],
    ['Db.onStart#2 hangs until its signal aborts', { kind: 'hangs', heeds: true }],
  ])('have a text: %s', (text, fault) => {
    expect(faultText({ kind: 'slow', at: 'Db.onStart#2', isEarly: false, ms: 50, heeds: false, ...fault })).toBe(text);
  });
});

describe('the scenario of a seed', () => {
  const scenarios = Array.from({ length: 300 }, (_, seed) => scenarioOf(seed, ACTIONS));

  it('begins with a start, ends with a stop, and has everything in between', () => {
    for (const steps of scenarios) {
      expect(steps[0]?.action).toBe('start');
      expect(steps.at(-1)?.action).toBe('stop');
      expect(steps.map(({ name }) => name)).toEqual(steps.map((_, index) => `step ${index + 1}`));
    }
    const all = scenarios.flat();
    expect(new Set(all.map(({ action }) => action))).toEqual(new Set(['start', 'stop', ...ACTIONS]));
    expect(all.some(({ action, after }) => action === 'stop' && typeof after === 'number')).toBe(true);
    expect(new Set(scenarios.map((steps) => steps.filter(({ action }) => action === 'start').length))).toEqual(
      new Set([1, 2, 3]),
    );
  });

  it('does only what it may', () => {
    const actions = scenarios.flatMap((_, seed) => scenarioOf(seed, ['wait']));
    expect(new Set(actions.map(({ action }) => action))).toEqual(new Set(['start', 'wait', 'stop']));
    const bare = scenarios.flatMap((_, seed) => scenarioOf(seed, []));
    expect(new Set(bare.map(({ action }) => action))).toEqual(new Set(['start', 'stop']));
  });
});
