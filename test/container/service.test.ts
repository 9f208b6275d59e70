import { Container, inject, injectable, injectFromBase, type Newable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Background,
  fromFunction,
  GraphError,
  LifecyclePlugin,
  lifecycle,
  Managed,
  Service,
  ServiceContainer,
  Supervised,
  TransitionsTo,
  Worker,
} from '../../container/index.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';
import { unbindAsync } from '../support/versions.ts';

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
class Db extends Service {
  onStart(): void {
    log.push(`+${this.name}`);
  }
  onStop(): void {
    log.push(`-${this.name}`);
  }
}

@injectable()
class Api extends Service {
  constructor(readonly db: Db) {
    super();
  }
  onStart(): void {
    log.push(`+${this.name}`);
  }
  onStop(): void {
    log.push(`-${this.name}`);
  }
}

/** It has nothing but its base class. */
@injectable()
class Plain extends Service {}

@injectable()
class App extends Service {
  constructor(
    readonly api: Api,
    readonly plain: Plain,
  ) {
    super();
  }
}

describe('a service of the base class in a container', () => {
  it('starts and stops in its place, with a life of its own', async () => {
    const container = containerOf(App, Api, Plain, Db);
    expect(container.graph().errors).toEqual([]);
    await container.startAll();
    const { api, plain, beacon, state } = container.get(App);
    expect(log).toEqual(['+Db', '+Api']);
    expect([state, api.state, plain.state, api.db.state]).toEqual(Array(4).fill('running'));
    expect(api.db.beacon.path).toEqual(['App', 'Api', 'Db']);
    expect(beacon.depth).toBe(1);
    expect(plain.signal.aborted).toBe(false);
    await container.stopAll();
    expect(log).toEqual(['+Db', '+Api', '-Api', '-Db']);
    expect(plain.signal.aborted).toBe(true);
    await container.startAll();
    expect(plain.signal.aborted).toBe(false);
    await container.stopAll();
  });

  it('is a service without a hook, and not one where it says that it is none', async () => {
    @Managed(false)
    @injectable()
    class Left extends Service {}
    const container = containerOf(Plain, Left);
    await container.startAll();
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Plain']);
    expect(container.get(Left).state).toBe('idle');
    await container.stopAll();
  });

  it('may be a base of further ones, whose arguments are injected', async () => {
    @injectFromBase({ extendConstructorArguments: true })
    @injectable()
    class Special extends Api {}
    @injectable()
    class Other extends Db {}
    const container = containerOf(Special, Db, Other);
    await container.startAll();
    expect(container.get(Special).db).toBe(container.get(Db));
    expect(log).toEqual(['+Db', '+Other', '+Special']);
    await container.stopAll();
  });

  it('has its name, its tasks and its flags', async () => {
    @Managed({ name: 'worker' })
    @injectable()
    class Named extends Service {
      @Background()
      @TransitionsTo('working')
      async work(): Promise<void> {
        while (!this.signal.aborted) await this.sleep('1h');
      }
    }
    const container = containerOf(Named);
    await container.startAll();
    const service = container.get(Named);
    expect(service.name).toBe('worker');
    expect(container.lifecycle.get('worker')).toMatchObject({
      flags: ['working'],
      tasks: [{ name: 'worker.work', state: 'running' }],
    });
    await container.stopAll();
    expect(container.lifecycle.get('worker').flags).toEqual([]);
  });

  it('may be a constant, known by its class', async () => {
    const container = containerOf();
    const db = new Db();
    container.bind('db').toConstantValue(db);
    await container.startAll();
    expect(db.state).toBe('running');
    expect(db.name).toBe('db');
    await container.stopAll();
    expect(db.state).toBe('stopped');
  });

  it('in transient scope is told of', async () => {
    const container = new Container();
    container.register(LifecyclePlugin.with({ clock, logger: silent }));
    container.bind(Plain).toSelf();
    container.bind(App).toSelf().inSingletonScope();
    container.bind(Api).toSelf().inSingletonScope();
    container.bind(Db).toSelf().inSingletonScope();
    const error = await rejection(container.startAll());
    expect(error).toBeInstanceOf(GraphError);
    expect(error.message).toContain('Plain is a Service but is bound in transient scope, so there is no one instance');
  });

  it('is not disposed of by its own stop, so that it can start again', async () => {
    const container = containerOf(Plain);
    await container.startAll();
    await container.stopAll();
    await container.startAll();
    expect(container.get(Plain).state).toBe('running');
    await container.stopAll();
  });

  it('is disposed of where its class says how', async () => {
    @injectable()
    class Pool extends Service {
      override async [Symbol.asyncDispose](): Promise<void> {
        log.push('async');
      }
    }
    @injectable()
    class File extends Service {
      [Symbol.dispose](): void {
        log.push('sync');
      }
    }
    const container = containerOf(Pool, File);
    await container.startAll();
    await container.stopAll();
    expect(log).toEqual(['async', 'sync']);
  });

  it('whose binding has gone knows that its life is over', async () => {
    const container = containerOf(Plain);
    await container.startAll();
    const service = container.get(Plain);
    await unbindAsync(container, Plain);
    expect([service.state, service.signal.aborted]).toEqual(['stopped', true]);
    container.bind(Plain).toConstantValue(service);
    await container.startAll();
    expect([service.state, service.signal.aborted]).toEqual(['running', false]);
    await container.stopAll();
  });

  it('wrapped by an activation is the same for both', async () => {
    const container = containerOf();
    container
      .bind(Plain)
      .toSelf()
      .onActivation((_, plain) => new Proxy(plain, {}));
    await container.startAll();
    const proxy = container.get(Plain);
    expect([proxy.state, proxy.signal.aborted]).toEqual(['running', false]);
    await proxy.stop();
    expect(container.lifecycle.get(Plain).state).toBe('stopped');
    await container.stopAll();
  });
});

