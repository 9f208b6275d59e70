import { Container, decorate, inject, injectable, injectFromBase, multiInject } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { LifecyclePlugin, lifecycle, Managed, ServiceContainer } from '../../container/index.ts';
import { collectGarbage } from '../support/garbage.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, times } from '../support/recorded.ts';
import { unbindSync } from '../support/versions.ts';

@injectable()
class Db extends Recorded {
  constructor() {
    super();
  }
}

@injectable()
class Cache extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

const quiet = { lifecycle: { logger: silent } };

beforeEach(() => {
  diary.length = 0;
});

describe('one object', () => {
  it('that several dynamic values hold is one service', async () => {
    const container = new ServiceContainer(quiet).add(Cache, Db);
    container.bind('first').toDynamicValue(({ get }) => get(Cache));
    container.bind('second').toDynamicValue(({ getAsync }) => getAsync(Cache));
    container.bind('user').toResolvedValue((..._: unknown[]) => new Recorded('user'), ['first', 'second']);
    await container.startAll({ only: ['user'] });
    expect(times('>Cache')).toBe(1);
    before('+Cache', '>user');
    await container.stopAll();
    before('-user', '<Cache');
    expect(times('<Cache')).toBe(1);
  });

  it('that is bound as a constant twice is one service too', async () => {
    const container = new ServiceContainer(quiet);
    const shared = new Recorded('shared');
    container.bind('a').toConstantValue(shared);
    container.bind('b').toConstantValue(shared);
    await container.startAll();
    expect(diary).toEqual(['>shared', '+shared']);
    await container.stopAll();
    expect(times('-shared')).toBe(1);
  });

  it('of each binding where one class is bound several times', async () => {
    const container = new ServiceContainer(quiet).add(Db);
    for (let index = 0; index < 3; index++) container.bind('cache').to(Cache);
    @injectable()
    class All extends Recorded {
      constructor(@multiInject('cache') readonly caches: Cache[]) {
        super();
      }
    }
    container.add(All);
    await container.startAll();
    expect(times('>Cache')).toBe(3);
    expect(new Set(container.get(All).caches).size).toBe(3);
    expect(times('>Db')).toBe(1);
    await container.stopAll();
    expect(times('-Cache')).toBe(3);
  });

  it('that needs itself through a second binding is refused, with both names', async () => {
    const container = new ServiceContainer(quiet).add(Db, Cache);
    container.bind('wrapper').toResolvedValue((cache: Cache) => cache.db, [Cache]);
    const error = await rejection(container.startAll({ only: ['wrapper'] }));
    expect(error.message).toMatch(/wrapper and Db hold one object.*Bind wrapper with toService\(\)/);
    expect(diary.filter((line) => line.startsWith('+')).length).toBe(
      diary.filter((line) => line.startsWith('-')).length,
    );
  });
});

describe('what is injected depends on who asks', () => {
  it('further up: each asker starts with what it is given, and every object once', async () => {
    @injectable()
    class Repository extends Recorded {
      constructor(@inject('store') readonly store: object) {
        super();
      }
    }
    @injectable()
    class Users extends Recorded {
      constructor(@inject('repository') readonly repository: Repository) {
        super();
      }
    }
    @injectable()
    class Orders extends Recorded {
      constructor(@inject('repository') readonly repository: Repository) {
        super();
      }
    }
    const container = new ServiceContainer(quiet);
    container.bind('users').to(Users);
    container.bind('orders').to(Orders);
    container.bind('repository').to(Repository).whenParentIs('users');
    container.bind('repository').to(Repository).whenParentIs('orders');
    container.bind('store').toConstantValue(new Recorded('store of users')).whenAnyAncestorIs('users');
    container.bind('store').toConstantValue(new Recorded('store of orders')).whenAnyAncestorIs('orders');
    await container.startAll();
    before('+store of users', '>Users');
    before('+store of orders', '>Orders');
    for (const line of ['>Users', '>Orders', '>store of users', '>store of orders']) expect(times(line)).toBe(1);
    expect(times('>Repository')).toBe(2);
    await container.stopAll();
    before('-Users', '<store of users');
    before('-Orders', '<store of orders');
    expect(times('-Repository')).toBe(2);
  });
});

describe('what else Inversify has in store', () => {
  it('a singleton of the parent is made with what the parent binds, though a child asks first', async () => {
    @injectable()
    class FakeDb extends Db {}
    const parent = new ServiceContainer(quiet).add(Cache, Db);
    const child = new ServiceContainer({ parent, ...quiet });
    child.bind(Db).to(FakeDb);
    child.bind('kid').toResolvedValue((cache: Cache) => Object.assign(new Recorded('kid'), { cache }), [Cache]);
    await child.startAll({ only: ['kid'] });
    expect(child.get<{ cache: Cache }>('kid').cache.db).toBe(parent.get(Db));
    expect(parent.get(Cache).db.constructor).toBe(Db);
    await parent.stopAll();
    await child.stopAll();
  });

  it('an inherited constructor is refused until @injectFromBase mends it', async () => {
    @injectable()
    class Broken extends Cache {}
    @injectable()
    @injectFromBase({ extendConstructorArguments: true })
    class Mended extends Cache {}
    await expect(new ServiceContainer(quiet).add(Db, Broken).startAll()).rejects.toThrow(/add @injectFromBase\(\)/);
    const container = new ServiceContainer(quiet).add(Db, Mended);
    await container.startAll();
    expect(container.get(Mended).db).toBe(container.get(Db));
    await container.stopAll();
  });

  it('a container hears of its bindings after garbage was collected', async () => {
    const container = new ServiceContainer(quiet).add(Cache, Db);
    await container.startAll({ only: [Cache] });
    await container.stopAll();
    expect(lifecycle(container).services.map(({ name }) => name)).toContain('Cache');
    await collectGarbage();
    unbindSync(container, Cache);
    await collectGarbage();
    expect(lifecycle(container).services.map(({ name }) => name)).toEqual(['Db']);
  });

  it('a constant that is a promise is awaited, and one that only looks like one is not', async () => {
    const container = new ServiceContainer(quiet);
    container.bind('promised').toConstantValue(Promise.resolve(new Recorded('promised')));
    // biome-ignore lint/suspicious/noThenProperty: the trap
    const query = { then: () => diary.push('ran the query') };
    container.bind('query').toConstantValue(query);
    container.bind('user').toResolvedValue((_: unknown) => new Recorded('user'), ['promised']);
    container.bind('asker').toDynamicValue(() => new Recorded('asker'));
    await container.startAll({ only: ['user', 'asker'] });
    expect(diary).not.toContain('ran the query');
    expect(diary).toContain('+user');
    await container.stopAll();
  });

  it('a plain container of transients has its singletons managed', async () => {
    const container = new Container();
    container.bind(Db).toSelf().inSingletonScope();
    container.bind(Cache).toSelf().inSingletonScope();
    container.register(LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    before('+Db', '>Cache');
    await container.stopAll();
  });

  it('a decorated plain class needs no decorators of its own', async () => {
    class Plain extends Recorded {
      constructor(readonly db: Db) {
        super('Plain');
      }
    }
    decorate(injectable(), Plain);
    decorate(inject(Db), Plain, 0);
    Managed({ name: 'plain' })(Plain);
    const container = new ServiceContainer(quiet).add(Plain, Db);
    await container.startAll();
    expect(lifecycle(container).get('plain').dependencies).toEqual(['Db']);
    await container.stopAll();
  });
});
