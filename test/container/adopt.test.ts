import { inject, injectable, preDestroy } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { LifecycleError, Managed, ServiceContainer, type ServiceContext } from '../../container/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { unbindAsync } from '../support/versions.ts';

const log: string[] = [];
beforeEach(() => {
  log.length = 0;
});

@injectable()
class Db {
  onStart(): void {
    log.push('+Db');
  }
  onStop(): void {
    log.push('-Db');
  }
}

/** Bound nowhere. */
@injectable()
class Session {
  readonly #number: number;
  static made = 0;
  constructor(readonly db: Db) {
    this.#number = ++Session.made;
  }
  onStart(): void {
    log.push(`+Session${this.#number}`);
  }
  onStop(): void {
    log.push(`-Session${this.#number}`);
  }
  @preDestroy()
  async destroyed(): Promise<void> {
    log.push(`destroyed Session${this.#number}`);
  }
}

@Managed({ name: 'Hub' })
@injectable()
class Hub {
  context: ServiceContext | undefined;
  onStart(context: ServiceContext): void {
    this.context = context;
  }
  onStop(): void {
    log.push('-Hub');
  }
}

/** Needs the hub, so it cannot live within it. */
@injectable()
class Guest {
  constructor(readonly hub: Hub) {}
  onStart(): void {}
}

function containerOf(...classes: readonly (new (...args: never[]) => unknown)[]): ServiceContainer {
  const container = new ServiceContainer({ lifecycle: { logger: silent } });
  for (const Class of classes) container.bind(Class as new () => unknown).toSelf();
  return container;
}

async function hubOf(container: ServiceContainer): Promise<ServiceContext> {
  await container.startAll({ only: [Hub] });
  return container.get(Hub).context as ServiceContext;
}

describe('adopting a class', () => {
  it('that is bound nowhere makes one for each call, after what it needs, and unbinds it afterwards', async () => {
    Session.made = 0;
    const container = containerOf(Db, Hub);
    const { adopt, release } = await hubOf(container);
    const [one, two] = [await adopt(Session), await adopt(Session)];
    expect(one).toBeInstanceOf(Session);
    expect(two).not.toBe(one);
    expect(one.db).toBe(container.get(Db));
    expect(log).toEqual(['+Db', '+Session1', '+Session2']);
    const { nodes, edges } = container.graph().toJSON();
    expect(nodes.map(({ label, state }) => [label, state])).toEqual([
      ['Db', 'running'],
      ['Hub', 'running'],
      ['Session', 'running'],
      ['Session#2', 'running'],
    ]);
    expect(edges.filter(({ kind }) => kind === 'child')).toMatchObject([{ via: ['adopt()'] }, { via: ['adopt()'] }]);
    await release(one);
    expect(container.graph().toJSON().nodes).toHaveLength(3);
    await container.stopAll();
    expect(log.slice(3)).toEqual(['-Session1', 'destroyed Session1', '-Session2', 'destroyed Session2', '-Hub', '-Db']);
    expect(container.graph().toJSON().nodes).toHaveLength(2);
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Hub', 'Db']);
  });

  it('that cannot be made leaves nothing behind', async () => {
    @injectable()
    class Reader {
      constructor(@inject('tape') readonly tape: unknown) {}
      onStart(): void {}
    }
    const container = containerOf(Hub);
    const { adopt } = await hubOf(container);
    await expect(adopt(Reader)).rejects.toMatchObject({ code: 'LIFECYCLE_GRAPH' });
    expect(container.graph().errors).toEqual([]);
    await container.startAll();
    container.bind('tape').toConstantValue('a tape');
    expect(await adopt(Reader)).toMatchObject({ tape: 'a tape' });
    await container.stopAll();
    expect(
      container
        .graph()
        .toJSON()
        .nodes.map(({ label }) => label),
    ).toEqual(['Hub', 'tape']);
  });

  it('for which a parent container fails to start leaves nothing behind', async () => {
    const parent = new ServiceContainer({ lifecycle: { logger: silent } });
    parent.bind(Db).toDynamicValue(() => {
      throw new Error('no disk');
    });
    const container = new ServiceContainer({ parent, lifecycle: { logger: silent } }).add(Hub);
    const { adopt } = await hubOf(container);
    await expect(adopt(Session)).rejects.toThrow(/no disk/);
    expect(
      container
        .graph()
        .toJSON()
        .nodes.map(({ label }) => label),
    ).toEqual(['Hub']);
    await container.stopAll();
  });

  it('several times at once, while a parent container starts what it needs, makes as many', async () => {
    const parent = containerOf(Db);
    const container = new ServiceContainer({ parent, lifecycle: { logger: silent } }).add(Hub);
    const { adopt } = await hubOf(container);
    const [one, two] = await Promise.all([adopt(Session), adopt(Session)]);
    expect(two).not.toBe(one);
    await container.stopAll();
    await parent.stopAll();
  });

  it('is nothing that a start of everything starts', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { clock, logger: silent } }).add(Hub);
    @injectable()
    class Reader {
      async onStart({ sleep }: ServiceContext): Promise<void> {
        await sleep('1s');
        throw new Error('no tape');
      }
    }
    const { adopt } = await hubOf(container);
    const adopted = adopt(Reader).catch((error: Error) => error);
    await container.startAll();
    await clock.advance('1s');
    expect(String(await adopted)).toContain('no tape');
    expect(container.lifecycle.state).toBe('running');
    await container.stopAll();
  });

  it('that is bound and down has the bound one live there', async () => {
    const container = containerOf(Db, Hub, Session);
    const { adopt } = await hubOf(container);
    const session = await adopt(Session);
    expect(session).toBe(container.get(Session));
    expect(container.lifecycle.get(Session)).toMatchObject({ state: 'running', parent: 'Hub' });
    await container.startAll();
    await container.stopAll();
    await container.startAll();
    expect(container.lifecycle.get(Session)).toMatchObject({ state: 'running', parent: undefined });
    await expect(container.get(Hub).context?.adopt(Session)).rejects.toThrow(/a service of the application already/);
    await container.stopAll();
  });

  it('that is bound and waits for what it needs does not start once it is unbound', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { clock, logger: silent } }).add(Db, Hub, Session);
    container.get(Db).onStart = () => new Promise<void>((resolve) => void clock.timer(5_000, resolve)) as never;
    const { adopt } = await hubOf(container);
    const adopted = adopt(Session).catch((error: Error) => error.message);
    await clock.advance('1s');
    await unbindAsync(container, Session);
    expect(await adopted).toBe('Session was unbound while it was being started');
    await clock.advance('5s');
    expect(log).toEqual([]);
    expect(container.lifecycle.services.map(({ name, state }) => [name, state])).toEqual([
      ['Hub', 'running'],
      ['Db', 'running'],
    ]);
    await container.stopAll();
  });

  it('draws an object that is bound nowhere', async () => {
    const container = containerOf(Hub);
    const { adopt } = await hubOf(container);
    await adopt({ onStart() {} });
    const { nodes } = container.graph().toJSON();
    expect(nodes.at(-1)).toMatchObject({ label: 'Object', origin: 'adopted', state: 'running' });
    expect(container.graph().toDot()).toContain('odiamond');
    await container.stopAll();
  });

  it('leaves its label to an object, and what is bound later takes another one', async () => {
    class Conn {
      onStart(): void {}
    }
    const container = containerOf(Hub);
    const { adopt } = await hubOf(container);
    await adopt(new Conn());
    await adopt(new Conn());
    container.bind(Conn).toSelf().inSingletonScope();
    await container.startAll();
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Hub', 'Conn', 'Conn#2', 'Conn#3']);
    expect(container.lifecycle.get(Conn).name).toBe('Conn#3');
    expect(
      container
        .graph()
        .toJSON()
        .nodes.map(({ label }) => label),
    ).toEqual(['Hub', 'Conn#3', 'Conn', 'Conn#2']);
    await container.stopAll();
  });
});

