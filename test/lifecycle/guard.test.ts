import { describe, expect, it, vi } from 'vitest';
import { currentEntry } from '../../src/current.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { GuardError } from '../../src/lifecycle/guard-error.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { collected } from '../support/garbage.ts';
import { constant, type HandMadeNode, handMade, made, service } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';

function guarded(nodes: Record<string, HandMadeNode>, options: LifecycleOptions = {}): Lifecycle {
  return handMade(nodes, { guard: true, ...options });
}

/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function descriptorsOf(object: object): [PropertyKey, PropertyDescriptor | undefined][] {
  return Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]);
}

class Store {
  readonly #values = new Map([['a', 1]]);
  field = (): string => 'field';
  get size(): number {
    return this.#values.size;
  }
  onStart(_: ServiceContext): unknown {
    return undefined;
  }
  get(key: string): number | undefined {
    return this.#values.get(key);
  }
  async load(): Promise<string> {
    return 'loaded';
  }
  *keys(): Iterable<string> {
    yield* this.#values.keys();
  }
  [Symbol.iterator](): Iterator<string> {
    return this.#values.keys();
  }
}

describe('a guarded object', () => {
  it('is the same object, with its class, fields, accessors, symbols and private members', async () => {
    const store = new Store();
    const { field } = store;
    const lifecycle = guarded({ Store: service(store) });
    await lifecycle.startAll();
    expect(store).toBeInstanceOf(Store);
    expect([store.get('a'), store.size, store.field, [...store]]).toEqual([1, 1, field, ['a']]);
    await lifecycle.stopAll();
    expect([store.size, store.field(), [...store]]).toEqual([1, 'field', ['a']]);
    expect(Object.keys(store)).toEqual(['field']);
    expect(JSON.stringify({ ...store })).toBe('{}');
  });

  it('has its methods before those of the class, which stays as it was: stable, hidden, replaceable', async () => {
    const store = new Store();
    const prototype = descriptorsOf(Store.prototype);
    const lifecycle = guarded({ Store: service(store) });
    await lifecycle.startAll();
    expect(descriptorsOf(Store.prototype)).toEqual(prototype);
    const { get } = store;
    expect(store.get).toBe(get);
    expect([get.name, get.length]).toEqual(['get', 1]);
    expect(Object.getOwnPropertyNames(store)).toEqual(['field', 'get', 'load', 'keys']);
    expect(Object.getOwnPropertyDescriptor(store, 'get')).toMatchObject({
      enumerable: false,
      configurable: true,
      writable: true,
    });
    const spy = vi.spyOn(store, 'get').mockReturnValue(7);
    expect(store.get('a')).toBe(7);
    spy.mockRestore();
    expect(store.get('a')).toBe(1);
  });

  it('throws at once, whatever the method would give: a promise, an iterator', async () => {
    const store = new Store();
    const lifecycle = guarded({ Store: service(store) });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(thrownBy(() => store.load())).toBeInstanceOf(GuardError);
    expect(thrownBy(() => store.keys())).toBeInstanceOf(GuardError);
    expect(thrownBy(() => Store.prototype.get.call(store, 'a'))).toBeUndefined();
  });

  it('of a literal has its own methods guarded, and keeps its order, its attributes and its classes', async () => {
    class Row {}
    function Legacy(): void {}
    Legacy.prototype.save = () => {};
    const store = Object.defineProperty(
      { onStart() {}, a: 1, get: () => 'a', Row, Legacy, later: async () => 'b' } as const,
      'hidden',
      { value: () => 'c', writable: true },
    ) as unknown as { get(): string; hidden(): string; later(): Promise<string> };
    const lifecycle = guarded({ Store: constant(store) });
    await lifecycle.startAll();
    expect([store.get(), store.hidden(), await store.later()]).toEqual(['a', 'c', 'b']);
    expect(store).toMatchObject({ Row, Legacy });
    await lifecycle.stopAll();
    expect(Object.keys(store)).toEqual(['onStart', 'a', 'get', 'Row', 'Legacy', 'later']);
    for (const name of ['get', 'hidden', 'later'] as const) {
      expect(
        thrownBy(() => store[name]()),
        name,
      ).toBeInstanceOf(GuardError);
    }
  });

  it('is left alone where it is frozen, and that is told', async () => {
    const lines: string[] = [];
    const logger = { debug() {}, info() {}, warn: (text: unknown) => void lines.push(String(text)), error() {} };
    const frozen = Object.freeze({ onStart() {}, get: () => 'a' });
    const sealed = Object.seal({ onStart() {}, get: () => 'b' });
    const refusing = new Proxy(new Store(), {
      defineProperty() {
        throw new TypeError('not here');
      },
    });
    const nodes = { Frozen: service(frozen), Sealed: service(sealed), Proxy: service(refusing) };
    const lifecycle = guarded({ ...nodes, Class: service(Object.freeze(new Store())) }, { logger });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(lines).toEqual([
      'Frozen: The guard does not see calls of get: the object is frozen.',
      'Proxy: The guard does not see any calls: not here.',
      'Class: The guard does not see calls of get, load, keys: the object is frozen.',
    ]);
    expect(frozen.get()).toBe('a');
    expect(thrownBy(() => sealed.get())).toBeInstanceOf(GuardError);
    expect(recorder.events.filter(({ kind }) => kind === 'guard:blind')).toMatchObject([
      { service: 'Frozen', methods: ['get'] },
      { service: 'Proxy', methods: [], reason: 'not here' },
      { service: 'Class', methods: ['get', 'load', 'keys'] },
    ]);
  });
});

