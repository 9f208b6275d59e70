import { Container, ContainerModule, injectable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { LifecyclePlugin, Managed, ServiceContainer } from '../../../container/index.ts';
import type { BindingLike } from '../../../container/inversify.ts';
import { EventRecorder } from '../../../src/testing/event-recorder.ts';
import { silent } from '../../support/hand-made.ts';
import { contextOf, load, unbind, unbindAll, unload } from '../../support/plugin-context.ts';
import { tick } from '../../support/recorded.ts';

@injectable()
class Store {
  onStart(): void {}
  use(): void {}
}

@injectable()
class Api {
  constructor(readonly store: Store) {}
  onStart(): void {
    this.store.use();
  }
}

@injectable()
class Page {
  constructor(readonly api: Api) {}
}

const OPTIONS = { guard: true, logger: silent };

function guarded(): ServiceContainer {
  return new ServiceContainer({ lifecycle: OPTIONS });
}

const idle = (label = 'Store'): string => `code outside any service called ${label}.use while ${label} is idle; `;

describe('a service that is there before the start is guarded', () => {
  it('however it came to be: got, injected, in an array, asynchronously, by an alias', async () => {
    const ways: Record<string, (container: Container) => Store | Promise<Store>> = {
      got: (container) => container.get(Store),
      injected: (container) => container.get(Api).store,
      'got with others': (container) => container.getAll(Store)[0] as Store,
      'got asynchronously': (container) => container.getAsync(Store),
      'got by an alias': (container) => container.get<Store>('alias'),
      'made by a factory': (container) => container.get<() => Store>('factory')(),
    };
    for (const [way, get] of Object.entries(ways)) {
      const container = guarded().add(Store, Api);
      container.bind<Store>('alias').toService(Store);
      container.bind<() => Store>('factory').toFactory((context) => () => context.get(Store));
      const store = await get(container);
      expect(() => store.use(), way).toThrow(idle());
    }
  });

  it('whatever it is bound as, and goes by the name that it will have', async () => {
    @injectable()
    @Managed({ name: 'Warehouse' })
    class Named extends Store {}
    const container = guarded();
    container.bind('constant').toConstantValue(new Store());
    container
      .bind(Symbol('symbol'))
      .toDynamicValue(() => new Store())
      .inSingletonScope();
    container
      .bind('later')
      .toDynamicValue(async () => new Store())
      .inSingletonScope();
    container
      .bind('resolved')
      .toResolvedValue(() => new Store())
      .inSingletonScope();
    container.bind(Named).toSelf();
    container.bind('class').to(Store);
    expect(() => container.get<Store>('constant').use()).toThrow(idle('constant'));
    await expect(container.getAsync<Store>('later').then((store) => store.use())).rejects.toThrow(idle('later'));
    expect(() => container.get<Store>('resolved').use()).toThrow(idle('resolved'));
    expect(() => container.get(Named).use()).toThrow(idle('Warehouse'));
    expect(() => container.get<Store>('class').use()).toThrow(idle('Store'));
  });

  it('whenever it was bound, and whenever the plugin came', async () => {
    const late = new Container({ defaultScope: 'Singleton' });
    late.bind(Store).toSelf();
    const early = late.get(Store);
    early.use();
    late.register(LifecyclePlugin.with(OPTIONS));
    expect(() => early.use(), 'a late plugin').toThrow(idle());

    const container = guarded().add(Store);
    await unbind(container, Store);
    container.add(Store);
    expect(() => container.get(Store).use(), 'bound anew').toThrow(idle());

    await unbind(container, Store);
    container.add(Store, Store);
    const [first] = container.getAll(Store);
    expect(() => first?.use(), 'two of them').toThrow(idle());

    await unbindAll(container);
    container.add(Store);
    expect(() => container.get(Store).use(), 'after unbindAll').toThrow(idle());

    await unbind(container, Store);
    const module = new ContainerModule((options) => void options.bind(Store).toSelf());
    await load(container, module);
    expect(() => container.get(Store).use(), 'by a module').toThrow(idle());

    await unload(container, module);
    container.snapshot();
    container.add(Store);
    container.restore();
    container.add(Store);
    expect(() => container.get(Store).use(), 'after a restore').toThrow(idle());
  });

  it('from then on, and one that is there only by the start as well', async () => {
    const container = guarded().add(Page, Api, Store);
    const { store } = container.get(Page).api;
    expect(() => store.use()).toThrow(idle());
    await container.startAll();
    store.use();
    await container.stopAll();
    expect(() => store.use()).toThrow('while Store is stopped');
  });

  it("in a parent container, also where a child's get makes it; by the parent's option, not by the child's", async () => {
    for (const [inParent, inChild] of [
      [true, false],
      [false, true],
    ]) {
      const parent = new ServiceContainer({ lifecycle: { logger: silent, guard: inParent === true } }).add(Store);
      const child = new ServiceContainer({ parent, lifecycle: { logger: silent, guard: inChild === true } }).add(Api);
      const { store } = child.get(Api);
      if (inParent) expect(() => store.use()).toThrow(idle());
      else store.use();
      await child.startAll();
      await parent.stopAll();
      if (inParent) expect(() => store.use()).toThrow('while Store is stopped');
      else store.use();
    }
  });

  it('but not one that the container makes anew for everybody: it is no service', () => {
    const container = guarded();
    container.bind(Store).toSelf().inTransientScope();
    container.get(Store).use();
    container.bind('request').to(Store).inRequestScope();
    container.get<Store>('request').use();
  });

  it('and not, until the start, one that is bound by being asked for: Inversify tells nobody', async () => {
    const container = new ServiceContainer({ autobind: true, lifecycle: OPTIONS });
    const store = container.get(Store);
    store.use();
    await container.startAll();
    await container.stopAll();
    expect(() => store.use()).toThrow('while Store is stopped');
  });
});

describe('the guard of a container', () => {
  it('changes nothing of the course of a start and a stop', async () => {
    const course = async (guard: boolean): Promise<unknown[]> => {
      const container = new ServiceContainer({ lifecycle: { logger: silent, guard } }).add(Page, Api, Store);
      container
        .bind('later')
        .toDynamicValue(async () => new Store())
        .inSingletonScope();
      const recorder = new EventRecorder(container.lifecycle);
      const starting = container.startAll();
      const atOnce = recorder.events.length;
      await starting;
      await container.restart(Store);
      await container.stopAll();
      const told = recorder.events.map((event) => ({
        ...event,
        at: 0,
        duration: 0,
        startDuration: 0,
        report: undefined,
      }));
      return [atOnce, told];
    };
    expect(await course(true)).toEqual(await course(false));
  });

  it('is not there unless it is asked for: no handler, no property', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Page, Api, Store);
    const { activationService } = contextOf(container);
    const store = container.get(Store);
    store.use();
    await container.startAll();
    await container.stopAll();
    store.use();
    expect(Reflect.ownKeys(store)).toEqual([]);
    for (const Class of [Page, Api, Store]) expect(activationService.get(Class)).toBeUndefined();
  });

  it('adds one handler for each identifier, however often its bindings change', async () => {
    const container = guarded().add(Store);
    const context = contextOf(container);
    for (let round = 0; round < 3; round++) {
      container.add(Store);
      await tick();
    }
    expect([...(context.activationService.get(Store) ?? [])]).toHaveLength(1);
    const bindings = [...(context.bindingService.getNonParentBindings(Store) ?? [])] as BindingLike[];
    expect(bindings).toHaveLength(4);
  });
});
