import { inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycle, ServiceContainer, type ServiceContext, StartError, StopError } from '../../container/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, tick, until } from '../support/recorded.ts';

/* What users of other systems ran into, each named by its thread. */

@injectable()
class Connection extends Recorded {
  open = false;
  constructor() {
    super();
  }
  override async onStart(): Promise<void> {
    await super.onStart();
    this.open = true;
  }
  override async onStop(): Promise<void> {
    this.open = false;
    await super.onStop();
  }
  query(): string {
    if (!this.open) throw new Error('db is closed');
    return 'row';
  }
}

/** Uses its connection in both its hooks. */
@injectable()
class Repository extends Recorded {
  constructor(readonly connection: Connection) {
    super();
  }
  override async onStart(): Promise<void> {
    this.connection.query();
    await super.onStart();
    this.connection.query();
  }
  override async onStop(): Promise<void> {
    this.connection.query();
    await super.onStop();
    this.connection.query();
  }
}

@injectable()
class Controller extends Recorded {
  constructor(readonly repository: Repository) {
    super();
  }
  override async onStop(): Promise<void> {
    await super.onStop();
    this.repository.connection.query();
  }
}

const quiet = { lifecycle: { logger: silent } };

beforeEach(() => {
  diary.length = 0;
});

describe('order within one module', () => {
  it.each([
    ['bound top down', [Controller, Repository, Connection]],
    ['bound bottom up', [Connection, Repository, Controller]],
    ['bound in between', [Repository, Controller, Connection]],
  ])('nestjs/nest#14773: providers are initialised by what they need, %s', async (_, classes) => {
    const container = new ServiceContainer(quiet).add(...classes);
    await container.startAll();
    before('+Connection', '>Repository');
    before('+Repository', '>Controller');
    await container.stopAll();
  });

  it('nestjs/nest#14118: and destroyed in reverse, so that a destroy hook may use what is injected', async () => {
    const container = new ServiceContainer(quiet).add(Connection, Repository, Controller);
    await container.startAll();
    await container.stopAll();
    before('-Controller', '<Repository');
    before('-Repository', '<Connection');
  });

  it('inversify/InversifyJS#1602: a parent finds its dependencies alive when it goes', async () => {
    const container = new ServiceContainer(quiet).add(Connection, Repository, Controller);
    await container.startAll();
    await container[Symbol.asyncDispose]();
    before('-Repository', '<Connection');
  });

  it('inversify/InversifyJS#1606: in a diamond whose side is longer, what is shared goes last', async () => {
    const container = new ServiceContainer(quiet);
    const bind = (name: string, ...needs: string[]): void => {
      container.bind(name).toResolvedValue((..._: unknown[]) => new Recorded(name), needs);
    };
    bind('shared');
    bind('short', 'shared');
    bind('below', 'shared');
    bind('long', 'below');
    bind('root', 'short', 'long');
    await container.startAll({ only: ['root'] });
    await container.stopAll();
    for (const user of ['short', 'below', 'long', 'root']) before(`-${user}`, '<shared');
    before('-long', '<below');
  });

  it('jeffijoe/awilix#429: nobody meets a closed database while the container is disposed', async () => {
    const container = new ServiceContainer(quiet).add(Connection);
    for (let index = 0; index < 10; index++) container.bind(`repository ${index}`).to(Repository);
    await container.startAll();
    await container[Symbol.asyncDispose]();
    expect(diary.indexOf('<Connection')).toBeGreaterThan(diary.lastIndexOf('-Repository'));
    expect(diary.filter((line) => line === '-Repository')).toHaveLength(10);
  });
});

describe('asynchronous starts', () => {
  it('inversify/InversifyJS#551: a class is injected connected, and its users stay synchronous', async () => {
    @injectable()
    class Handler {
      constructor(readonly repository: Repository) {}
      handle(): string {
        return this.repository.connection.query();
      }
    }
    const container = new ServiceContainer(quiet).add(Handler, Repository, Connection);
    expect(() => container.get(Handler).handle()).toThrow('db is closed');
    await container.startAll();
    expect(container.get(Handler).handle()).toBe('row');
    await container.stopAll();
  });

  it('uber-go/fx#1257: starts run in parallel along the graph: as long as its longest path', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } });
    const slow = (name: string, ms: number, ...needs: string[]): void => {
      const service = { onStart: ({ sleep }: ServiceContext) => sleep(ms) };
      container.bind(name).toResolvedValue((..._: unknown[]) => service, needs);
    };
    slow('config', 10);
    slow('db', 100, 'config');
    slow('redis', 150, 'config');
    slow('mail', 300);
    slow('users', 50, 'db', 'redis');
    slow('web', 20, 'users', 'mail');
    const starting = container.startAll({ only: ['web'] });
    let over = false;
    void starting.then(() => {
      over = true;
    });
    await clock.advance(319);
    expect(over).toBe(false);
    await clock.advance(1);
    await starting;
    expect(clock.now()).toBe(320);
    expect(String(await starting)).toMatch(/mail/);
    await container.stopAll();
  });
});

describe('starts that fail', () => {
  it('nestjs/nest#914: leave nothing running, and say what was done', async () => {
    @injectable()
    class Broken {
      constructor(readonly repository: Repository) {}
      onStart(): void {
        throw new Error('bad credentials');
      }
    }
    const container = new ServiceContainer(quiet).add(Controller, Broken, Repository, Connection);
    const error = await rejection(container.startAll());
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(/Broken\.onStart failed: bad credentials/);
    expect((error as StartError).data.rolledBack).toEqual(expect.arrayContaining(['Repository', 'Connection']));
    expect(lifecycle(container).services.map(({ state }) => state)).not.toContain('running');
    before('-Repository', '<Connection');
    expect(error.cause).toMatchObject({ message: 'bad credentials' });
  });

  it('uber-go/fx#1035: stop hooks run after a start that ran out of time, on a budget of their own', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } }).add(Connection, Repository);
    let stopDeadline = 0;
    @injectable()
    class Hanging {
      constructor(readonly repository: Repository) {}
      onStart(): Promise<void> {
        return new Promise(() => {});
      }
    }
    container.bind('noting').toResolvedValue(
      (_: unknown) => ({
        onStart() {},
        onStop({ deadline }: ServiceContext) {
          stopDeadline = deadline - clock.date();
        },
      }),
      [Connection],
    );
    container.add(Hanging);
    const starting = rejection(container.startAll({ only: [Hanging, 'noting'], timeout: '15s' }));
    await until('+Repository');
    await tick();
    await clock.advance(15_000);
    const error = await starting;
    expect(error).toMatchObject({ code: 'LIFECYCLE_START_TIMEOUT' });
    expect(error.message).toMatch(/Hanging\.onStart had not settled after 15 s/);
    before('-Repository', '<Connection');
    expect(stopDeadline).toBeGreaterThan(20_000);
  });
});

describe('stops that fail', () => {
  it('nestjs/nest#17039: a shutdown hook that throws skips none of the others', async () => {
    @injectable()
    class Sore extends Recorded {
      constructor(@inject(Repository) readonly repository: Repository) {
        super();
      }
      override async onStop(): Promise<void> {
        throw new Error('sore');
      }
    }
    const container = new ServiceContainer(quiet).add(Sore, Controller, Repository, Connection);
    container.bind('other').to(Sore);
    await container.startAll();
    const error = (await rejection(container.stopAll())) as StopError;
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toHaveLength(2);
    for (const name of ['Controller', 'Repository', 'Connection']) expect(diary).toContain(`-${name}`);
    expect(lifecycle(container).state).toBe('stopped');
  });
});
