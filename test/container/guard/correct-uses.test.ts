import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { Container, inject, injectable, type Newable, postConstruct, preDestroy } from 'inversify';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Background,
  LifecyclePlugin,
  Managed,
  ServiceContainer,
  type ServiceContext,
  type TaskContext,
  Timer,
} from '../../../container/index.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { silent } from '../../support/hand-made.ts';
import { unbind } from '../../support/plugin-context.ts';
import { diary, rejection, tick, until } from '../../support/recorded.ts';

/* What the guard has to let pass. Each case uses services, and what it does there is in the diary. */

/** What the guard found fault with. */
const misuses: string[] = [];
let clock: ManualClock;

beforeEach(() => {
  diary.length = 0;
  misuses.length = 0;
  clock = new ManualClock();
});

function watched<C extends Container>(container: C): C {
  container.lifecycle.on((event) => {
    if (event.kind === 'guard:misuse') misuses.push(event.error.message);
  });
  return container;
}

function guarded(...classes: Newable<unknown>[]): ServiceContainer {
  return watched(new ServiceContainer({ lifecycle: { guard: true, clock, logger: silent } }).add(...classes));
}

/** A whole life: start, some time, stop. */
async function live(container: Container): Promise<void> {
  await container.startAll();
  await clock.advance(1_000);
  await container.stopAll();
}

@injectable()
class Store {
  onStart(): void {}
  onStop(): void {}
  use(by: string): string {
    diary.push(by);
    return by;
  }
}

