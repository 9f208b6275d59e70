import { Container, injectable } from 'inversify';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Graph,
  Lifecycle,
  LifecycleError,
  LifecyclePlugin,
  lifecycle,
  OptionError,
  type PluginOptions,
  type Ref,
  ServiceContainer,
  type StartOptions,
  type StartReport,
  type StopOptions,
  type StopReport,
} from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { singletons } from '../support/plugin-context.ts';
import { before, diary, Recorded, times } from '../support/recorded.ts';
import { unbindAllAsync } from '../support/versions.ts';

@injectable()
class Db extends Recorded {
  constructor() {
    super();
  }
}

@injectable()
class Web extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

const quiet = { lifecycle: { logger: silent } };

beforeEach(() => {
  diary.length = 0;
});

function thrownBy(run: () => unknown): LifecycleError {
  try {
    run();
  } catch (error) {
    if (error instanceof LifecycleError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

describe('registering the plugin', () => {
  it('twice changes nothing', async () => {
    const container = singletons();
    container.bind(Db).toSelf();
    container.register(LifecyclePlugin.with({ logger: silent }));
    const first = lifecycle(container);
    container.register(LifecyclePlugin);
    container.register(LifecyclePlugin.with({ logger: silent }));
    expect(lifecycle(container)).toBe(first);
    await container.startAll();
    expect(times('>Db')).toBe(1);
    await container.stopAll();
  });

  it('after the services were bound and made is as good as before', async () => {
    const container = singletons();
    container.bind(Web).toSelf();
    container.bind(Db).toSelf();
    const web = container.get(Web);
    container.register(LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    expect(container.get(Web)).toBe(web);
    before('+Db', '>Web');
    await container.stopAll();
  });

  it.each(['startAll', 'stopAll', 'restart', 'graph'])('is refused where the container has its own %s', (name) => {
    const own = Object.assign(singletons(), { [name]: () => 'mine' });
    const error = thrownBy(() => own.register(LifecyclePlugin));
    expect(error).toMatchObject({ code: 'LIFECYCLE_NAME_TAKEN', data: { name } });
    expect(error.message).toMatch(new RegExp(`has its own ${name} already.*rename that one`));
    expect(own[name as 'graph']()).toBe('mine');
    expect(thrownBy(() => lifecycle(own)).code).toBe('LIFECYCLE_NOT_REGISTERED');
  });

  it('is refused where a subclass of the container inherits one', () => {
    class Base extends Container {}
    Object.assign(Base.prototype, { graph: () => 'mine' });
    class Mine extends Base {}
    expect(thrownBy(() => new Mine().register(LifecyclePlugin)).code).toBe('LIFECYCLE_NAME_TAKEN');
  });

  it('leaves nothing behind when its options are refused', async () => {
    const container = singletons();
    expect(() => container.register(LifecyclePlugin.with({ stopTimeout: -1 }))).toThrow(OptionError);
    expect(container.isBound(Lifecycle)).toBe(false);
    container.bind(Db).toSelf();
    container.register(LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    await container.stopAll();
  });
});

describe('options', () => {
  it.each<[string, unknown, RegExp]>([
    ['a bad duration', { stopTimeout: 'never' }, /stopTimeout must be a duration.*got 'never'/],
    ['an unknown one', { stopTimout: '1s' }, /stopTimout.*[dD]id you mean.*stopTimeout/],
    ['a logger without methods', { logger: {} }, /logger must have the methods/],
    ['strict that is no flag', { strict: 'yes' }, /strict must be true or false, got 'yes'/],
    ['dependsOn that is no list', { dependsOn: { service: 'a', on: ['b'] } }, /dependsOn must be a list like/],
    ['dependsOn without identifiers', { dependsOn: [{ service: 7, on: [] }] }, /dependsOn must be a list like/],
    ['dependsOn on nothing', { dependsOn: [{ service: 'a' }] }, /dependsOn must be a list like/],
  ])('%s is refused, by the plugin and by ServiceContainer', (_, options, says) => {
    const given = options as PluginOptions;
    for (const make of [
      () => singletons().register(LifecyclePlugin.with(given)),
      () => new ServiceContainer({ lifecycle: given }),
    ]) {
      const error = thrownBy(make);
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toMatch(says);
    }
  });

  it('are of one registration only', async () => {
    const Strict = LifecyclePlugin.with({ strict: true, logger: silent });
    expect(Strict).not.toBe(LifecyclePlugin);
    @injectable()
    class Near {
      onstart(): void {}
    }
    const strict = singletons();
    strict.register(Strict);
    strict.bind(Near).toSelf();
    await expect(strict.startAll()).rejects.toThrow(/did you mean onStart/);
    const lenient = singletons();
    lenient.register(LifecyclePlugin.with({ logger: silent }));
    lenient.bind(Near).toSelf();
    await lenient.startAll();
    await lenient.stopAll();
  });
});

describe('the Lifecycle of a container', () => {
  it('is what get and the function give, and a constructor can have it injected', async () => {
    @injectable()
    class Watcher extends Recorded {
      constructor(readonly lifecycle: Lifecycle) {
        super();
      }
    }
    const container = new ServiceContainer(quiet).add(Watcher, Db);
    await container.startAll();
    expect(container.get(Lifecycle)).toBe(lifecycle(container));
    expect(container.get(Watcher).lifecycle).toBe(lifecycle(container));
    expect(container.get(Watcher).lifecycle.get(Db).state).toBe('running');
    await container.stopAll();
  });

  it('is hidden from the graph, and from the services', async () => {
    @injectable()
    class Watcher extends Recorded {
      constructor(readonly lifecycle: Lifecycle) {
        super();
      }
    }
    const container = new ServiceContainer(quiet).add(Watcher);
    expect(container.graph().nodes.map(({ label }) => label)).toEqual(['Watcher']);
    expect(container.graph().edges).toEqual([]);
    await container.startAll();
    expect(lifecycle(container).services.map(({ name }) => name)).toEqual(['Watcher']);
    await container.stopAll();
  });

  it('of a child is its own, also where the parent has one', () => {
    const parent = new ServiceContainer(quiet);
    const child = new ServiceContainer({ parent, ...quiet });
    expect(child.get(Lifecycle)).toBe(lifecycle(child));
    expect(child.get(Lifecycle)).not.toBe(parent.get(Lifecycle));
  });

  it('is there again after everything was unbound', async () => {
    @injectable()
    class Watcher extends Recorded {
      constructor(readonly lifecycle: Lifecycle) {
        super();
      }
    }
    const container = new ServiceContainer(quiet).add(Watcher);
    await container.startAll();
    await unbindAllAsync(container);
    container.add(Watcher);
    await container.startAll();
    expect(container.get(Watcher).lifecycle).toBe(lifecycle(container));
    await container.stopAll();
  });

  it('is missing where the plugin is, and the error says what to write', () => {
    const error = thrownBy(() => lifecycle(new Container()));
    expect(error.code).toBe('LIFECYCLE_NOT_REGISTERED');
    expect(error.message).toMatch(/container\.register\(LifecyclePlugin\).*new ServiceContainer\(\)/);
  });
});

describe('the types', () => {
  it('know the methods on every container, and what they give', () => {
    expectTypeOf<Container['startAll']>().toEqualTypeOf<(options?: StartOptions) => Promise<StartReport>>();
    expectTypeOf<Container['stopAll']>().toEqualTypeOf<(options?: StopOptions) => Promise<StopReport>>();
    expectTypeOf<Container['restart']>().toEqualTypeOf<(ref: Ref) => Promise<StartReport>>();
    expectTypeOf<Container['graph']>().toEqualTypeOf<() => Graph>();
    expectTypeOf<Container>().toExtend<AsyncDisposable>();
    expectTypeOf<ServiceContainer>().toExtend<Container>();
    expectTypeOf(lifecycle).returns.toEqualTypeOf<Lifecycle>();
  });

  it('hold what they promise at run time', () => {
    const container = new ServiceContainer(quiet);
    for (const name of ['startAll', 'stopAll', 'restart', 'graph', Symbol.asyncDispose] as const) {
      expect(container[name]).toBeTypeOf('function');
    }
  });
});
