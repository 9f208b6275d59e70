import {
  Container,
  ContainerModule,
  decorate,
  inject,
  injectable,
  injectFromBase,
  LazyServiceIdentifier,
  named,
} from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { GraphError, LifecyclePlugin, lifecycle, Managed, ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { loadAsync, unbindAllAsync, unbindAsync, unbindSync, unloadAsync } from '../support/versions.ts';

/** `>X` start begins, `+X` it is done, `<X` stop begins, `-X` it is done. */
let log: string[] = [];

class Recorded {
  async onStart(): Promise<void> {
    log.push(`>${this.constructor.name}`);
    await tick();
    log.push(`+${this.constructor.name}`);
  }

  async onStop(): Promise<void> {
    log.push(`<${this.constructor.name}`);
    await tick();
    log.push(`-${this.constructor.name}`);
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function before(first: string, second: string): void {
  expect(log).toContain(first);
  expect(log).toContain(second);
  expect(log.indexOf(first), `${first} before ${second} in ${log}`).toBeLessThan(log.indexOf(second));
}

@injectable()
class Db extends Recorded {}

@injectable()
class Cache extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
class Mail extends Recorded {}

@injectable()
class Web extends Recorded {
  constructor(
    readonly cache: Cache,
    readonly mail: Mail,
  ) {
    super();
  }
}

function four(): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent } }).add(Web, Cache, Mail, Db);
}

beforeEach(() => {
  log = [];
});