describe('without the guard', () => {
  it('objects are as they were, and no call is known of', async () => {
    let isEntered: boolean | undefined;
    class Probe {
      onStart(): void {
        this.look();
      }
      look(): void {
        isEntered = currentEntry() !== undefined;
      }
    }
    const objects = { Probe: new Probe(), Store: new Store(), Literal: { onStart() {}, get() {} } };
    const before = Object.values(objects).map(descriptorsOf);
    const lifecycle = handMade({
      Probe: service(objects.Probe),
      Store: service(objects.Store),
      Literal: constant(objects.Literal),
    });
    await lifecycle.startAll();
    expect(isEntered).toBe(true);
    await lifecycle.stopAll();
    expect(Object.values(objects).map(descriptorsOf)).toEqual(before);
    expect(objects.Store.get('a')).toBe(1);
  });
});

describe('a call', () => {
  /** A store whose life goes on by hand. */
  class Slow {
    readonly goOn: (() => void)[] = [];
    context: ServiceContext | undefined;
    onStart(context: ServiceContext): Promise<void> {
      this.context = context;
      return new Promise((resolve) => this.goOn.push(resolve));
    }
    onStop(): Promise<void> {
      return new Promise((resolve) => this.goOn.push(resolve));
    }
    use(): string {
      return 'used';
    }
  }

  it('is caught in every state but running, and names the state', async () => {
    const slow = new Slow();
    const lifecycle = guarded({ Slow: constant(slow), Other: service({ onStart() {} }) });
    const seen: unknown[] = [];
    const look = (): void => {
      const error = thrownBy(() => slow.use());
      const { state } = lifecycle.get('Slow');
      seen.push(state);
      if (state === 'running') expect(error).toBeUndefined();
      else {
        const said = `code outside any service called Slow.use while Slow is ${state}; `;
        expect((error as Error).message.startsWith(said), (error as Error).message).toBe(true);
        expect(error).toMatchObject({
          code: 'LIFECYCLE_GUARD',
          data: { service: 'Slow', state, method: 'use', caller: undefined, callerState: undefined },
        });
      }
    };
    lifecycle.on((event) => {
      if ('service' in event && 'from' in event && event.service === 'Slow') look();
    });
    const go = async <T>(work: Promise<T>, count = 1): Promise<T> => {
      for (let turn = 0; turn < count; turn++) {
        while (slow.goOn.length === 0) await new Promise((resolve) => setImmediate(resolve));
        slow.goOn.shift()?.();
      }
      return work;
    };
    await go(lifecycle.startAll());
    await go(lifecycle.restart('Slow'), 2);
    await go(lifecycle.stopAll());
    await go(lifecycle.startAll());
    const end = rejection(lifecycle.done);
    slow.context?.crash(new Error('gone'));
    await go(end);
    expect(seen).toEqual([
      ...['starting', 'running'],
      ...['stopping', 'restarting', 'starting', 'running'],
      ...['stopping', 'stopped', 'starting', 'running'],
      ...['crashed', 'stopping', 'crashed'],
    ]);
  });

  it('is the doing of the service whose method makes it, whoever called that', async () => {
    const late = { onStart() {}, use() {} };
    const inner = { onStart() {}, run: (): unknown => thrownBy(() => late.use()) };
    const outer = { onStart() {}, run: (): unknown => inner.run() };
    let seen: unknown;
    const top = {
      async onStart() {
        await undefined;
        seen = outer.run();
      },
    };
    const lifecycle = guarded({
      late: service(late, { needs: ['top'] }),
      top: service(top, { needs: ['outer', 'inner'] }),
      outer: service(outer),
      inner: service(inner),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    await lifecycle.startAll();
    expect(seen).toMatchObject({
      data: { service: 'late', state: 'stopped', method: 'use', caller: 'inner', callerState: 'running' },
      message: expect.stringContaining('inner (running) called late.use while late is stopped; '),
    });
  });

  it('of what needs the caller is not to be made: the text says so', async () => {
    const seen: unknown[] = [];
    const above = { onStart() {}, use() {} };
    const below = { onStart: () => void seen.push(thrownBy(() => above.use())) };
    const lifecycle = guarded({ above: service(above, { needs: ['below'] }), below: service(below) });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    await lifecycle.startAll();
    expect(seen).toEqual([
      undefined, // not made by then
      expect.objectContaining({
        message: expect.stringMatching(
          /^below \(starting\) called above\.use while above is stopped; .*above needs below and starts after it/,
        ),
      }),
    ]);
    await lifecycle.stopAll();
  });

  it('is an event and a warning as well, for those that swallow what they are thrown', async () => {
    const lines: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn: (_: unknown, text?: string) => void lines.push(`${text}`),
      error() {},
    };
    const store = new Store();
    const lifecycle = guarded({ Store: service(store) }, { logger });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    await lifecycle.stopAll();
    const error = thrownBy(() => store.get('a')) as Error;
    expect(await recorder.next('guard:misuse', 'Store')).toMatchObject({ service: 'Store', error });
    expect(lines).toEqual([`Store: ${error.message}`]);
  });

  it('of an object that two bindings hold is a call of the one service that it is', async () => {
    const store = new Store();
    const api = {
      onStart: () => void store.get('a'),
      onStop: () => void store.get('a'),
    };
    const lifecycle = guarded({
      Api: service(api, { needs: ['Alias'] }),
      Store: made(() => store),
      Alias: made(() => store),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(thrownBy(() => store.get('a'))).toMatchObject({ data: { service: 'Store', state: 'stopped' } });
    expect(Object.getOwnPropertyNames(store)).toEqual(['field', 'get', 'load', 'keys']);
  });

  it("of an object that two bindings hold is its own where one of the bindings' code makes it", async () => {
    const store = new Store();
    let later: Promise<unknown> | undefined;
    let stopped = (): void => {};
    const lifecycle = guarded({
      Store: made(() => store),
      Alias: made(() => {
        later = new Promise<void>((resolve) => (stopped = resolve)).then(() => store.get('a'));
        return store;
      }),
      Api: service({ onStart() {} }, { needs: ['Store', 'Alias'] }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    stopped();
    expect(await later).toBe(1);
  });
});

describe('an object that lives on', () => {
  it('does not keep a lifecycle that has let it go', async () => {
    const store = new Store();
    const live = async (): Promise<WeakRef<object>> => {
      const lifecycle = guarded({ Store: service(store) }, { clock: new ManualClock() });
      await lifecycle.startAll();
      await lifecycle.stopAll();
      lifecycle.starts.prune(() => false);
      return new WeakRef(lifecycle);
    };
    expect(await collected(await live())).toBe(true);
    expect(thrownBy(() => store.get('a'))).toMatchObject({
      message: expect.stringContaining('Store is stopped and unbound'),
    });
  });
});
