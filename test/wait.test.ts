import { EventEmitter } from 'node:events';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { StateEvent } from '../src/events/service-events.ts';
import type { Logger } from '../src/log.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { waitFor } from '../src/wait.ts';
import { handMade, service, silent } from './support/hand-made.ts';
import { oneService } from './support/one-service.ts';
import { rejection } from './support/recorded.ts';
import { background, rig, taskOf, timer } from './support/tasks.ts';
import { drain } from './support/time.ts';

const never = new Promise<never>(() => {});

/** How many listeners a signal has. */
function listenersOf(signal: AbortSignal): number {
  return EventEmitter.getEventListeners(signal, 'abort').length;
}

describe('wait', () => {
  it('gives the first promise that fulfils, which one it was, and leaves nothing behind', async () => {
    const { clock, context } = await oneService();
    const { wait, sleep, signal } = context;
    const waiting = wait(
      sleep('3s').then(() => 'slow'),
      sleep('1s').then(() => 'fast'),
      { timeout: '10s' },
    );
    await clock.advance(1_000);
    expect(await waiting).toEqual({ kind: 'done', index: 1, value: 'fast' });
    await clock.advance(2_000);
    expect(clock.pending).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  it('tells a timeout from a stop', async () => {
    const { clock, context, lifecycle } = await oneService();
    const late = context.wait(never, { timeout: '5s' });
    await clock.advance(5_000);
    expect(await late).toEqual({ kind: 'timeout' });
    const stopped = context.wait(never, { timeout: '5s' });
    await lifecycle.stopAll();
    expect(await stopped).toEqual({ kind: 'stopped' });
    expect(await context.wait(Promise.resolve(1))).toEqual({ kind: 'stopped' });
    expect(clock.pending).toBe(0);
  });

  it('of nothing waits for the stop, or for the time', async () => {
    const { clock, context, lifecycle } = await oneService();
    const time = context.wait({ timeout: 10 });
    const stop = context.wait();
    await clock.advance(10);
    expect(await time).toEqual({ kind: 'timeout' });
    await lifecycle.stopAll();
    expect(await stop).toEqual({ kind: 'stopped' });
  });

  it('rejects where the promise that comes first does; one that comes later is not its affair', async () => {
    const { clock, context } = await oneService();
    const fails = (ms: number) => context.sleep(ms).then(() => Promise.reject(new Error(`after ${ms}`)));
    const first = context.wait(fails(10), fails(20));
    const second = context.wait(fails(20), context.sleep(10));
    const third = context.wait(() => {
      throw new Error('at once');
    }, never);
    const rejected = Promise.all([rejection(first), rejection(third)]);
    await clock.advance(30);
    expect(await rejected).toMatchObject([{ message: 'after 10' }, { message: 'at once' }]);
    expect(await second).toMatchObject({ kind: 'done', index: 1 });
  });

  it('is over when a signal aborts, with its reason', async () => {
    const { context } = await oneService();
    const controller = new AbortController();
    const waiting = context.wait(never, controller.signal);
    controller.abort('enough');
    expect(await waiting).toEqual({ kind: 'done', index: 1, value: 'enough' });
    expect(await context.wait(controller.signal)).toMatchObject({ kind: 'done', index: 0 });
    const open = new AbortController();
    await context.wait(open.signal, Promise.resolve());
    expect(listenersOf(open.signal)).toBe(0);
  });

  it('calls a function with a signal that aborts when the wait is over without it', async () => {
    const { clock, context, lifecycle } = await oneService();
    const signals: AbortSignal[] = [];
    const hang = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const done = context.wait(hang, async (signal) => {
      signals.push(signal);
      return 7;
    });
    expect(await done).toEqual({ kind: 'done', index: 1, value: 7 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    const late = context.wait(hang, { timeout: 10 });
    await clock.advance(10);
    await late;
    const stopped = context.wait(hang);
    await lifecycle.stopAll();
    expect(await stopped).toEqual({ kind: 'stopped' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true, true]);
    const before = signals.length;
    await context.wait(hang);
    expect(signals).toHaveLength(before);
  });

  it('logs what a function comes to that nobody waits for any more, unless it was the abort', async () => {
    const lines: string[] = [];
    const logger: Logger = { ...silent, warn: (_: object | string, text?: string) => void lines.push(String(text)) };
    const { clock, context } = await oneService({}, {}, { logger });
    await context.wait(async (signal) => signal.throwIfAborted(), Promise.resolve());
    const waiting = context.wait(
      () => context.sleep(20).then(() => Promise.reject(new Error('disk full'))),
      () => context.sleep(20).then(() => Promise.reject(new DOMException('gone', 'AbortError'))),
      { timeout: 10 },
    );
    await clock.advance(20);
    expect(await waiting).toEqual({ kind: 'timeout' });
    expect(lines).toEqual(['Db: what wait() had called and no longer waited for failed: disk full']);
  });

  it('does not log the failure that it rejects with', async () => {
    const lines: unknown[] = [];
    const logger: Logger = { ...silent, warn: (line: unknown) => void lines.push(line) };
    const { context } = await oneService({}, {}, { logger });
    await rejection(context.wait(() => Promise.reject(new Error('no'))));
    expect(lines).toEqual([]);
  });

  it('hangs on a promise that lives long by one thread only, however often it is waited for', async () => {
    const { clock, context } = await oneService();
    class Counting extends Promise<string> {
      static calls = 0;
      // biome-ignore lint/suspicious/noThenProperty: who is told of a promise is what is to be counted
      override then<A, B>(...callbacks: Parameters<Promise<string>['then']>): Promise<A | B> {
        Counting.calls++;
        return super.then(...callbacks) as Promise<A | B>;
      }
    }
    let fulfil = (_: string): void => {};
    const long = new Counting((resolve) => {
      fulfil = resolve;
    });
    for (let turn = 0; turn < 50; turn++) {
      const waiting = context.wait(long, { timeout: 1 });
      await clock.advance(1);
      expect(await waiting).toEqual({ kind: 'timeout' });
    }
    const [one, other] = [context.wait(long), context.wait(never, long)];
    fulfil('there');
    expect(await one).toEqual({ kind: 'done', index: 0, value: 'there' });
    expect(await other).toEqual({ kind: 'done', index: 1, value: 'there' });
    expect(await context.wait(long)).toEqual({ kind: 'done', index: 0, value: 'there' });
    expect(Counting.calls).toBeLessThanOrEqual(4);
  });

  it('in a stop hook ends at its deadline, which is no stop', async () => {
    let waiting: Promise<unknown> | undefined;
    const { clock, lifecycle } = await oneService({
      onStop: ({ wait }) => {
        waiting = wait(never);
        return waiting;
      },
    });
    const stop = lifecycle.stopAll({ timeout: '2s' }).catch(() => {});
    await drain(clock);
    await stop;
    expect(await waiting).toEqual({ kind: 'timeout' });
  });
});

describe('wait for services', () => {
  it('hears the next event, of anybody or of one', async () => {
    const { context, lifecycle } = await oneService({}, { Cache: service({}, { needs: ['Db'] }), Api: service({}) });
    const any = context.wait({ event: 'service:stopping' });
    const its = context.wait({ event: 'service:stopping', of: 'Api' });
    await lifecycle.restart('Cache');
    await lifecycle.restart('Api');
    expect(await any).toMatchObject({ kind: 'done', value: { kind: 'service:stopping', service: 'Cache' } });
    expect(await its).toMatchObject({ kind: 'done', value: { kind: 'service:stopping', service: 'Api' } });
  });

  it('hears of the application too', async () => {
    const { context, lifecycle } = await oneService();
    const waiting = context.wait({ event: 'stop:requested' });
    lifecycle.requestStop('enough', { delay: '1m' });
    expect(await waiting).toMatchObject({ kind: 'done', value: { reason: 'enough' } });
    await lifecycle.stopAll();
  });

  it('is over at once where a service is in the state already, and else when it is', async () => {
    const { context, lifecycle } = await oneService({}, { Api: service({}) });
    expect(await context.wait({ state: 'running', of: 'Api' })).toEqual({ kind: 'done', index: 0, value: 'running' });
    const down = context.wait({ state: 'stopping', of: 'Api' });
    void lifecycle.restart('Api');
    expect(await down).toMatchObject({ kind: 'done', value: 'stopping' });
  });

  it('leaves no listener behind', async () => {
    const logger = { ...silent, isLevelEnabled: () => false };
    const { context, lifecycle } = await oneService({}, {}, { logger });
    await context.wait({ event: 'app:stopped' }, { state: 'stopped', of: 'Db' }, Promise.resolve());
    expect(lifecycle.events.wants('app:stopped')).toBe(false);
  });

  it('hears what a function sets off, wherever it stands', async () => {
    const { context, lifecycle } = await oneService();
    const waiting = context.wait(
      () => {
        lifecycle.requestStop('x', { delay: 5 });
        return never;
      },
      { event: 'stop:requested' },
    );
    expect(await waiting).toMatchObject({ kind: 'done', index: 1 });
    await lifecycle.stopAll();
  });

  it('waits for tasks: what was spawned, and the next run of any other', async () => {
    const made = rig(timer('1s'), () => {});
    await made.lifecycle.startAll();
    const { clock, lifecycle } = made;
    const waiter = { host: lifecycle, signal: new AbortController().signal, log: () => silent };
    const run = waitFor([taskOf(made)], waiter);
    await clock.advance(1_000);
    expect(await run).toMatchObject({ kind: 'done', value: { kind: 'task:ended', task: 'work', run: 1 } });
    await lifecycle.stopAll();

    const { context, clock: time } = await oneService();
    const spawned = context.wait(context.spawn(({ sleep }) => sleep(10)));
    await time.advance(10);
    expect(await spawned).toEqual({ kind: 'done', index: 0, value: undefined });
  });

  it('is given to tasks too, where it ends with the run', async () => {
    const results: unknown[] = [];
    const made = rig(background(), async ({ wait }) => void results.push(await wait(never)));
    await made.lifecycle.startAll();
    taskOf(made).pause();
    await made.clock.advance(0);
    taskOf(made).resume();
    await made.lifecycle.stopAll();
    expect(results).toEqual([{ kind: 'stopped' }, { kind: 'stopped' }]);

    const limited = rig(timer('1s', { timeout: 100 }), async ({ wait }) => void results.push(await wait(never)));
    await limited.lifecycle.startAll();
    await limited.clock.advance(1_100);
    expect(results.at(-1)).toEqual({ kind: 'timeout' });
    await limited.lifecycle.stopAll();
  });
});

/** A result's type without how else a wait may end. */
type Done<R> = Extract<R, { readonly kind: 'done' }>;

describe('the type of a result', () => {
  it('says which one came, and what it gave', async () => {
    const { context, lifecycle } = await oneService();
    const { wait, spawn } = context;
    const first = await wait(Promise.resolve(7), new Promise<string>(() => {}), { timeout: 5 });
    expectTypeOf(first).toEqualTypeOf<
      | { readonly kind: 'done'; readonly index: 0; readonly value: number }
      | { readonly kind: 'done'; readonly index: 1; readonly value: string }
      | { readonly kind: 'stopped' }
      | { readonly kind: 'timeout' }
    >();
    expect(first.kind === 'done' && first.index === 0 && first.value.toFixed(1)).toBe('7.0');
    const promises = Array.from([7], (value) => Promise.resolve(value));
    const many = await wait(...promises);
    expectTypeOf<Done<typeof many>>().toEqualTypeOf<{
      readonly kind: 'done';
      readonly index: number;
      readonly value: number;
    }>();
    const called = await wait(async (signal) => signal.aborted, { timeout: '1s' });
    expectTypeOf<Done<typeof called>['value']>().toEqualTypeOf<boolean>();
    const spawned = await wait(spawn(() => {}));
    expectTypeOf<Done<typeof spawned>['value']>().toEqualTypeOf<void>();
    expect([many.kind, called.kind, spawned.kind]).toEqual(['done', 'done', 'done']);
    const waiting = wait(
      { event: 'service:running', of: 'Db' },
      { event: 'stop:requested' },
      { state: 'stopped', of: 'Db' },
    );
    lifecycle.requestStop('enough', { delay: '1m' });
    const heard = await waiting;
    expectTypeOf<Extract<typeof heard, { index: 0 }>['value']>().toEqualTypeOf<StateEvent>();
    expectTypeOf<Extract<typeof heard, { index: 2 }>['value']>().toEqualTypeOf<'stopped'>();
    if (heard.kind !== 'done' || heard.index !== 1) throw new Error(`it was ${heard.kind}`);
    expect(heard.value.reason).toBe('enough');
    await lifecycle.stopAll();
    const nothing = await wait();
    expectTypeOf(nothing.kind).toEqualTypeOf<'stopped' | 'timeout'>();
    expect(nothing).toEqual({ kind: 'stopped' });
  });
});

describe('wait for what cannot be waited for', () => {
  it.each<[string, unknown[], string]>([
    ['a number', [5], 'got 5 as argument 1'],
    ['nothing', [never, undefined], 'got undefined as argument 2'],
    ['an object that says nothing', [{ name: 'x' }, { timeout: 1 }], "got { name: 'x' } as argument 1"],
    ['a duration', ['5s'], "got '5s' as argument 1"],
    ['options with a typing error', [never, { timout: '5s' }], 'did you mean timeout?'],
    ['a timeout that is none', [never, { timeout: 'soon' }], 'wait({ timeout }) must be a duration'],
    ['an event that does not exist', [{ event: 'service:runing' }], 'Did you mean service:running?'],
    ['a state that does not exist', [{ state: 'runing', of: 'Db' }], 'Did you mean running?'],
    ['an event of nobody', [{ event: 'app:running', of: 'Db' }], 'this event is of no service'],
  ])('is an OptionError: %s', async (_, args, text) => {
    const { context, clock } = await oneService();
    const wait = context.wait as (...args: unknown[]) => Promise<unknown>;
    let called = 0;
    expect(() => wait(() => called++, ...args)).toThrow(
      expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) }),
    );
    expect(called).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('is a RefError for a service that nobody knows', async () => {
    const { context } = await oneService();
    for (const wish of [{ event: 'service:running', of: 'Dc' } as const, { state: 'running', of: 'Dc' } as const]) {
      expect(() => context.wait(wish)).toThrow(
        expect.objectContaining({
          code: 'LIFECYCLE_UNKNOWN_REF',
          message: expect.stringContaining('Did you mean Db?'),
        }),
      );
    }
  });

  it('is said to tasks as well', async () => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const lifecycle = handMade(
      { Job: service({ onStart: ({ spawn }) => void spawn(({ wait }) => wait(1 as never)) }) },
      { clock },
    );
    lifecycle.on((event) => event.kind === 'task:failed' && errors.push(event.error.cause));
    await lifecycle.startAll().catch(() => {});
    expect(errors).toMatchObject([{ code: 'LIFECYCLE_INVALID_OPTION' }]);
  });
});
