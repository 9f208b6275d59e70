import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import type { Duration } from '../../src/duration.ts';
import { type Tick, Ticks } from '../../src/tasks/ticks.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { TimerQueue } from '../../src/timer-queue.ts';
import { oneService } from '../support/one-service.ts';
import { background, rig, since, taskOf } from '../support/tasks.ts';

function ticking(interval: Duration): { clock: ManualClock; ticks: Ticks; controller: AbortController } {
  const clock = new ManualClock();
  const controller = new AbortController();
  return { clock, controller, ticks: new Ticks(new TimerQueue(clock), controller.signal, interval) };
}

function listenersOf(signal: AbortSignal): number {
  return EventEmitter.getEventListeners(signal, 'abort').length;
}

describe('an interval', () => {
  it('ticks in its phase, however long the body takes, and counts what passes meanwhile', async () => {
    const { clock, context, lifecycle } = await oneService();
    const seen: unknown[] = [];
    const bodies = [0, 300, 1_000, 2_500];
    const loop = (async () => {
      for await (const { count, scheduledAt, lateness, missed } of context.interval('1s')) {
        seen.push([clock.now(), count, since(clock, scheduledAt), lateness, missed]);
        await context.sleep(bodies[count - 1] ?? 0);
      }
      return 'over';
    })();
    await clock.advance(7_900);
    expect(seen).toEqual([
      [1_000, 1, 1_000, 0, 0],
      [2_000, 2, 2_000, 0, 0],
      [3_000, 3, 3_000, 0, 0],
      [4_000, 4, 4_000, 0, 0],
      [7_000, 5, 7_000, 0, 2],
    ]);
    await lifecycle.stopAll();
    expect(await loop).toBe('over');
    expect(clock.pending).toBe(0);
    expect(listenersOf(context.signal)).toBe(0);
  });

  it('comes late after a block, and leaves out what has passed by then', async () => {
    const { clock, ticks } = ticking('1s');
    const first = ticks.next();
    await clock.advance(0);
    clock.block(1_400);
    await clock.advance(0);
    expect((await first).value).toMatchObject({ count: 1, lateness: 400, missed: 0 });
    const second = ticks.next();
    clock.block(3_000);
    await clock.advance(600);
    expect((await second).value).toMatchObject({ count: 2, lateness: 0, missed: 3 });
  });

  it('gives what is seen within 2 ms of its due time, whatever passed before it', async () => {
    const { clock, ticks } = ticking(1);
    const first = ticks.next();
    await clock.advance(0);
    clock.block(2.5);
    await clock.advance(0);
    expect((await first).value).toMatchObject({ count: 1, lateness: 0.5, missed: 1 });
    const second = ticks.next();
    await clock.advance(0.5);
    expect((await second).value).toMatchObject({ count: 2, lateness: 0, missed: 0 });
  });

  it('leaves out what is seen more than a minute late, as timers do', async () => {
    const { clock, ticks } = ticking('1h');
    const next = ticks.next();
    clock.block(3_600_000 + 60_001);
    await clock.advance(3_600_000);
    expect((await next).value).toMatchObject({ count: 1, missed: 1, lateness: 0 });
    expect(clock.now()).toBe(2 * 3_600_000 + 60_001);
  });

  it('takes what is due at this very moment, and leaves out what the next one has caught up with', async () => {
    const { clock, ticks } = ticking('1s');
    clock.block(2_000);
    const due = ticks.next();
    await clock.advance(0);
    expect((await due).value).toMatchObject({ count: 1, lateness: 0, missed: 1 });
    const caughtUp = ticks.next();
    await clock.advance(0);
    clock.block(2_000);
    await clock.advance(0);
    expect((await caughtUp).value).toMatchObject({ count: 2, lateness: 0, missed: 1 });
    expect(clock.now()).toBe(4_000);
  });

  it('still gives what is a minute late', async () => {
    const { clock, ticks } = ticking('1h');
    const next = ticks.next();
    clock.block(3_600_000 + 60_000);
    await clock.advance(0);
    expect((await next).value).toMatchObject({ count: 1, missed: 0, lateness: 60_000 });
  });

  it('counts what was missed once, however many wait', async () => {
    const { clock, ticks } = ticking('1s');
    clock.block(3_400);
    const [first, second] = [ticks.next(), ticks.next()];
    await clock.advance(2_000);
    expect((await first).value).toMatchObject({ count: 1, missed: 3 });
    expect((await second).value).toMatchObject({ count: 2, missed: 0 });
  });

  it('waits for nothing between its ticks, nor after a break', async () => {
    const { clock, ticks, controller } = ticking('1s');
    const loop = (async () => {
      for await (const { count } of ticks) {
        expect(clock.pending).toBe(0);
        expect(listenersOf(controller.signal)).toBe(0);
        if (count === 2) break;
      }
    })();
    await clock.advance(2_000);
    await loop;
    expect(clock.pending).toBe(0);
    expect(await ticks.next()).toEqual({ done: true, value: undefined });
  });

  it('ends at once when it is returned from while somebody waits for it', async () => {
    const { clock, ticks, controller } = ticking('1h');
    const waiting = [ticks.next(), ticks.next()];
    expect(await ticks.return()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
    expect(clock.pending).toBe(0);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it('gives those who wait for several at once one each', async () => {
    const { clock, ticks, controller } = ticking(10);
    const waiting = Promise.all([ticks.next(), ticks.next(), ticks.next()]);
    await clock.advance(20);
    controller.abort();
    const results = await waiting;
    expect(results.map(({ value }) => (value as Tick | undefined)?.count)).toEqual([1, 2, undefined]);
    expect(clock.pending).toBe(0);
  });

  it('of a service that stops gives nothing', async () => {
    const { context, lifecycle } = await oneService();
    await lifecycle.stopAll();
    for await (const tick of context.interval('1s')) throw new Error(`got ${tick.count}`);
  });

  it('is given to tasks, and ends with the run', async () => {
    const seen: number[] = [];
    const made = rig(background(), async ({ interval }) => {
      for await (const { count } of interval(10)) seen.push(count);
      seen.push(0);
    });
    await made.lifecycle.startAll();
    await made.clock.advance(20);
    taskOf(made).pause();
    await made.clock.advance(50);
    expect(seen).toEqual([1, 2, 0]);
    expect(made.clock.pending).toBe(0);
    await made.lifecycle.stopAll();
  });

  it.each([0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, '1 fortnight', undefined])(
    'is refused at once: %s',
    async (interval) => {
      const { context } = await oneService();
      expect(() => context.interval(interval as never)).toThrow(
        expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION' }),
      );
    },
  );
});

/*
 * Intervals are multiples of 128, bodies take one more than such, blocks begin 20 after and end 80 after such: no two things
 * happen at the same instant.
 */
const STEP = 128;
const END = 100 * STEP;

interface Case {
  readonly interval: number;
  readonly bodies: readonly number[];
  readonly blocks: readonly { readonly from: number; readonly to: number }[];
}

function model({ interval, bodies, blocks }: Case): string[] {
  /** When something that is due then is seen to. */
  const seen = (at: number): number => blocks.find(({ from, to }) => from < at && at <= to)?.to ?? at;
  const ticks: string[] = [];
  let [last, free] = [0, 0];
  for (let count = 1; ; count++) {
    let due = Math.max(last + 1, Math.ceil(free / interval));
    while (Math.floor(seen(due * interval) / interval) > due) due = Math.floor(seen(due * interval) / interval) + 1;
    const at = seen(due * interval);
    if (at > END) return ticks;
    ticks.push(`${at}: due ${due * interval}, missed ${due - last - 1}`);
    last = due;
    const body = bodies[(count - 1) % bodies.length] ?? 0;
    free = body === 0 ? at : seen(at + body);
  }
}

async function real({ interval, bodies, blocks }: Case): Promise<string[]> {
  const { clock, ticks, controller } = ticking(interval);
  const log: string[] = [];
  const loop = (async () => {
    for await (const { count, scheduledAt, missed, lateness } of ticks) {
      const due = since(clock, scheduledAt);
      log.push(`${clock.now()}: due ${due}, missed ${missed}`);
      expect(lateness).toBe(clock.now() - due);
      const body = bodies[(count - 1) % bodies.length] ?? 0;
      if (body > 0) await sleep(clock, body);
    }
  })();
  for (const { from, to } of blocks) {
    await clock.advance(from - clock.now());
    clock.block(to - from);
  }
  await clock.advance(END - clock.now());
  controller.abort();
  await clock.advance(20 * STEP);
  await loop;
  expect(clock.pending).toBe(0);
  return log;
}

const cases: fc.Arbitrary<Case> = fc.record({
  interval: fc.integer({ min: 1, max: 5 }).map((steps) => steps * STEP),
  bodies: fc.array(
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 12 }).map((steps) => steps * STEP + 1),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  blocks: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 10 })), { maxLength: 5 })
    .map((pairs) => {
      let at = 0;
      return pairs.map(([pause, length]) => {
        const from = (at + pause) * STEP + 20;
        at += pause + length;
        return { from, to: at * STEP + 80 };
      });
    }),
});

describe('intervals of any length, with bodies and blocks of any length', () => {
  it('tick as a model of a few lines does', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        expect(await real(each)).toEqual(model(each));
      }),
      { numRuns: 300 },
    );
  });
});