describe('the guard lets pass', () => {
  it('a dependency, in every hook, in tasks, in disposers, in spawned work', async () => {
    @injectable()
    class Api {
      constructor(readonly store: Store) {
        store.use('constructor');
      }
      onFirstStart(): void {
        this.store.use('onFirstStart');
      }
      async onStart({ defer, spawn }: ServiceContext): Promise<void> {
        await tick();
        this.store.use('onStart');
        defer(() => this.store.use('disposer'));
        spawn(async ({ signal }) => {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          this.store.use('spawned');
        });
      }
      onStarted(): void {
        this.store.use('onStarted');
      }
      @Timer('500ms')
      async poll(): Promise<void> {
        await tick();
        this.store.use('timer');
      }
      @Background()
      async consume({ signal, sleep }: TaskContext): Promise<void> {
        while (!signal.aborted) await sleep('1h');
        this.store.use('background');
      }
      onStop(): void {
        this.store.use('onStop');
      }
      onShutdown(): void {
        this.store.use('onShutdown');
      }
    }
    await live(guarded(Api, Store));
    expect(misuses).toEqual([]);
    expect(diary).toEqual([
      'constructor',
      'onFirstStart',
      'onStart',
      'onStarted',
      'timer',
      'timer',
      'onStop',
      'spawned',
      'background',
      'disposer',
      'onShutdown',
    ]);
  });

  it("a service's own methods, whatever it is at: from its constructor to its disposal", async () => {
    @injectable()
    class Api {
      constructor() {
        this.note('constructor');
        void this.later();
      }
      async later(): Promise<void> {
        await tick();
        this.note('left behind by the constructor');
      }
      note(what: string): void {
        diary.push(what);
      }
      @postConstruct()
      made(): void {
        this.note('@postConstruct');
      }
      async onStart({ defer }: ServiceContext): Promise<void> {
        this.note('onStart');
        await tick();
        await tick();
        setImmediate(() => this.note('left behind by onStart'));
        defer(() => this.note('disposer'));
      }
      @Timer((self: Api) => self.interval(), { enabled: (self: Api) => self.isOn() })
      poll(): void {}
      interval(): '1h' {
        this.note('interval');
        return '1h';
      }
      isOn(): boolean {
        this.note('enabled');
        return true;
      }
      async onStop(): Promise<void> {
        await tick();
        this.note('onStop');
      }
      onShutdown(): void {
        this.note('onShutdown');
      }
      @preDestroy()
      async gone(): Promise<void> {
        this.note('@preDestroy');
        await tick();
        this.note('@preDestroy, later');
      }
    }
    const container = guarded(Api);
    await live(container);
    await container[Symbol.asyncDispose]();
    expect(misuses).toEqual([]);
    expect(diary).toEqual([
      'constructor',
      '@postConstruct',
      'onStart',
      'left behind by the constructor',
      'enabled',
      'interval',
      'left behind by onStart',
      'onStop',
      'disposer',
      'onShutdown',
      '@preDestroy',
      '@preDestroy, later',
    ]);
  });

  it('what Inversify and its handlers do with an object when they make it and when they take it away', async () => {
    const container = guarded();
    container
      .bind(Store)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, store) => {
        store.use('onActivation of the binding');
        return store;
      });
    container.onDeactivation(Store, async (store) => {
      store.use('onDeactivation');
      await tick();
      store.use('onDeactivation, later');
    });
    container.onActivation(Store, (_, store) => {
      store.use('onActivation of the container');
      return store;
    });
    container.get(Store);
    await live(container);
    await unbind(container, Store);
    await until('onDeactivation, later'); // Inversify itself does not wait for the first one
    expect(misuses).toEqual([]);
    expect(diary).toEqual([
      'onActivation of the binding',
      'onActivation of the container',
      'onDeactivation',
      'onDeactivation, later',
    ]);
  });

  it('the object behind one that a handler has put in its place', async () => {
    class Counting extends Store {
      readonly inner: Store;
      constructor(inner: Store) {
        super();
        this.inner = inner;
      }
      override use(by: string): string {
        return this.inner.use(`counted: ${by}`);
      }
    }
    const container = guarded();
    container.bind(Store).toSelf();
    container.onActivation(Store, (_, store) => new Counting(store));
    await container.startAll();
    container.get(Store).use('a');
    const wrapped = container.get(Store);
    await container.stopAll();
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['counted: a']);
    expect(() => wrapped.use('b')).toThrow('called Store.use while Store is stopped');
  });

  it('a proxy that stands for the object, and catches what goes through it', async () => {
    const container = guarded();
    container.bind(Store).toSelf();
    container.onActivation(Store, (_, store) => new Proxy(store, {}));
    await container.startAll();
    container.get(Store).use('a');
    await container.stopAll();
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['a']);
    expect(() => container.get(Store).use('b')).toThrow('called Store.use while Store is stopped');
  });

  it('a service that calls back the one that registers with it', async () => {
    @injectable()
    class Router {
      onStart(): void {}
      onStop(): void {}
      register(controller: { routes(): string }): void {
        diary.push(controller.routes());
      }
    }
    @injectable()
    class Controller {
      constructor(readonly router: Router) {}
      async onStart(): Promise<void> {
        await tick();
        this.router.register(this);
      }
      onStop(): void {
        this.router.register(this);
      }
      routes(): string {
        return 'routes';
      }
    }
    await live(guarded(Controller, Router));
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['routes', 'routes']);
  });

  it('a service that any other one calls back in the course of its own hook', async () => {
    @injectable()
    class Registry {
      onStart(): void {}
      add(plugin: { name(): string }): void {
        diary.push(plugin.name());
      }
    }
    @injectable()
    class Plugin {
      async onFirstStart(): Promise<void> {
        await tick();
        container.get(Registry).add(this);
      }
      name(): string {
        return 'plugin';
      }
    }
    const container = guarded(Plugin, Registry);
    await live(container);
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['plugin']);
  });

  it('a listener that a service has given to what it needs, while it starts and while it stops', async () => {
    const goOn = { starting: (): void => {}, stopping: (): void => {} };
    let isOpen = true;
    @injectable()
    class Client {
      readonly messages = new EventEmitter();
      onStart(): void {
        // As a socket does: in the context in which it was opened.
        const receive = (): void => {
          this.messages.emit('message');
          if (isOpen) setImmediate(receive);
        };
        setImmediate(receive);
      }
      onStop(): void {
        isOpen = false;
      }
    }
    @injectable()
    class Consumer {
      constructor(readonly client: Client) {}
      readonly listen = (): void => this.take();
      onStart(): Promise<void> {
        this.client.messages.on('message', this.listen);
        return new Promise((resolve) => (goOn.starting = resolve));
      }
      take(): void {
        diary.push(container.lifecycle.get(Consumer).state);
      }
      async onStop(): Promise<void> {
        await new Promise<void>((resolve) => (goOn.stopping = resolve));
        this.client.messages.off('message', this.listen);
      }
    }
    const container = guarded(Consumer, Client);
    const started = container.startAll();
    await until('starting');
    goOn.starting();
    await started;
    await until('running');
    const stopped = container.stopAll();
    await until('stopping');
    goOn.stopping();
    await stopped;
    expect(misuses).toEqual([]);
  });

  it('a dependency that has crashed, as long as it is not down: those that need it stop first', async () => {
    let crash = (_: Error): void => {};
    @injectable()
    class Broken {
      onStart(context: ServiceContext): void {
        crash = context.crash;
      }
      use(): void {
        diary.push(container.lifecycle.get(Broken).state);
      }
    }
    @injectable()
    class Api {
      constructor(readonly broken: Broken) {}
      onStop(): void {
        this.broken.use();
      }
    }
    const container = guarded(Api, Broken);
    await container.startAll();
    const end = rejection(container.lifecycle.done);
    crash(new Error('gone'));
    await end;
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['crashed']);
  });

  it('super, generators, iteration, and methods of base classes', async () => {
    @injectable()
    class Base {
      *names(): Iterable<string> {
        yield 'a';
        yield 'b';
      }
      async *later(): AsyncIterable<string> {
        await tick();
        yield 'c';
      }
      count(): number {
        return [...this.names()].length;
      }
    }
    @injectable()
    class Names extends Base {
      onStart(): void {}
      override count(): number {
        return super.count() + 1;
      }
      *[Symbol.iterator](): Iterator<string> {
        yield* this.names();
      }
    }
    @injectable()
    class Api {
      constructor(readonly all: Names) {}
      async onStart(): Promise<void> {
        diary.push(`${this.all.count()}`, ...this.all);
        for await (const name of this.all.later()) diary.push(name);
      }
    }
    const container = guarded(Api, Names);
    await live(container);
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['3', 'a', 'b', 'c']);
    expect(() => container.get(Names).names()).toThrow('called Names.names while Names is stopped');
  });

  it('whoever prints, compares, converts or awaits a service, or listens to one, before it runs', async () => {
    @injectable()
    class Bus extends EventEmitter {
      constructor() {
        super();
      }
      onStart(): void {
        this.emit('ready');
      }
      override toString(): string {
        return 'the bus';
      }
      toJSON(): string {
        return 'bus';
      }
      send(): void {}
    }
    const container = guarded(Bus);
    const bus = await container.getAsync(Bus);
    bus.once('ready', () => diary.push('ready'));
    expect([`${bus}`, JSON.stringify(bus), await bus]).toEqual(['the bus', '"bus"', bus]);
    expect(inspect(bus)).not.toContain('send');
    expect(() => bus.send()).toThrow('called Bus.send while Bus is idle');
    expect(misuses.splice(0)).toHaveLength(1);
    await live(container);
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['ready']);
  });

  it('an object that was got before the start and is used after it, in both lives', async () => {
    const container = guarded(Store);
    const store = container.get(Store);
    for (const life of ['first', 'second']) {
      await container.startAll();
      store.use(life);
      await container.restart(Store);
      store.use(`${life}, restarted`);
      await container.stopAll();
    }
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['first', 'first, restarted', 'second', 'second, restarted']);
  });

  it('what is no service: components, transients, what @Managed(false) leaves alone, values', async () => {
    @injectable()
    class Plain {
      use(): void {
        diary.push('component');
      }
    }
    @injectable()
    @Managed(false)
    class Left {
      onStart(): void {}
      use(): void {
        diary.push('left alone');
      }
    }
    const container = guarded(Plain, Left);
    container.bind('value').toConstantValue({ use: () => diary.push('value') });
    container.get(Plain).use();
    container.get(Left).use();
    container.get<{ use(): void }>('value').use();
    await live(container);
    container.get(Plain).use();
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['component', 'left alone', 'value', 'component']);
    expect(Object.getOwnPropertyNames(container.get(Left))).toEqual([]);
  });

  it("a constant with mocks for methods, which are still the test's mocks", async () => {
    const store = { onStart: vi.fn(), use: vi.fn((by: string) => by), name: 'double' };
    @injectable()
    class Api {
      constructor(@inject('store') readonly double: typeof store) {}
      onStart(): void {
        diary.push(this.double.use('x'));
      }
    }
    const container = guarded(Api);
    container.bind('store').toConstantValue(store);
    await live(container);
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['x']);
    expect(store.use).toHaveBeenCalledExactlyOnceWith('x');
    expect(Object.keys(store)).toEqual(['onStart', 'use', 'name']);
    expect(() => store.use('y')).toThrow('code outside any service called store.use while store is stopped');
  });

  it("a parent container's service in a child's, and each by its own container's option", async () => {
    @injectable()
    class Kid {
      constructor(readonly store: Store) {}
      onStart(): void {
        this.store.use('onStart');
      }
      onStop(): void {
        this.store.use('onStop');
      }
      use(): void {}
    }
    const parent = guarded(Store);
    const child = new Container({ parent, defaultScope: 'Singleton' });
    child.register(LifecyclePlugin.with({ logger: silent }));
    watched(child);
    child.bind(Kid).toSelf();
    child.get(Kid).use();
    await child.startAll();
    await parent.stopAll();
    child.get(Kid).use();
    expect(misuses).toEqual([]);
    expect(diary).toEqual(['onStart', 'onStop']);
    expect(() => child.get(Store).use('late')).toThrow('while Store is stopped');
  });

  it('a constant that its container has given up: it is its owner’s again', async () => {
    const store = new Store();
    const container = guarded();
    container.bind(Store).toConstantValue(store);
    await live(container);
    expect(() => store.use('x')).toThrow('while Store is stopped');
    await unbind(container, Store);
    await tick();
    store.use('alone');
    const other = new ServiceContainer({ lifecycle: { logger: silent } });
    other.bind(Store).toConstantValue(store);
    await other.startAll();
    await other.stopAll();
    store.use('of a container without the guard');
    expect(diary).toEqual(['alone', 'of a container without the guard']);
  });
});
