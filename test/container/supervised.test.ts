import { inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Background,
  DependsOn,
  GraphError,
  type Lifecycle,
  lifecycle,
  Managed,
  ServiceContainer,
  type ServiceContext,
  type StateName,
  Supervised,
  type SupervisedOptions,
} from '../../container/index.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { container, made, only, refusal, Works } from '../support/faulty.ts';
import { silent } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';
import { unbindAsync, unbindSync } from '../support/versions.ts';

const log: string[] = [];

/** Tells what happens to it, and crashes when it is told to. */
class Member {
  context: ServiceContext | undefined;
  /** How long its hooks take, and what they throw. */
  slow = 0;
  broken = false;

  async onStart(context: ServiceContext): Promise<void> {
    this.context = context;
    log.push(`+${this.constructor.name}`);
    if (this.slow > 0) await context.sleep(this.slow);
    if (this.broken) throw new Error('refused');
  }

  async onStop(context: ServiceContext): Promise<void> {
    log.push(`-${this.constructor.name}`);
    if (this.slow > 0) await context.sleep(this.slow);
  }

  async crash(message = 'lost'): Promise<void> {
    this.context?.crash(new Error(message));
    await quiescence();
  }
}

beforeEach(() => {
  log.length = 0;
  made.length = 0;
});

const atOnce = { backoff: false } as const;

function containerWith(options: LifecycleOptions, ...classes: (new (...args: never[]) => object)[]): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent, random: () => 0, ...options } }).add(...(classes as []));
}

function states(of: ServiceContainer | Lifecycle): Record<string, StateName> {
  const { services } = of instanceof ServiceContainer ? lifecycle(of) : of;
  return Object.fromEntries(services.map(({ name, state }) => [name, state]));
}

describe('@Supervised', () => {
  it('has a class restarted, with what depends on it, on the objects that are there', async () => {
    @Supervised(atOnce)
    @injectable()
    class Db extends Member {}
    @injectable()
    class Api extends Member {
      constructor(readonly db: Db) {
        super();
      }
    }
    @injectable()
    class Mail extends Member {}
    const container = containerWith({}, Api, Db, Mail);
    await container.startAll();
    log.length = 0;
    const db = container.get(Db);
    await db.crash();
    expect(log).toEqual(['-Api', '-Db', '+Db', '+Api']);
    expect(container.get(Api).db).toBe(db);
    expect(container.get(Db)).toBe(db);
    // Mail says nothing, so its crash is the application's.
    const done = rejection(lifecycle(container).done);
    await container.get(Mail).crash();
    expect((await done).message).toBe('Mail crashed: lost');
  });

  it('is inherited, and the nearest class decides', async () => {
    @Supervised({ strategy: 'oneForOne', ...atOnce })
    @injectable()
    class Base extends Member {}
    @injectable()
    class Sub extends Base {}
    @Supervised({ strategy: 'giveUp' })
    @injectable()
    class Again extends Sub {}
    const container = containerWith({}, Sub, Again);
    await container.startAll();
    await container.get(Sub).crash();
    await container.get(Again).crash();
    expect(states(container)).toEqual({ Again: 'crashed', Sub: 'running' });
    await container.stopAll();
  });

  it('holds for a constant of the class as well', async () => {
    @Supervised(atOnce)
    class Db extends Member {}
    const db = new Db();
    const container = containerWith({});
    container.bind('db').toConstantValue(db);
    await container.startAll();
    await db.crash();
    expect(log).toEqual(['+Db', '-Db', '+Db']);
    await container.stopAll();
  });

  it('puts classes into groups, which fail together', async () => {
    @Supervised({ group: 'io' })
    @injectable()
    class In extends Member {}
    @Supervised({ group: 'io' })
    @injectable()
    class Out extends Member {}
    @injectable()
    class Other extends Member {}
    const container = containerWith({ supervision: { groups: { io: atOnce } } }, In, Out, Other);
    await container.startAll();
    await container.get(In).crash();
    expect(lifecycle(container).services.map(({ name, restarts }) => [name, restarts])).toEqual([
      ['In', 1],
      ['Out', 1],
      ['Other', 0],
    ]);
    await container.stopAll();
  });

  it('takes a hidden dependency into account', async () => {
    @injectable()
    class Db extends Member {}
    @DependsOn(Db)
    @injectable()
    class Api extends Member {}
    const container = containerWith({ supervision: atOnce }, Api, Db);
    await container.startAll();
    log.length = 0;
    await container.get(Db).crash();
    expect(log).toEqual(['-Api', '-Db', '+Db', '+Api']);
    await container.stopAll();
  });

  it('restarts what has an onStart, though it is disposed of in the end', async () => {
    @Supervised(atOnce)
    @injectable()
    class Db extends Member {
      override async onStop(): Promise<void> {}
      [Symbol.dispose](): void {
        log.push('disposed');
      }
    }
    Reflect.deleteProperty(Db.prototype, 'onStop');
    const container = containerWith({}, Db);
    await container.startAll();
    await container.get(Db).crash();
    expect(log).toEqual(['+Db', '-Db', '+Db']);
    await container.stopAll();
  });
});

