import { Container, inject, injectable, type Newable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Background,
  Crontab,
  type GraphIssue,
  Lifecycle,
  LifecyclePlugin,
  Managed,
  ServiceContainer,
  type TaskContext,
  TaskRegistry,
  Timer,
} from '../../container/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';

let clock: ManualClock;
const log: string[] = [];

beforeEach(() => {
  clock = new ManualClock();
  log.length = 0;
});

function containerOf(...classes: Newable<unknown>[]): ServiceContainer {
  return new ServiceContainer({ lifecycle: { clock, logger: silent } }).add(...classes);
}

@injectable()
class Store {
  isOpen = false;
  onStart(): void {
    this.isOpen = true;
  }
  onStop(): void {
    this.isOpen = false;
  }
}

@injectable()
class Cache {
  private readonly every = '2s';

  constructor(readonly store: Store) {}

  @Timer((self: Cache) => self.every as '2s')
  async flush({ name, run }: TaskContext): Promise<void> {
    log.push(`${name} ${run} ${this.store.isOpen}`);
  }
}

describe('tasks in a container', () => {
  it('make a class a service, with no hook about, and run while what it needs does', async () => {
    const container = containerOf(Cache, Store);
    await container.startAll();
    await clock.advance(4_000);
    await container.stopAll();
    await clock.advance(60_000);
    expect(log).toEqual(['Cache.flush 1 true', 'Cache.flush 2 true']);
    expect(container.lifecycle.get(Cache).tasks).toMatchObject([{ name: 'Cache.flush', runs: 2, state: 'idle' }]);
    expect(clock.pending).toBe(0);
  });

  it('are in the registry, which can be injected and is not in the graph', async () => {
    @injectable()
    class Admin {
      constructor(
        readonly tasks: TaskRegistry,
        readonly lifecycle: Lifecycle,
      ) {}
    }
    const container = containerOf(Cache, Store, Admin);
    await container.startAll();
    const { tasks, lifecycle } = container.get(Admin);
    expect(tasks).toBe(lifecycle.tasks);
    expect(tasks).toBe(container.get(TaskRegistry));
    expect([...tasks].map(({ name }) => name)).toEqual(['Cache.flush']);
    await tasks.get('Cache.flush').trigger();
    expect(log).toEqual(['Cache.flush 1 true']);
    expect(container.graph().nodes.map(({ label }) => label)).toEqual(['Cache', 'Store', 'Admin']);
    await container.stopAll();
  });

  it('of a subclass are those of its bases and its own', async () => {
    @injectable()
    class Special extends Cache {
      constructor(@inject(Store) store: Store) {
        super(store);
      }
      override async flush(context: TaskContext): Promise<void> {
        await super.flush(context);
        log.push('special');
      }
      @Background()
      loop(): void {
        log.push('loop');
      }
    }
    const container = containerOf(Special, Store);
    await container.startAll();
    await clock.advance(2_000);
    await container.stopAll();
    expect(log).toEqual(['loop', 'Special.flush 1 true', 'special']);
  });

  it('are found on constants and on dynamic values too', async () => {
    class Plain {
      constructor(readonly name: string) {}
      @Timer('1s')
      tick(): void {
        log.push(this.name);
      }
    }
    @injectable()
    class User {
      constructor(@inject('dynamic') readonly plain: Plain) {}
      onStart(): void {}
    }
    const container = containerOf(User);
    container.bind('constant').toConstantValue(new Plain('constant'));
    container.bind('dynamic').toDynamicValue(() => new Plain('dynamic'));
    await container.startAll();
    await clock.advance(1_000);
    await container.stopAll();
    expect(log.sort()).toEqual(['constant', 'dynamic']);
  });

  it('are left alone with @Managed(false)', async () => {
    @Managed(false)
    @injectable()
    class Left {
      @Timer('1s')
      tick(): void {
        log.push('tick');
      }
    }
    const container = containerOf(Left);
    await container.startAll();
    await clock.advance(5_000);
    expect(log).toEqual([]);
    await container.stopAll();
  });

  it('go with their binding', async () => {
    const container = containerOf(Cache, Store);
    await container.startAll();
    await container[Symbol.asyncDispose]();
    await clock.advance(10_000);
    expect(log).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('tasks that make no sense', () => {
  async function faults(...classes: Newable<unknown>[]): Promise<readonly GraphIssue[]> {
    const container = containerOf(...classes);
    const error = await rejection(container.startAll());
    expect(error.name).toBe('GraphError');
    return (error as unknown as { details: readonly GraphIssue[] }).details;
  }

  it('are faults of the graph, all at once, before anything starts', async () => {
    @injectable()
    class Job {
      @Timer('10' as never)
      ten(): void {}
      @Timer(0)
      zero(): void {}
      @Crontab('61 * * * *')
      cron(): void {}
      @Crontab('* * * * *', { timeZone: 'Mars/Base' })
      mars(): void {}
      @Background({ restart: { max: -1 } })
      loop(): void {}
      @Timer('1s', { every: 'delay', overlap: 'queue' })
      both(): void {}
    }
    const found = await faults(Job, Store);
    expect(found.map(({ code }) => code)).toEqual(Array(6).fill('INVALID_METADATA'));
    expect(found.map(({ message }) => message.slice(0, 40))).toEqual([
      '@Timer of Job.ten: the interval must be ',
      '@Timer of Job.zero: the interval must be',
      '@Crontab of Job.cron: the cron expressio',
      '@Crontab of Job.mars: timeZone must be a',
      '@Background of Job.loop: restart.max mus',
      "@Timer of Job.both: every: 'delay' and o",
    ]);
  });

  it('have one name twice', async () => {
    @injectable()
    class Job {
      @Timer('1s')
      @Timer('1h')
      work(): void {}
      @Background({ name: 'work' })
      other(): void {}
    }
    expect((await faults(Job)).map(({ message }) => message)).toEqual([
      "Job has two tasks named work; give one of them a name of its own: @Timer(..., { name: 'work-2' })",
      "Job has two tasks named work; give one of them a name of its own: @Background(..., { name: 'work-2' })",
    ]);
  });

  it('are on something of which there is no one instance', async () => {
    const container = new Container();
    container.register(LifecyclePlugin.with({ logger: silent }));
    @injectable()
    class User {
      constructor(readonly cache: Cache) {}
      onStart(): void {}
    }
    container.bind(Store).toSelf().inSingletonScope();
    container.bind(User).toSelf().inSingletonScope();
    container.bind(Cache).toSelf();
    const error = await rejection(container.startAll());
    expect(error.message).toContain('Cache has tasks (flush) but is bound in transient scope');
  });

  it('only warn where nothing that starts needs them, and are refused on a constant', async () => {
    class Wrong {
      @Timer(-1)
      tick(): void {}
    }
    const container = containerOf();
    container.bind('wrong').toConstantValue(new Wrong());
    expect((await rejection(container.startAll())).message).toContain('@Timer of Wrong.tick: the interval must be');
  });
});

describe('container.lifecycle', () => {
  it('is the lifecycle, and taken by nobody else', () => {
    const container = containerOf();
    expect(container.lifecycle).toBe(container.get(Lifecycle));
    expect(container.lifecycle.lifecycle).toBe(container.lifecycle);
    const other = Object.assign(new Container(), { lifecycle: 1 });
    expect(() => other.register(LifecyclePlugin)).toThrow('the container has its own lifecycle already');
  });
});
