import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import type { TimerOptions } from '../../src/tasks/options.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import type { ManualClock } from '../../src/testing/manual-clock.ts';
import { rig, since, taskOf, timer } from '../support/tasks.ts';
import { drain } from '../support/time.ts';

/*
 * Intervals are multiples of 128, a run takes one more than such, its timeout 14 more, the jitter is 40, commands come at 80
 * and block for 20 more: no two things happen at the same instant, so the model need not know what would come first.
 */
const STEP = 128;
const END = 40 * STEP;

type Command =
  | { readonly kind: 'pause' | 'resume' | 'trigger' | 'stop' }
  /** The event loop is blocked for this long. */
  | { readonly kind: 'block'; readonly ms: number };

interface Case {
  readonly interval: number;
  readonly options: Pick<TimerOptions, 'every' | 'immediate' | 'overlap' | 'missed' | 'jitter' | 'timeout'>;
  /** How long each run takes, and whether it fails. */
  readonly runs: readonly { readonly takes: number; readonly fails: boolean }[];
  readonly commands: readonly { readonly at: number; readonly command: Command }[];
}

/** What came of it: when each run began and when it was due, and the counts. */
interface Outcome {
  readonly begun: readonly (readonly [at: number, due: number])[];
  readonly failures: number;
  readonly overlaps: number;
  readonly missed: number;
}

/** What a timer is to do, told step by step. */
function model({ interval, options, runs, commands }: Case): Outcome {
  const { every = 'interval', immediate, overlap = 'skip', missed: policy = 'skip', jitter = 0, timeout } = options;
  const places = typeof overlap === 'object' ? overlap.max : 1;
  const shift = Number(jitter) / 2;
  const begun: [number, number][] = [];
  const inHand: { readonly end: number; readonly fails: boolean; late: number }[] = [];
  let [failures, overlaps, missed, lastEnd] = [0, 0, 0, 0];
  let due: number | undefined = immediate ? 0 : interval;
  let held: { readonly due: number | undefined; isWanted: boolean } | undefined;
  let [isPaused, isStopped, blockedUntil] = [false, false, 0];

  const begin = (at: number, dueAt = at): void => {
    const { takes, fails } = runs[begun.length % runs.length] ?? { takes: 5, fails: false };
    begun.push([at, dueAt]);
    inHand.push({ end: at + takes, fails, late: at + Number(timeout ?? Number.POSITIVE_INFINITY) });
  };
  const arrive = (at: number, dueAt: number): void => {
    if (inHand.length < places) begin(at, dueAt);
    else {
      overlaps++;
      if (overlap === 'queue') held ??= { due: dueAt, isWanted: false };
    }
  };
  const wake = (at: number): void => {
    const dueAt = due as number;
    if (every === 'delay') {
      due = undefined;
      arrive(at, dueAt);
      return;
    }
    const last = Math.floor(at / interval) * interval;
    due = last + interval;
    if (last === dueAt) arrive(at, dueAt);
    else {
      const isLastInTime = at - last < 2;
      missed += (last - dueAt) / interval + (isLastInTime ? 0 : 1);
      if (isLastInTime || policy === 'runOnce') arrive(at, last);
    }
  };
  const settle = (at: number): void => {
    for (const run of inHand) {
      if (run.late > at) continue;
      failures++;
      run.late = Number.POSITIVE_INFINITY;
      (run as { fails: boolean }).fails = false;
    }
    for (const run of inHand.filter(({ end }) => end <= at)) {
      inHand.splice(inHand.indexOf(run), 1);
      if (run.fails) failures++;
      lastEnd = at;
      if (isStopped) continue;
      if (held !== undefined) {
        const { due: next } = held;
        held = undefined;
        begin(at, next);
      }
      if (every === 'delay' && due === undefined && !isPaused && inHand.length === 0) due = at + interval;
    }
  };
  const obey = (at: number, command: Command): void => {
    switch (command.kind) {
      case 'block':
        blockedUntil = at + command.ms;
        return;
      case 'stop':
        [isStopped, due, held] = [true, undefined, undefined];
        return;
      case 'trigger':
        if (isStopped) return;
        if (inHand.length < places) begin(at);
        else if (overlap === 'queue') {
          held ??= { due: undefined, isWanted: true };
          held.isWanted = true;
        }
        return;
      case 'pause':
        if (!isPaused) [isPaused, due] = [true, undefined];
        if (held?.isWanted === false) held = undefined;
        return;
      case 'resume':
        if (!isPaused || isStopped) return;
        isPaused = false;
        if (every === 'interval') due = Math.floor(at / interval) * interval + interval;
        else if (inHand.length === 0) due = Math.max(at, lastEnd + interval);
    }
  };

  for (let at = 0; at <= END; at++) {
    if (at < blockedUntil) continue;
    for (const { at: when, command } of commands) if (when === at) obey(at, command);
    if (at < blockedUntil) continue;
    if (due !== undefined && due + shift <= at) wake(at);
    settle(at);
  }
  return { begun, failures, overlaps, missed };
}