describe('what makes no sense is a fault of the graph, told before anything is made:', () => {
  class Disposable {
    constructor() {
      made.push(new.target.name);
    }
    [Symbol.dispose](): void {}
  }

  /** A class that is supervised like this. */
  function supervised<T extends new (...args: never[]) => object>(options: SupervisedOptions, Class: T): T {
    Supervised(options)(Class);
    injectable()(Class as never);
    return Class;
  }

  it.each<[string, unknown, RegExp]>([
    [
      'a strategy',
      { strategy: 'oneForone' },
      /^Db: @Supervised.strategy: there is no strategy 'oneForone'. Did you mean/,
    ],
    ['a type', { type: 'always' }, /^Db: @Supervised.type: there is no type 'always'. Known: permanent, transient/],
    ['significance', { type: 'permanent', significant: true }, /^Db: @Supervised: a permanent service is always/],
    ['an option', { restart: { mx: 1 } }, /^Db: @Supervised.restart: there is no option 'mx'; did you mean max\?/],
    ['a group with options', { group: 'io', strategy: 'giveUp' }, /^Db: @Supervised: strategy is the group's to say/],
  ])('%s', async (_, options, text) => {
    const Db = supervised(options as SupervisedOptions, class Db extends Works {});
    const [issue, ...others] = await refusal(container().add(Db));
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: 'INVALID_METADATA', nodes: ['Db'], message: expect.stringMatching(text) });
  });

  it('a group that there is not', async () => {
    const Db = supervised({ group: 'oi' }, class Db extends Works {});
    const groups = { io: {}, mail: {} };
    const some = new ServiceContainer({ lifecycle: { logger: silent, supervision: { groups } } }).add(Db);
    const [issue] = await refusal(some);
    expect(issue?.message).toMatch(/^Db is @Supervised in group 'oi', which does not exist. Did you mean io\?/);
    const [none] = await refusal(container().add(Db));
    expect(none?.message).toContain('There are no groups. Write new ServiceContainer({ lifecycle: { supervision:');
    only('INVALID_METADATA', [issue, none] as never);
  });

  it.each<[string, SupervisedOptions, new () => object]>([
    ['a class that is only disposed of', {}, class Pool extends Disposable {}],
    [
      'one with background work as well',
      {},
      class Pool extends Disposable {
        onStarted(): void {}
      },
    ],
    [
      'one that has an onStop, and no onStart',
      {},
      class Pool extends Disposable {
        onStop(): void {}
      },
    ],
    [
      'one that is disposed of asynchronously',
      { strategy: 'oneForOne' },
      class Pool {
        async [Symbol.asyncDispose](): Promise<void> {}
      },
    ],
    ['one of a group', { group: 'io' }, class Pool extends Disposable {}],
    ['one that inherits it', { type: 'permanent' }, class Pool extends class extends Disposable {} {}],
  ])('%s cannot be restarted', async (_, options, Class) => {
    const Pool = supervised(options, Class);
    @injectable()
    class User extends Works {
      constructor(@inject(Pool) readonly pool: unknown) {
        super();
      }
    }
    const supervision = { groups: { io: {} } };
    const refused = new ServiceContainer({ lifecycle: { logger: silent, supervision } }).add(User, Pool);
    const [issue, ...others] = await refusal(refused);
    expect(others).toEqual([]);
    expect(issue).toEqual({
      code: 'NOT_RESTARTABLE',
      nodes: ['Pool'],
      message:
        "Pool is @Supervised, but it has a dispose method and no onStart, so a restart could not make it ready again; give it onStart and onStop, or write @Supervised({ type: 'temporary' })",
    });
  });

  it.each<[string, SupervisedOptions, new () => object]>([
    ['temporary', { type: 'temporary' }, class Pool extends Disposable {}],
    ['given up', { strategy: 'giveUp' }, class Pool extends Disposable {}],
    [
      'with an onStart',
      {},
      class Pool extends Disposable {
        onStart(): void {}
      },
    ],
    [
      'not disposable',
      {},
      class Pool {
        onStop(): void {}
      },
    ],
  ])('but one that is %s is fine', async (_, options, Class) => {
    const fine = container().add(supervised(options, Class));
    expect(fine.graph().errors).toEqual([]);
    expect(fine.graph().warnings).toEqual([]);
    await fine.startAll();
    await fine.stopAll();
  });

  it('@Managed(false) leaves the class alone, whatever @Supervised says', async () => {
    @Managed(false)
    class Pool extends Disposable {}
    expect(container().add(supervised({}, Pool)).graph().warnings).toEqual([]);
  });

  it('and a warning where it concerns nothing that starts', () => {
    const Pool = supervised({}, class Pool extends Disposable {});
    const graph = container().add(Pool, Works).graph();
    expect(graph.errors).toEqual([]);
    only('NOT_RESTARTABLE', graph.warnings);
  });

  it('all at once, with the other faults', async () => {
    const Bad = supervised({ strategy: 'no' } as never, class Bad extends Works {});
    const Pool = supervised(
      {},
      class Pool extends Disposable {
        onStop(): void {}
      },
    );
    const error = (await rejection(container().add(Bad, Pool).startAll())) as GraphError;
    expect(error).toBeInstanceOf(GraphError);
    expect(error.details.map(({ code }) => code)).toEqual(['INVALID_METADATA', 'NOT_RESTARTABLE']);
  });
});

