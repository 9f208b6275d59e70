import { injectable, type ServiceIdentifier } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { OptionError, ServiceContainer, type ServiceContext, Supervised } from '../../container/index.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';

const log: string[] = [];
beforeEach(() => {
  log.length = 0;
});

class Told {
  context: ServiceContext | undefined;
  onStart(context: ServiceContext): void {
    this.context = context;
    log.push(`+${this.constructor.name}`);
  }
  onStop(): void {
    log.push(`-${this.constructor.name}`);
  }
}

@injectable()
class Db extends Told {
  readonly version: number = 1;
}

@injectable()
class Cache extends Told {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
class Api extends Told {
  constructor(readonly cache: Cache) {
    super();
  }
}

@injectable()
class Mail extends Told {}

@Supervised({ group: 'io' })
@injectable()
class Disk extends Told {}

const atOnce = { backoff: false } as const;

async function started(...more: readonly (new () => object)[]): Promise<ServiceContainer> {
  const supervision = { groups: { io: atOnce, net: { ...atOnce, parent: 'io' } } };
  const container = new ServiceContainer({ lifecycle: { logger: silent, supervision } }).add(
    Db,
    Cache,
    Api,
    Mail,
    ...more,
  );
  await container.startAll();
  log.length = 0;
  return container;
}

function crash(container: ServiceContainer, Class: ServiceIdentifier<Told>): Promise<void> {
  container.get(Class).context?.crash(new Error('lost'));
  return quiescence();
}

describe('a supervisor made at run time', () => {
  it('decides on the services that are added, and on others no more once they are removed', async () => {
    const container = await started();
    const { lifecycle } = container;
    const supervisor = lifecycle.supervise('stores', { strategy: 'restForGraph', ...atOnce });
    expect([supervisor.name, supervisor.strategy, supervisor.parent]).toEqual(['stores', 'restForGraph', 'root']);
    supervisor.add(Cache);
    supervisor.add('Mail');
    expect(supervisor.children).toEqual(['Cache', 'Mail']);
    await crash(container, Cache);
    expect(log).toEqual(['-Api', '-Cache', '+Cache', '+Api']);
    supervisor.remove(Mail);
    expect(lifecycle.supervisor('root').children).toEqual(['Db', 'Api', 'Mail', 'io', 'stores']);
    const done = lifecycle.done.catch((error: Error) => error.message);
    await crash(container, Mail);
    expect(await done).toBe('Mail crashed: lost');
  });

  it('may be below another one', async () => {
    const container = await started();
    const { lifecycle } = container;
    const above = lifecycle.supervise('above', { strategy: 'oneForAll', ...atOnce });
    const below = lifecycle.supervise('below', { strategy: 'escalate' });
    above.add(below);
    below.add(Cache);
    above.add(Mail);
    expect(above.children).toEqual(['Mail', 'below']);
    await crash(container, Cache);
    expect(log.toSorted()).toEqual(['+Api', '+Cache', '+Mail', '-Api', '-Cache', '-Mail']);
    above.remove(below);
    expect(below.parent).toBe('root');
    await container.stopAll();
  });

  it('is refused what makes no sense', async () => {
    const container = await started(Disk);
    const { lifecycle } = container;
    const one = lifecycle.supervise('one');
    const two = lifecycle.supervise('two');
    expect(() => one.add(one)).toThrow(/it cannot be added to itself/);
    one.add(two);
    expect(() => two.add(one)).toThrow(/two is below it/);
    expect(() => one.remove(Db)).toThrow(/supervisor one does not have Db; it has two/);
    expect(() => lifecycle.supervisor('root').remove(Db)).toThrow(OptionError);
    expect(() => one.add('Dv')).toThrow(/Did you mean Db\?/);
    expect(() => lifecycle.supervise('one')).toThrow(/there is a supervisor of that name already/);
    expect(() => lifecycle.supervise('x', { strategy: 'oneForOn' as never })).toThrow(/Did you mean oneForOne\?/);
    expect(() => lifecycle.supervise('x', { kind: 1 } as never)).toThrow(/no option 'kind'/);
    expect(() => lifecycle.supervise('')).toThrow(OptionError);
    expect(() => lifecycle.supervisor('too')).toThrow(/Did you mean two\?/);
    expect(lifecycle.supervisor('io').children).toEqual(['Disk', 'net']);
    await container.stopAll();
  });
});

describe('an object in the place of another one', () => {
  class NewDb extends Told {
    readonly version = 2;
  }

  it('is what all that need it have, made anew and restarted in order', async () => {
    const container = await started();
    const [cache, mail] = [container.get(Cache), container.get(Mail)];
    const made = await container.lifecycle.supervisor('root').replace(Db, () => new NewDb());
    expect(log).toEqual(['-Api', '-Cache', '-Db', '+NewDb', '+Cache', '+Api']);
    expect(container.get(Db)).toBe(made);
    expect(container.get(Api).cache).toBe(container.get(Cache));
    expect(container.get(Cache)).not.toBe(cache);
    expect(container.get(Cache).db).toBe(made);
    expect(container.get(Mail)).toBe(mail);
    expect(container.lifecycle.get(made)).toMatchObject({ name: 'Db', state: 'running', restarts: 1 });
    await container.stopAll();
    expect(log.slice(-4).toSorted()).toEqual(['-Api', '-Cache', '-Mail', '-NewDb']);
  });

  it('changes nothing when it cannot be made', async () => {
    const container = await started();
    const root = container.lifecycle.supervisor('root');
    const refusal = (make: () => unknown): Promise<unknown> =>
      expect(root.replace(Db, make as never)).rejects.toThrow();
    await refusal(() => {
      throw new Error('no');
    });
    await expect(root.replace(Db, () => ({}))).rejects.toThrow(/expects an object with hooks or tasks/);
    await expect(root.replace(Db, () => container.get(Mail))).rejects.toThrow(
      /expects a new object, got the one of Mail/,
    );
    await expect(root.replace(Db, 42 as never)).rejects.toThrow(/expects a function/);
    await expect(container.lifecycle.supervisor('io').replace(Db, () => new NewDb())).rejects.toThrow(
      /io does not have Db/,
    );
    expect(log).toEqual([]);
    await container.stopAll();
  });

  it('that does not start is a crash', async () => {
    const container = await started();
    const done = container.lifecycle.done.catch((error: Error) => error.message);
    class Broken extends Db {
      override onStart(): void {
        throw new Error('refused');
      }
    }
    await expect(container.lifecycle.supervisor('root').replace(Db, () => new Broken())).rejects.toThrow(/refused/);
    expect(await done).toContain('Db crashed');
  });
});