describe('start, stop and restart by hand of a service in a container', () => {
  it('start what it needs too, before any startAll', async () => {
    const container = containerOf(App, Api, Plain, Db);
    const api = container.get(Api);
    expect(await api.start()).toBe(api);
    expect(log).toEqual(['+Db', '+Api']);
    expect(container.lifecycle.state).toBe('running');
    expect(lifecycle(api)).toBe(container.lifecycle);
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Api', 'Db']);
    await container.startAll();
    expect(container.get(App).state).toBe('running');
    await container.stopAll();
  });

  it('stop all that depend on it first, while the rest goes on', async () => {
    const container = containerOf(App, Api, Plain, Db);
    await container.startAll();
    log.length = 0;
    const { api, plain } = container.get(App);
    await api.db.stop({ reason: 'maintenance' });
    expect(log).toEqual(['-Api', '-Db']);
    expect([container.get(App).state, api.state, plain.state]).toEqual(['stopped', 'stopped', 'running']);
    expect(container.lifecycle.state).toBe('running');
    expect(container.lifecycle.health().ready).toBe(false);
    await api.start();
    expect(container.get(App).state).toBe('stopped');
    await container.startAll();
    expect(container.lifecycle.health().ready).toBe(true);
    await container.stopAll();
    expect(log).toEqual(['-Api', '-Db', '+Db', '+Api', '-Api', '-Db']);
  });

  it('of one that was never started is nothing', async () => {
    const container = containerOf(Api, Db);
    await container.get(Api).stop();
    expect(container.lifecycle.state).toBe('idle');
  });

  it('stop within a budget, and collect what goes wrong', async () => {
    @injectable()
    class Stuck extends Service {
      onStop(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const container = containerOf(Stuck);
    await container.startAll();
    const stop = rejection(container.get(Stuck).stop({ timeout: '2s' }));
    await clock.advance(2_000);
    expect((await stop).message).toContain('Stuck.onStop had not settled after 2 s');
    await container.stopAll();
  });

  it('restart with all that depend on it', async () => {
    const container = containerOf(App, Api, Plain, Db);
    await container.startAll();
    log.length = 0;
    await container.get(Api).restart();
    expect(log).toEqual(['-Api', '+Api']);
    expect(container.lifecycle.get(App).restarts).toBe(1);
    await container.stopAll();
  });

  it('from inside a task of its own, or of a dependent, only request the stop', async () => {
    @injectable()
    class Sweeper extends Service {
      constructor(readonly db: Db) {
        super();
      }
      @Background()
      async sweep(): Promise<void> {
        await this.sleep('1s');
        await this.db.stop();
        log.push('asked');
      }
    }
    const container = containerOf(Sweeper, Db);
    await container.startAll();
    await clock.advance(1_000);
    expect(log).toEqual(['+Db', 'asked', '-Db']);
    expect(container.lifecycle.state).toBe('running');
    await container.stopAll();
  });

  it('that overtake a start of theirs make it fail', async () => {
    @injectable()
    class Slow extends Service {
      async onStart(): Promise<void> {
        await this.sleep('1s');
      }
    }
    const container = containerOf(Slow);
    const start = rejection(container.startAll());
    await clock.advance(1);
    await container.get(Slow).stop();
    expect((await start).message).toContain('Slow was stopped while it was being started');
    expect(clock.pending).toBe(0);
  });

  it('stop one that waits to be restarted: it is not restarted any more', async () => {
    @Supervised({ backoff: { initial: '10s', jitter: 0 } })
    class Lost extends Db {}
    const container = containerOf(Lost);
    await container.startAll();
    const lost = container.get(Lost);
    lost.crash(new Error('lost'));
    await quiescence();
    expect(lost.state).toBe('restarting');
    await lost.stop();
    expect([lost.state, clock.pending]).toEqual(['stopped', 0]);
    await container.startAll();
    expect(log).toEqual(['+Lost', '-Lost', '+Lost']);
    await container.stopAll();
  });

  it('know the container whichever of several it is', async () => {
    const [one, other] = [containerOf(Db), containerOf(Db)];
    const [first, second] = [one.get(Db), other.get(Db)];
    await second.start();
    expect([lifecycle(first), lifecycle(second)]).toEqual([one.lifecycle, other.lifecycle]);
    expect([one.lifecycle.state, other.lifecycle.state]).toEqual(['idle', 'running']);
    await other.stopAll();
  });

  it('give the container a Worker too', async () => {
    const before = process.exitCode;
    const container = containerOf(Api, Db);
    const options = { logger: silent, daemon: false, exitTimeout: Number.POSITIVE_INFINITY };
    expect(await Worker.run(container.get(Api), options)).toBe(0);
    process.exitCode = before;
    expect(log).toEqual(['+Db', '+Api', '-Api', '-Db']);
  });

  it("refuse options for a lifecycle that is the container's", () => {
    const container = containerOf(Db);
    expect(() => lifecycle(container.get(Db), {})).toThrow('it has a lifecycle, that of its container');
    expect(() => lifecycle(container, {})).toThrow('lifecycle(container) takes no options');
  });
});

describe('a service that was started on its own', () => {
  @injectable()
  class User {
    constructor(@inject('db') readonly db: Plain) {}
    onStart(): void {
      log.push(`db is ${this.db.state}`);
    }
  }

  function boundAfter(db: Plain): ServiceContainer {
    const container = containerOf(User);
    container.bind('db').toConstantValue(db);
    return container;
  }

  it('stays its own while it runs: the container uses it, and does not stop it', async () => {
    const db = new Plain();
    lifecycle(db, { clock, logger: silent });
    await db.start();
    const container = boundAfter(db);
    await container.startAll();
    expect(log).toEqual(['db is running']);
    await container.stopAll();
    expect(db.state).toBe('running');
    await db.stop();
  });

  it("is the container's once it has stopped", async () => {
    const db = new Plain();
    lifecycle(db, { clock, logger: silent });
    await db.start();
    await lifecycle(db).stopAll();
    await db.start();
    await db.stop();
    const container = boundAfter(db);
    await container.startAll();
    expect([log, lifecycle(db) === container.lifecycle]).toEqual([['db is running'], true]);
    await container.stopAll();
    expect(db.state).toBe('stopped');
  });
});

describe('a function as a constant', () => {
  it('is a service with its name, that is there while the application runs', async () => {
    const container = containerOf(Db);
    container.bind(Symbol('anything')).toConstantValue(
      fromFunction('job', async ({ signal, sleep }) => {
        log.push('job begins');
        while (!signal.aborted) await sleep('1h');
        log.push('job ends');
      }),
    );
    await container.startAll();
    expect(container.lifecycle.get('job')).toMatchObject({ state: 'running', tasks: [{ name: 'job.run' }] });
    expect(container.graph().nodes.map(({ label }) => label)).toEqual(['Db', 'job']);
    await container.stopAll();
    expect(log).toContain('job ends');
  });

  it('is what a Worker completes', async () => {
    const before = process.exitCode;
    const container = containerOf(Db);
    container.bind('job').toConstantValue(fromFunction('job', async () => void log.push('ran')));
    const options = { logger: silent, exitTimeout: Number.POSITIVE_INFINITY };
    expect(await new Worker(container, options).runUntilComplete('job')).toBe(0);
    process.exitCode = before;
    expect(log).toEqual(['ran']);
  });
});