/** What the timer does. */
async function reality({ interval, options, runs, commands }: Case): Promise<Outcome> {
  const begun: [number, number][] = [];
  const work = async ({ run, scheduledAt }: TaskContext): Promise<void> => {
    const { takes, fails } = runs[(run - 1) % runs.length] ?? { takes: 5, fails: false };
    begun.push([clock.now(), since(clock, scheduledAt)]);
    await sleep(lifecycle.clock, takes);
    if (fails) throw new Error('no');
  };
  const made = rig(timer(interval, options), work, {}, { random: () => 0.5 });
  const { clock, lifecycle } = made;
  await lifecycle.startAll();
  const task = taskOf(made);
  for (const { at, command } of commands) {
    await clock.advance(at - clock.now());
    if (command.kind === 'block') clock.block(command.ms);
    else if (command.kind === 'stop') lifecycle.requestStop();
    else if (command.kind === 'trigger') void task.trigger();
    else task[command.kind]();
  }
  await clock.advance(END - clock.now());
  const { failures, overlaps, missed } = task.snapshot();
  const stop = lifecycle.stopAll();
  await drain(clock);
  await stop.catch(() => {});
  expectNothingLeft(clock);
  return { begun, failures, overlaps, missed };
}

function expectNothingLeft(clock: ManualClock): void {
  expect(clock.pending).toBe(0);
}

const multiple = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((k) => k * STEP);

const runs = fc.array(fc.record({ takes: multiple(0, 4).map((ms) => ms + 1), fails: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
});

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constantFrom('pause', 'resume', 'trigger', 'trigger') }),
  fc.record({ kind: fc.constant('block' as const), ms: multiple(1, 4).map((ms) => ms + 20) }),
);

/** One in each window, so that a block is over before the next one comes. */
const commands = fc
  .tuple(fc.array(fc.option(command), { maxLength: 6 }), fc.boolean())
  .map(([all, stops]) => (stops ? [...all, { kind: 'stop' } as const] : all))
  .map((all) => all.flatMap((each, index) => (each === null ? [] : [{ at: 6 * index * STEP + 80, command: each }])));

const timeout = fc.option(
  multiple(0, 2).map((ms) => ms + 14),
  { nil: undefined },
);

const intervals = fc.record({
  every: fc.constant('interval' as const),
  immediate: fc.boolean(),
  overlap: fc.oneof(fc.constantFrom('skip', 'queue'), fc.record({ max: fc.integer({ min: 1, max: 3 }) })),
  missed: fc.constantFrom('skip', 'runOnce'),
  jitter: fc.constantFrom(0, 80),
  timeout,
});
const delays = fc.record({ every: fc.constant('delay' as const), immediate: fc.boolean(), timeout });

const cases: fc.Arbitrary<Case> = fc.record({
  interval: multiple(1, 4),
  options: fc.oneof(
    { weight: 3, arbitrary: intervals as fc.Arbitrary<Case['options']> },
    { weight: 1, arbitrary: delays as fc.Arbitrary<Case['options']> },
  ),
  runs,
  commands,
});

describe('a timer', () => {
  it('does what the model does, whatever its options, its runs, its commands and the blocks of the loop', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (chosen) => {
        expect(await reality(chosen)).toEqual(model(chosen));
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);
});