describe('a container with four services', () => {
  it('starts dependencies first and independent ones together, stops in reverse, each once', async () => {
    const container = four();
    container.register(LifecyclePlugin);
    await Promise.all([container.startAll(), container.startAll()]);
    expect(log.filter((line) => line === '>Db')).toHaveLength(1);
    before('+Db', '>Cache');
    before('+Cache', '>Web');
    before('+Mail', '>Web');
    before('>Mail', '+Db');
    log = [];
    await container.stopAll();
    await container.stopAll();
    expect(log).toHaveLength(8);
    before('-Web', '<Cache');
    before('-Cache', '<Db');
    before('-Web', '<Mail');
  });

  it('starts one object once, however many bindings lead to it', async () => {
    const container = four();
    container.bind('alias').toService(Web);
    container.bind('dynamic').toDynamicValue(({ get }) => get(Web));
    container.bind('constant').toConstantValue(container.get(Web));
    container.bind('user').toResolvedValue((web: Web) => Object.assign(new Recorded(), { web }), ['dynamic']);
    await container.startAll();
    expect(log.filter((line) => line === '>Web')).toHaveLength(1);
    await container.stopAll();
    expect(log.filter((line) => line === '<Web')).toHaveLength(1);
  });

  it('keeps the order through a transient', async () => {
    @injectable('Transient')
    class Query {
      constructor(readonly db: Db) {}
    }
    @injectable()
    class Report extends Recorded {
      constructor(readonly query: Query) {
        super();
      }
    }
    const container = four().add(Query, Report);
    await container.startAll();
    before('+Db', '>Report');
    await container.stopAll();
    before('-Report', '<Db');
  });

  it('finds several bindings of one identifier, named ones that nobody injects, and constrained ones', async () => {
    @injectable()
    class H1 extends Recorded {}
    @injectable()
    class H2 extends Recorded {}
    @injectable()
    class N1 extends Recorded {
      constructor(@inject('config') readonly config: number) {
        super();
      }
    }
    const container = four();
    container.bind('h').to(H1);
    container.bind('h').to(H2);
    container.bind('server').to(N1).whenNamed('a');
    container.bind('server').to(H1).whenNamed('b');
    container.bind('config').toConstantValue(7).whenParentIs('server');
    await container.startAll();
    expect(log.filter((line) => /^>[HN]/.test(line)).sort()).toEqual(['>H1', '>H1', '>H2', '>N1']);
    expect(container.get<N1>('server', { name: 'a' }).config).toBe(7);
    await container.stopAll();
  });

  it('tells everything that is wrong at once, before anything is made', async () => {
    let count = 0;
    @injectable()
    class A extends Recorded {
      constructor(@inject(new LazyServiceIdentifier(() => B)) readonly b: unknown) {
        super();
        count++;
      }
    }
    @injectable()
    class B extends Recorded {
      constructor(readonly a: A) {
        super();
        count++;
      }
    }
    @injectable()
    class C1 extends Recorded {
      constructor(
        @inject('nope') readonly x: unknown,
        @inject('store') @named('s') readonly y: unknown,
        @inject('d') readonly d: unknown,
      ) {
        super();
        count++;
      }
    }
    @injectable()
    class Sub extends Cache {}
    const container = four().add(A, B, C1, Sub);
    container.bind('dup').toConstantValue(1);
    container.bind('dup').toConstantValue(2);
    container.bind('d').toResolvedValue((x: unknown) => ({ x }), ['dup']);
    const error = await container.startAll().catch((thrown: unknown) => thrown as GraphError);
    expect(error).toBeInstanceOf(GraphError);
    const { message, details } = error as GraphError;
    expect(details).toHaveLength(5);
    expect(message).toMatch(
      /nothing is bound to nope, needed by C1 \(constructor\[0\]\); write container\.bind\('nope'\)\.to/,
    );
    expect(message).toMatch(/nothing is bound to store named s, needed by C1 \(constructor\[1\]\)/);
    expect(message).toMatch(/2 bindings of dup match, needed by d/);
    expect(message).toMatch(/A -> B -> A|B -> A -> B/);
    expect(message).toMatch(/Sub inherits the constructor of Cache but injects none of its 1 argument/);
    expect(count).toBe(0);
  });

  it('rolls back what runs, in reverse', async () => {
    @injectable()
    class Bad extends Recorded {
      constructor(readonly cache: Cache) {
        super();
      }
      override async onStart(): Promise<void> {
        throw new Error('no port');
      }
    }
    const container = four().add(Bad);
    await expect(container.startAll()).rejects.toThrow(/Bad\.onStart failed: no port/);
    before('-Cache', '<Db');
    const stopped = log.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
    const started = log.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    expect(stopped.sort()).toEqual(started.sort());
  });

  it('makes a rejected asynchronous value anew at the next start', async () => {
    let tries = 0;
    const container = four();
    container.bind('x').toDynamicValue(async () => {
      tries++;
      if (tries === 1) throw new Error('db down');
      return new Recorded();
    });
    container.bind('user').toResolvedValue((x: Recorded) => Object.assign(new Recorded(), { x }), ['x']);
    await expect(container.startAll({ only: ['user'] })).rejects.toThrow(/creating x failed: db down/);
    await container.startAll({ only: ['user'] });
    expect(tries).toBe(2);
    expect(lifecycle(container).get('x').state).toBe('running');
    await container.stopAll();
  });

  it('names the optional service without which another one cannot be made', async () => {
    @Managed({ optional: true })
    @injectable()
    class Metrics extends Recorded {
      constructor() {
        super();
        throw new Error('no agent');
      }
    }
    @injectable()
    class Site extends Recorded {
      constructor(readonly metrics: Metrics) {
        super();
      }
    }
    const error = await four()
      .add(Metrics, Site)
      .startAll()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^creating Site failed: no agent.*without: +Metrics, which is optional and had failed/s,
      ),
      data: { service: 'Site', without: ['Metrics'] },
    });
  });

  it('starts only what is new at a second startAll', async () => {
    const container = four();
    await container.startAll();
    log = [];
    @injectable()
    class Late extends Recorded {
      constructor(readonly web: Web) {
        super();
      }
    }
    container.add(Late);
    await container.startAll();
    expect(log).toEqual(['>Late', '+Late']);
    log = [];
    await container.stopAll();
    before('-Late', '<Web');
  });
});