describe('the options of the container', () => {
  it.each<[unknown, string]>([
    ['restForgraph', "there is no strategy 'restForgraph'. Did you mean restForGraph?"],
    [{ groups: { io: { parent: 'oi' } } }, "there is no group 'oi'. Did you mean io?"],
  ])('are checked when it is made: %o', (supervision, text) => {
    const make = () => new ServiceContainer({ lifecycle: { logger: silent, supervision: supervision as never } });
    expect(make).toThrow(expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION' }));
    expect(make).toThrow(text);
  });
});

describe('unbinding', () => {
  @injectable()
  class Db extends Member {}
  @injectable()
  class Api extends Member {
    constructor(readonly db: Db) {
      super();
    }
  }
  @injectable()
  class Other extends Member {}

  async function running(backoff: false | { initial: number }) {
    const clock = new ManualClock();
    const container = containerWith({ clock, supervision: { backoff } }, Api, Db, Other);
    await container.startAll();
    log.length = 0;
    return { clock, container, db: container.get(Db), api: container.get(Api) };
  }

  it('of what waits to come up again takes it away, and it does not come', async () => {
    const { clock, container, db } = await running({ initial: 100 });
    await db.crash();
    expect(states(container)).toEqual({ Api: 'restarting', Db: 'restarting', Other: 'running' });
    await unbindAsync(container, Db);
    await clock.advance(1_000);
    expect(log).toEqual(['-Api', '-Db']);
    expect(lifecycle(container).get(Api).state).toBe('stopped');
    expect(lifecycle(container).state).toBe('running');
    expect(clock.pending).toBe(0);
    await container.stopAll();
  });

  it('of what waits behind the lifecycle’s back does so too', async () => {
    const { clock, container } = await running({ initial: 100 });
    container.snapshot();
    const late = new Other();
    container.bind('late').toConstantValue(late);
    await quiescence();
    await late.crash();
    container.restore();
    await clock.advance(1_000);
    expect(log).toEqual(['+Other', '-Other']);
    expect(states(container)).toEqual({ Api: 'running', Db: 'running', Other: 'running' });
    await container.stopAll();
  });

  it('of nothing leaves what waits the object that it is', async () => {
    const clock = new ManualClock();
    const container = containerWith({ clock, supervision: { backoff: { initial: 100 } } }, Api, Db);
    // It knows of no objects, and restore goes back to that.
    container.snapshot();
    await container.startAll();
    const db = container.get(Db);
    await db.crash();
    container.restore();
    expect(container.get(Db)).toBe(db);
    await clock.advance(100);
    expect(log).toEqual(['+Db', '+Api', '-Api', '-Db', '+Db', '+Api']);
    await container.stopAll();
  });

  it('synchronously is refused, as for what runs', async () => {
    const { container, db } = await running({ initial: 100 });
    await db.crash();
    expect(() => unbindSync(container, Db)).toThrow(/would take away Db, which is restarting, and cannot wait/);
    await container.stopAll();
  });

  it('of a dependent that waits lets what it needs come up', async () => {
    const { clock, container, db } = await running({ initial: 100 });
    await db.crash();
    await unbindAsync(container, Api);
    await clock.advance(100);
    expect(log).toEqual(['-Api', '-Db', '+Db']);
    expect(states(container)).toMatchObject({ Db: 'running', Other: 'running' });
    await container.stopAll();
  });

  it.each<[string, number, string[]]>([
    ['still stops', 5, ['-Api', '-Db']],
    ['starts again', 15, ['-Api', '-Db', '+Db', '-Db']],
  ])('of what %s takes it away', async (_, at, expected) => {
    const { clock, container, db } = await running(false);
    db.slow = 10;
    await db.crash();
    await clock.advance(at);
    const unbound = unbindAsync(container, Db);
    await clock.advance(1_000);
    await unbound;
    expect(log.filter((line) => !(line === '-Db' && expected.length === 3))).toEqual(expected);
    expect(
      lifecycle(container)
        .services.filter(({ state }) => state === 'running')
        .map(({ name }) => name),
    ).toEqual(['Other']);
    expect(clock.pending).toBe(0);
    await container.stopAll();
  });

  it('of what crashes meanwhile takes it away all the same', async () => {
    const { clock, container, db, api } = await running(false);
    api.slow = 10;
    const unbound = unbindAsync(container, Db);
    await clock.advance(5);
    await db.crash();
    await clock.advance(1_000);
    await unbound;
    expect(log).toEqual(['-Api', '-Db']);
    expect(states(container)).toMatchObject({ Api: 'stopped', Other: 'running' });
    expect(lifecycle(container).state).toBe('running');
    await container.stopAll();
  });
});

describe('a child container', () => {
  @injectable()
  class Db extends Member {}
  @injectable()
  class Cache extends Member {
    constructor(readonly db: Db) {
      super();
    }
  }
  class Kid extends Member {}
  class Free extends Member {}

  async function family(parentOptions: LifecycleOptions, childOptions: LifecycleOptions = {}) {
    const clock = new ManualClock();
    const parent = containerWith({ clock, ...parentOptions }, Db, Cache);
    const child = new ServiceContainer({
      parent,
      lifecycle: { logger: silent, clock, random: () => 0, ...childOptions },
    });
    const kid = new Kid();
    child.bind('Kid').toResolvedValue((_: unknown) => kid, [Cache]);
    child.bind('Free').toConstantValue(new Free());
    await child.startAll({ only: ['Kid', 'Free'] });
    log.length = 0;
    return { clock, parent, child, kid, db: parent.get(Db), cache: parent.get(Cache) };
  }

  const end = async ({ parent, child, clock }: Awaited<ReturnType<typeof family>>) => {
    await child.stopAll();
    await parent.stopAll();
    expect(clock.pending).toBe(0);
  };

  it('has what depends on a parent’s service go down and come up with it, in order', async () => {
    const all = await family({ supervision: { backoff: { initial: 100 } } });
    const { clock, child, db } = all;
    await db.crash();
    expect(log).toEqual(['-Kid', '-Cache', '-Db']);
    expect(states(child)).toEqual({ Free: 'running', Kid: 'restarting' });
    expect(lifecycle(child).state).toBe('running');
    await clock.advance(100);
    expect(log).toEqual(['-Kid', '-Cache', '-Db', '+Db', '+Cache', '+Kid']);
    expect(states(child)).toEqual({ Free: 'running', Kid: 'running' });
    expect(lifecycle(child).get('Kid').restarts).toBe(1);
    await end(all);
  });

  it('that does not come up again is the child’s to see to', async () => {
    const all = await family({ supervision: atOnce }, { supervision: { backoff: { initial: 50 } } });
    const { clock, child, kid, db } = all;
    kid.broken = true;
    await db.crash();
    expect(states(child)).toMatchObject({ Kid: 'restarting' });
    expect(states(all.parent)).toEqual({ Cache: 'running', Db: 'running' });
    kid.broken = false;
    await clock.advance(50);
    expect(states(child)).toMatchObject({ Kid: 'running' });
    await end(all);
  });

  it('is told when a parent’s service restarts alone', async () => {
    const all = await family({ supervision: { strategy: 'oneForOne', backoff: { initial: 100 } } });
    const { clock, child, cache } = all;
    const told: string[] = [];
    lifecycle(child).on((event) => {
      if (event.kind.startsWith('service:dependency')) told.push(event.kind);
    });
    await cache.crash();
    await clock.advance(100);
    expect(log).toEqual(['-Cache', '+Cache']);
    expect(told).toEqual(['service:dependencyDown', 'service:dependencyUp']);
    await end(all);
  });

  it('goes down for good with what the parent gives up, and its own go on', async () => {
    const all = await family({ supervision: 'giveUp' });
    await all.cache.crash();
    expect(states(all.child)).toEqual({ Free: 'running', Kid: 'stopped' });
    await end(all);
  });

  it('that stops while it waits for the parent does not come up again', async () => {
    const all = await family({ supervision: { backoff: { initial: 100 } } });
    await all.db.crash();
    await all.child.stopAll();
    await all.clock.advance(100);
    expect(states(all.child)).toEqual({ Free: 'stopped', Kid: 'stopped' });
    expect(states(all.parent)).toEqual({ Cache: 'running', Db: 'running' });
    expect(log).toEqual(['-Kid', '-Cache', '-Db', '-Free', '+Db', '+Cache']);
    await end(all);
  });

  it('that is starting when what it needs crashes has its start called off; the parent’s part comes up', async () => {
    const all = await family({ supervision: atOnce });
    const { clock, child, kid, db, parent } = all;
    await child.stopAll();
    kid.slow = 10;
    const start = child.startAll({ only: ['Kid', 'Free'] });
    start.catch(() => {});
    await clock.advance(5);
    await db.crash();
    await clock.advance(100);
    expect(await rejection(start)).toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    expect(states(parent)).toEqual({ Cache: 'running', Db: 'running' });
    expect(states(child)).toEqual({ Free: 'stopped', Kid: 'stopped' });
    expect(lifecycle(child).state).toBe('stopped');
    await end(all);
  });

  it('that has a restart of its own leaves the parent alone', async () => {
    const all = await family({}, { supervision: atOnce });
    await all.kid.crash();
    expect(log).toEqual(['-Kid', '+Kid']);
    await end(all);
  });

  it('may restart a parent’s service by hand: all that depends on it comes along', async () => {
    const all = await family({});
    await all.parent.restart(Db);
    expect(log).toEqual(['-Kid', '-Cache', '-Db', '+Db', '+Cache', '+Kid']);
    await end(all);
  });
});

describe('background work', () => {
  it('that fails too often is a crash of its service, which its supervisor restarts', async () => {
    const clock = new ManualClock();
    @Supervised({ restart: { max: 1 }, ...atOnce })
    @injectable()
    class Consumer extends Member {
      @Background({ restart: { max: 0 } })
      async consume({ sleep }: { sleep(ms: number): Promise<void> }): Promise<void> {
        await sleep(10);
        throw new Error('poison');
      }
    }
    const container = containerWith({ clock }, Consumer);
    await container.startAll();
    const done = rejection(lifecycle(container).done);
    await clock.advance(10);
    expect(log).toEqual(['+Consumer', '-Consumer', '+Consumer']);
    await clock.advance(10);
    const { message } = await done;
    expect(message).toMatch(/^Consumer crashed: Consumer crashed 2 times within 1 m/);
    expect(message).toContain('Consumer: task Consumer.consume failed once within 1 m of running time');
    expect(message).toContain('poison');
  });
});
