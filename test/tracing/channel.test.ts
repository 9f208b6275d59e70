import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, type TracingChannel, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { bringAlong, guardedChannel } from '../../src/tracing/channel.ts';
import { tick } from '../support/recorded.ts';

/** The guarded channel as Node's users see it. */
function guarded(name: string): TracingChannel<unknown, object> {
  guardedChannel(name);
  return tracingChannel(name);
}

/** A message, and what was reported of it. */
function message(): { readonly message: object; readonly reported: unknown[] } {
  const reported: unknown[] = [];
  const each = { text: 'a' };
  bringAlong(each, (thrown, name) => reported.push([String(thrown), name]));
  return { message: each, reported };
}

const boom = (): never => {
  throw new Error('boom');
};

describe('a guarded channel', () => {
  it('has all subscribers called, and what they throw or reject with reported', async () => {
    const { start } = guarded('guarded 1');
    const seen: unknown[] = [];
    const name = 'tracing:guarded 1:start';
    const late = async (): Promise<void> => {
      await tick();
      boom();
    };
    for (const subscriber of [boom, late, (told: unknown) => seen.push(told)]) subscribe(name, subscriber);
    const { message: told, reported } = message();
    start.publish(told);
    expect(seen).toEqual([told]);
    expect(Object.keys(told)).toEqual(['text']);
    expect(reported).toEqual([['Error: boom', name]]);
    await tick();
    await tick();
    expect(reported).toHaveLength(2);
  });

  it('lets subscribers go as Node does', () => {
    const tracing = guarded('guarded 2');
    const seen: string[] = [];
    const subscriber = (): void => void seen.push('a');
    subscribe('tracing:guarded 2:end', subscriber);
    tracing.end.subscribe(subscriber);
    tracing.end.publish({});
    expect(seen).toEqual(['a', 'a']);
    expect(unsubscribe('tracing:guarded 2:end', subscriber)).toBe(true);
    tracing.end.publish({});
    expect(seen).toHaveLength(3);
    expect(tracing.end.unsubscribe(subscriber)).toBe(true);
    expect(tracing.end.unsubscribe(subscriber)).toBe(false);
    expect(tracing.hasSubscribers).toBe(false);
    tracing.end.publish({});
    expect(seen).toHaveLength(3);
    const handlers = {
      start: subscriber,
      end: subscriber,
      asyncStart: subscriber,
      asyncEnd: subscriber,
      error: subscriber,
    };
    tracing.subscribe(handlers);
    expect(tracing.hasSubscribers).toBe(true);
    tracing.unsubscribe(handlers);
    expect(tracing.hasSubscribers).toBe(false);
    expect(() => tracing.end.subscribe('x' as never)).toThrow('must be of type function');
  });

  it('minds those too who were there before it', () => {
    const seen: string[] = [];
    const first = (): void => void seen.push('first');
    const name = 'tracing:guarded 3:start';
    const store = new AsyncLocalStorage<string>();
    channel(name).bindStore(store, boom as () => string);
    for (const subscriber of [boom, first]) subscribe(name, subscriber);
    const { start } = guarded('guarded 3');
    const { message: told, reported } = message();
    expect(store.run('as it was', () => start.runStores(told, () => store.getStore()))).toBe('as it was');
    expect(seen).toEqual(['first']);
    expect(reported).toEqual([
      ['Error: boom', name],
      ['Error: boom', name],
    ]);
    expect([unsubscribe(name, first), unsubscribe(name, boom), start.unbindStore(store)]).toEqual([true, true, true]);
    expect(start.hasSubscribers).toBe(false);
  });

  it('binds stores, with and without a transformation', () => {
    const { start } = guarded('guarded 4');
    const [plain, made] = [new AsyncLocalStorage<unknown>(), new AsyncLocalStorage<string>()];
    start.bindStore(plain);
    start.bindStore(made, () => 'made');
    const { message: told } = message();
    start.runStores(told, () => expect([plain.getStore(), made.getStore()]).toEqual([told, 'made']));
  });

  it('is guarded once, though there be two copies of the package', () => {
    const { start } = guarded('guarded 5');
    const { subscribe: own } = start;
    expect(guarded('guarded 5').start.subscribe).toBe(own);
    expect(tracingChannel('guarded 5').start.subscribe).toBe(own);
  });
});
