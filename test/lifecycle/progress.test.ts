import { describe, expect, it } from 'vitest';
import { progressOf, progressText } from '../../src/lifecycle/progress.ts';
import type { StateName } from '../../src/lifecycle/state.ts';

function unit(label: string, at: StateName, since = 0, isService = true) {
  return { label, spec: isService ? {} : undefined, state: { at, since } };
}

describe('progressOf', () => {
  it('counts services, and puts those first that take the longest', () => {
    const units = [
      unit('Db', 'running'),
      unit('Redis', 'starting', 900),
      unit('Kafka', 'starting', 100),
      unit('Api', 'idle'),
      unit('config', 'starting', 0, false),
    ];
    expect(progressOf(units, 1_000)).toEqual({
      running: 1,
      total: 4,
      awaited: [
        { name: 'Kafka', since: 900 },
        { name: 'Redis', since: 100 },
      ],
    });
  });
});

describe('progressText', () => {
  it('names three at the most', () => {
    const awaited = ['Kafka', 'Redis', 'Db', 'Mail', 'Api'].map((name, index) => ({ name, since: 4_100 - index }));
    expect(progressText({ running: 7, total: 12, awaited })).toBe(
      '7/12: Kafka 4.1 s, Redis 4.1 s, Db 4.1 s and 2 more',
    );
    expect(progressText({ running: 7, total: 12, awaited: awaited.slice(0, 1) })).toBe('7/12: Kafka 4.1 s');
    expect(progressText({ running: 12, total: 12, awaited: [] })).toBe('12/12');
  });
});
