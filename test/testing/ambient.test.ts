import { setInterval as everyReal, setTimeout as laterReal } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { takeOver } from '../../src/testing/ambient.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { OwnTime, timerText } from '../../src/testing/own-time.ts';
import { handMade, service } from '../support/hand-made.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** Runs the code in a hook of a service whose ambience is a manual clock's. */
async function inside(code: (context: ServiceContext) => unknown): Promise<{ clock: ManualClock; time: OwnTime }> {
  const clock = new ManualClock();
  const time = new OwnTime(clock, (thrown) => {
    throw thrown;
  });
  const lifecycle: Lifecycle = handMade({ Db: service({ onStart: (context) => void code(context) }) });
  lifecycle.surround({ clock: time });
  undo.push(takeOver(lifecycle, { time, random: () => 0.25 }));
  await lifecycle.startAll();
  return { clock, time };
}

describe('in a hook', () => {
  it('setTimeout and setInterval take the clock, and hand on what they are given', async () => {
    const log: unknown[] = [];
    const { clock, time } = await inside(() => {
      setTimeout((...args: unknown[]) => log.push(args), 100, 'a', 1);
      const interval = setInterval(() => {
        if (log.push('tick') === 4) clearInterval(interval);
      }, 45);
      clearTimeout(setTimeout(() => log.push('never'), 10));
    });
    expect([...time.timers].map(timerText)).toEqual(['a timer of 100 ms', 'an interval of 45 ms']);
    await clock.advance(100);
    expect(log).toEqual(['tick', 'tick', ['a', 1]]);
    await clock.advance(1_000);
    expect(log).toEqual(['tick', 'tick', ['a', 1], 'tick']);
    expect([time.timers.size, clock.pending]).toEqual([0, 0]);
  });

  it('what they give is as Node has it', async () => {
    let fired = 0;
    let later: NodeJS.Timeout | undefined;
    const { clock, time } = await inside(() => {
      const timeout = setTimeout(() => fired++, 100);
      expect(timeout.hasRef()).toBe(true);
      expect(timeout.unref().hasRef()).toBe(false);
      expect(timeout.ref().hasRef()).toBe(true);
      timeout.unref();
      later = timeout;
      const disposed = setTimeout(() => fired++, 1);
      disposed[Symbol.dispose]();
      setTimeout(() => fired++, 1).close();
    });
    await clock.advance(50);
    later?.refresh();
    expect([...time.timers].map(({ isRef }) => isRef)).toEqual([false]);
    await clock.advance(99);
    expect(fired).toBe(0);
    await clock.advance(1);
    expect(fired).toBe(1);
  });

  it('a length that Node does not take is a millisecond', async () => {
    const fired: number[] = [];
    const { clock } = await inside(() => {
      for (const ms of [undefined, -5, 2 ** 31, Number.NaN]) setTimeout(() => fired.push(clock.now()), ms);
    });
    await clock.advance(1);
    expect(fired).toEqual([1, 1, 1, 1]);
  });

  it('so do the promises of node:timers/promises, of util.promisify, and AbortSignal.timeout', async () => {
    const log: string[] = [];
    const { clock, time } = await inside(async ({ signal }) => {
      void laterReal(100, 'node').then((value) => log.push(value));
      void promisify(setTimeout)(200).then(() => log.push('promisify'));
      laterReal(1_000, undefined, { signal: AbortSignal.timeout(300), ref: false }).catch((error: Error) => {
        log.push(`${error.name} ${(error as NodeJS.ErrnoException).code} ${(error.cause as Error).name}`);
      });
      laterReal(1, undefined, { signal: AbortSignal.abort() }).catch((error: Error) => log.push(error.message));
      for await (const value of everyReal(80, 'tick', { signal })) {
        if (log.push(value) > 5) break;
      }
      log.push('over');
    });
    await clock.advance(400);
    const refused = 'AbortError ABORT_ERR TimeoutError';
    expect(log).toEqual(['The operation was aborted', 'tick', 'node', 'tick', 'promisify', 'tick', 'over', refused]);
    expect(time.timers.size).toBe(0);
  });

  it('an interval of promises keeps the ticks that nobody waited for, and ends when its signal aborts', async () => {
    const ticks: number[] = [];
    const controller = new AbortController();
    let ended: Error | undefined;
    const { clock, time } = await inside(async () => {
      try {
        for await (const _ of everyReal(10, undefined, { signal: controller.signal })) {
          ticks.push(clock.now());
          if (ticks.length === 1) await laterReal(35);
        }
      } catch (error) {
        ended = error as Error;
      }
    });
    await clock.advance(50);
    expect(ticks).toEqual([10, 45, 45, 45, 50]);
    controller.abort(new Error('enough'));
    await quiescence();
    expect(ended).toMatchObject({ name: 'AbortError', cause: new Error('enough') });
    expect(time.timers.size).toBe(0);
  });

  it('so do Date and performance.now, and Math.random is the given one', async () => {
    const read = () => {
      const made = new Date();
      return [Date.now(), made.getTime(), new Date(5).getTime(), performance.now(), Math.random()];
    };
    const seen: unknown[] = [];
    const { clock } = await inside(() => {
      setTimeout(() => seen.push(...read(), new Date() instanceof Date, typeof Date(), Date.UTC(2026, 0, 1)), 1_000);
    });
    await clock.advance(1_000);
    const date = Date.UTC(2026, 0, 1) + 1_000;
    expect(seen).toEqual([date, date, 5, 1_000, 0.25, true, 'string', date - 1_000]);
  });

  it('what a callback throws comes out where time is moved on', async () => {
    const { clock } = await inside(() => {
      setTimeout(() => {
        throw new Error('in a callback');
      }, 5);
    });
    await expect(clock.advance(10)).rejects.toThrow('in a callback');
    await clock.advance(10);
  });
});

describe('for everybody else', () => {
  it('all is as ever, also while it is taken over', async () => {
    const { setTimeout: set, Date: date } = globalThis;
    const { time } = await inside(() => {});
    expect(globalThis.setTimeout).not.toBe(set);
    const begin = Date.now();
    await new Promise((resolve) => void setTimeout(resolve, 5));
    expect(await laterReal(1, 'real')).toBe('real');
    for await (const _ of everyReal(1)) break;
    clearTimeout(setTimeout(() => {}, 1));
    expect(Date.now() - begin).toBeGreaterThanOrEqual(4);
    expect(Math.abs(performance.now() - performance.now())).toBeLessThan(1_000);
    expect(Math.random()).not.toBe(0.25);
    expect(new Date()).toBeInstanceOf(date);
    expect(AbortSignal.timeout(1_000).aborted).toBe(false);
    expect(time.timers.size).toBe(0);
  });

  it('all is as before once nobody has it any more', async () => {
    const before = [
      setTimeout,
      setInterval,
      clearTimeout,
      clearInterval,
      Date,
      Math.random,
      performance.now,
      AbortSignal.timeout,
    ];
    const first = await inside(() => {});
    await inside(() => {});
    const [one, other] = undo.splice(0);
    one?.();
    one?.();
    expect(globalThis.setTimeout).not.toBe(before[0]);
    other?.();
    expect([
      setTimeout,
      setInterval,
      clearTimeout,
      clearInterval,
      Date,
      Math.random,
      performance.now,
      AbortSignal.timeout,
    ]).toEqual(before);
    expect(Object.hasOwn(performance, 'now')).toBe(false);
    expect(first.time.timers.size).toBe(0);
  });
});