describe('ways out of a container', () => {
  it('unbindAsync of a running service stops it, and first what depends on it', async () => {
    const container = four();
    await container.startAll();
    log = [];
    await unbindAsync(container, Cache);
    before('-Web', '<Cache');
    expect(log).toContain('-Cache');
    expect(log).not.toContain('<Db');
    expect(container.isBound(Cache)).toBe(false);
    await expect(container.startAll()).rejects.toThrow(/nothing is bound to Cache, needed by Web/);
    await container.stopAll();
    before('-Cache', '<Db');
  });

  it('unbindAllAsync stops everything in order', async () => {
    const container = four();
    await container.startAll();
    log = [];
    await unbindAllAsync(container);
    before('-Web', '<Cache');
    before('-Cache', '<Db');
    expect(log).toHaveLength(8);
    expect(lifecycle(container).state).toBe('stopped');
  });

  it('unloading a module stops its services', async () => {
    @injectable()
    class FromModule extends Recorded {
      constructor(readonly web: Web) {
        super();
      }
    }
    const container = four();
    const module = new ContainerModule(({ bind }) => {
      bind(FromModule).toSelf();
    });
    await loadAsync(container, module);
    await container.startAll();
    log = [];
    await unloadAsync(container, module);
    expect(log).toEqual(['<FromModule', '-FromModule']);
    await container.stopAll();
  });

  it('refuses the synchronous form while the service runs, before anything is removed, and not afterwards', async () => {
    const container = four();
    await container.startAll();
    expect(() => unbindSync(container, Web)).toThrow(/take away Web, which is running.*await container\.unbind/);
    expect(container.isBound(Web)).toBe(true);
    await container.stopAll();
    unbindSync(container, Web);
    expect(container.isBound(Web)).toBe(false);
  });

  it('stops what a module unbinds behind the guard', async () => {
    const container = four();
    await container.startAll();
    log = [];
    const remover = new ContainerModule(async ({ unbind }) => {
      await unbind(Web);
    });
    await loadAsync(container, remover);
    await expect.poll(() => log).toContain('-Web');
    expect(log).not.toContain('<Cache');
    await container.stopAll();
  });

  it('snapshot and restore leave running services alone', async () => {
    const container = four();
    container.snapshot();
    await container.startAll();
    const web = container.get(Web);
    container.bind('late').toConstantValue(new Recorded());
    container.restore();
    expect(container.get(Web)).toBe(web);
    await container.startAll();
    await container.stopAll();
    expect(log.filter((line) => line === '-Web')).toHaveLength(1);
    expect(log.filter((line) => line === '>Web')).toHaveLength(1);
  });
});

describe('child containers', () => {
  it('have parent services made and started by the parent, which stops them after the child', async () => {
    const parent = four();
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent } });
    @injectable()
    class FakeDb extends Db {}
    @injectable()
    class Kid extends Recorded {
      constructor(
        readonly web: Web,
        readonly db: Db,
      ) {
        super();
      }
    }
    child.bind(Db).to(FakeDb);
    child.bind(Kid).toSelf();
    await child.startAll();
    const kid = child.get(Kid);
    expect(kid.web.cache.db.constructor).toBe(Db);
    expect(kid.db.constructor).toBe(FakeDb);
    expect(parent.get(Web)).toBe(kid.web);
    before('+Web', '>Kid');
    log = [];
    await parent.stopAll();
    before('-Kid', '<Web');
    expect(log).not.toContain('<FakeDb');
    await child.stopAll();
    expect(log).toContain('-FakeDb');
    expect(lifecycle(child).state).toBe('stopped');
  });
});

describe('traps of Inversify', () => {
  it('a chain of 3000 services, of which container.get manages about 500', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    for (let index = 0; index < 3000; index++) {
      const Link = class {
        constructor(readonly next?: unknown) {}
        onStart(): void {
          log.push(String(index));
        }
      };
      if (index > 0) decorate(inject(`k${index - 1}`), Link, 0);
      else Object.defineProperty(Link, 'length', { value: 0 });
      decorate(injectable(), Link);
      container.bind(`k${index}`).to(Link);
    }
    await container.startAll();
    expect(log).toEqual(Array.from({ length: 3000 }, (_, index) => String(index)));
    await container.stopAll();
  });

  it('@injectFromBase mends an inherited constructor', async () => {
    @injectable()
    @injectFromBase({ extendConstructorArguments: true })
    class Sub extends Cache {}
    const container = four().add(Sub);
    await container.startAll();
    expect(container.get(Sub).db).toBe(container.get(Db));
    before('+Db', '>Sub');
    await container.stopAll();
  });

  it('a plain container gets a lifecycle with one line', async () => {
    const container = new Container({ defaultScope: 'Singleton' });
    container.bind(Db).toSelf();
    container.register(LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    expect(log).toEqual(['>Db', '+Db']);
    await container[Symbol.asyncDispose]();
    expect(log).toEqual(['>Db', '+Db', '<Db', '-Db']);
    expect(container.isBound(Db)).toBe(false);
  });
});