describe('the guard', () => {
  it('knows children, and objects in the place of others', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent, guard: true } }).add(Hub);
    class Conn {
      onStart(): void {}
      ping(): string {
        return 'pong';
      }
    }
    await container.startAll();
    const conn = new Conn();
    expect(conn.ping()).toBe('pong');
    await container.get(Hub).context?.adopt(conn);
    expect(conn.ping()).toBe('pong');
    class NewHub extends Hub {
      name(): string {
        return 'new';
      }
    }
    const hub = await container.lifecycle.supervisor('root').replace(Hub, () => new NewHub());
    expect(hub.name()).toBe('new');
    await container.stopAll();
    expect(() => hub.name()).toThrow(/Hub\.name while Hub is stopped/);
  });
});

describe('adopting what cannot live there', () => {
  const refusals: [string, (context: ServiceContext) => Promise<unknown>, RegExp][] = [
    ['what needs its parent', ({ adopt }) => adopt(Guest), /Hub cannot adopt Guest: it needs Hub/],
    ['itself', ({ adopt }) => adopt(Hub), /Hub cannot adopt Hub: that is itself/],
    ['an object without hooks', ({ adopt }) => adopt({}), /has no hooks and no tasks.*use\(it\)/],
    ['what has no name there', ({ adopt }) => adopt('sesion'), /^adopt\(\) expects an identifier.*got sesion/],
    ['a number', ({ adopt }) => adopt(42 as never), /adopt\(\) expects a service/],
  ];
  it.each(refusals)('%s is refused, and leaves nothing behind', async (_, act, message) => {
    const container = containerOf(Db, Hub);
    const context = await hubOf(container);
    const before = container.graph().toJSON().nodes.length;
    await expect(act(context)).rejects.toThrow(message);
    await expect(act(context)).rejects.toBeInstanceOf(LifecycleError);
    expect(container.graph().toJSON().nodes).toHaveLength(before);
    expect(container.lifecycle.services.filter(({ state }) => state === 'running')).toHaveLength(1);
    await container.stopAll();
    await expect(context.adopt(Session)).rejects.toMatchObject({ code: 'LIFECYCLE_LIFE_OVER' });
  });
});
