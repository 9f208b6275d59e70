import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { CHANGES, localMinute } from '../support/local-time.ts';
import { crontab, rig } from '../support/tasks.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Pattern {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly expression: string;
}

/** The due times in a span: what the rules for changing clocks say, looked up minute by minute. */
function model({ minutes, hours }: Pattern, timeZone: string, from: number, to: number): number[] {
  const isFixed = minutes.length === 1 && hours.length === 1;
  const found: number[] = [];
  const done = new Set<string>();
  for (let at = from + MINUTE; at <= to; at += MINUTE) {
    const { day, minute } = localMinute(at, timeZone);
    const isTime = minutes.includes(minute % 60) && hours.includes(Math.floor(minute / 60));
    if (!isFixed) {
      if (isTime) found.push(at);
      continue;
    }
    // Once a day: at the first occurrence, or right after the gap that it is in.
    const wanted = (hours[0] ?? 0) * 60 + (minutes[0] ?? 0);
    const before = localMinute(at - MINUTE, timeZone);
    const isJustPast = before.day === day && before.minute < wanted && minute > wanted;
    if (done.has(day) || !(isTime || isJustPast)) continue;
    done.add(day);
    found.push(at);
  }
  return found;
}

/** When the task ran. */
async function reality({ expression }: Pattern, timeZone: string, from: number, to: number): Promise<number[]> {
  const clock = new ManualClock(from);
  const runs: number[] = [];
  const work = ({ scheduledAt }: { scheduledAt: number }): void => {
    expect(clock.date()).toBe(scheduledAt);
    runs.push(scheduledAt);
  };
  const { lifecycle } = rig(crontab(expression, { timeZone }), work, {}, { clock });
  await lifecycle.startAll();
  await clock.advance(to - from);
  await lifecycle.stopAll();
  expect(clock.pending).toBe(0);
  return runs;
}

const hour = fc.integer({ min: 0, max: 4 });
const fixed: fc.Arbitrary<Pattern> = fc
  .record({ hour, minute: fc.integer({ min: 0, max: 59 }) })
  .map(({ hour, minute }) => ({
    minutes: [minute],
    hours: [hour],
    expression: `${minute} ${hour} * * *`,
  }));
const steps: fc.Arbitrary<Pattern> = fc
  .record({ step: fc.constantFrom(7, 10, 15, 30), from: hour, span: fc.integer({ min: 1, max: 19 }) })
  .map(({ step, from, span }) => ({
    minutes: range(0, 59).filter((minute) => minute % step === 0),
    hours: range(from, from + span),
    expression: `*/${step} ${from}-${from + span} * * *`,
  }));
const lists: fc.Arbitrary<Pattern> = fc.record({ minute: fc.integer({ min: 0, max: 59 }) }).map(({ minute }) => ({
  minutes: [minute],
  hours: range(0, 23),
  expression: `${minute} * * * *`,
}));

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('a crontab task', () => {
  it.each(CHANGES)(
    'runs as the rules say where the clocks of $timeZone change',
    async ({ timeZone, days }) => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...days), fc.oneof(fixed, steps, lists), async (day, pattern) => {
          const from = Date.parse(`${day}T00:00:00Z`) - DAY;
          expect(await reality(pattern, timeZone, from, from + 2.5 * DAY)).toEqual(
            model(pattern, timeZone, from, from + 2.5 * DAY),
          );
        }),
        { numRuns: 40 },
      );
    },
    60_000,
  );
});
