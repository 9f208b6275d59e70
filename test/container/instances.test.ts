import { type Container, inject, injectable, named } from 'inversify';
import { describe, expect, it } from 'vitest';
import { hasThen, Instances } from '../../container/instances.ts';
import type { TargetBindingLike } from '../../container/inversify.ts';
import { contextOf, graphOf, singletons } from '../support/plugin-context.ts';

@injectable()
class Db {}

function instancesOf(container: Container): Instances {
  return new Instances(container, contextOf(container));
}

/** The instance of every node of the container, in bind order. */
async function all(container: Container): Promise<unknown[]> {
  const instances = instancesOf(container);
  const nodes = [...graphOf(container).nodes.values()].sort((a, b) => a.id - b.id);
  const made: unknown[] = [];
  for (const { binding, plain } of nodes) made.push(await instances.get(binding, plain));
  return made;
}

function onlyBinding(container: Container): TargetBindingLike {
  const [node] = graphOf(container).nodes.values();
  if (node === undefined) throw new Error('nothing is bound');
  return node.binding;
}

describe('the instance of a binding', () => {
  it('is what the container gives, and synchronously once it is there', async () => {
    const container = singletons();
    container.bind(Db).toSelf();
    const instances = instancesOf(container);
    const binding = onlyBinding(container);
    const db = await instances.get(binding, true);
    expect(db).toBe(container.get(Db));
    expect(instances.get(binding, true)).toBe(db);
  });

  it('is its own where several bindings share an identifier', async () => {
    const container = singletons();
    container.bind('db').to(Db).whenDefault();
    container.bind('db').to(Db).whenDefault();
    container.bind('db').toConstantValue('named').whenNamed('n');
    container.bind('db').toConstantValue('tagged').whenTagged('t', 1);
    container.bind('db').toConstantValue('constrained').whenParentIs('nobody');
    const [first, second, ...others] = await all(container);
    expect(first).toBeInstanceOf(Db);
    expect(second).toBeInstanceOf(Db);
    expect(first).not.toBe(second);
    expect(others).toEqual(['named', 'tagged']);
    expect(container.get('db', { name: 'n' })).toBe('named');
    expect(container.getAll('db')).toEqual([first, second]);
  });

  it('is found by a parent-constrained dependency as before', async () => {
    @injectable()
    class Server {
      constructor(@inject('port') readonly port: number) {}
    }
    const container = singletons();
    container.bind('server').to(Server).whenNamed('a');
    container.bind('server').to(Server).whenNamed('b');
    container.bind('port').toConstantValue(80).whenParentIs('server');
    const [a, b] = await all(container);
    expect(a).toMatchObject({ port: 80 });
    expect(b).toBe(container.get('server', { name: 'b' }));
  });

  it('is still its own when siblings are bound and unbound later', async () => {
    const container = singletons();
    container.bind('db').toConstantValue(1);
    container.bind('db').toConstantValue(2);
    expect(await all(container)).toEqual([1, 2]);
    container.bind('db').toConstantValue(3);
    container.bind('db').toConstantValue(4);
    expect(await all(container)).toEqual([1, 2, 3, 4]);
    expect(container.getAll('db')).toEqual([1, 2, 3, 4]);
  });

  it('survives snapshot and restore', async () => {
    const container = singletons();
    container.bind('db').to(Db);
    container.bind('db').to(Db);
    container.snapshot();
    const before = await all(container);
    container.restore();
    const after = await all(container);
    expect(new Set([...before, ...after]).size).toBe(4);
    expect(await all(container)).toEqual(after);
  });

  it('is what activation made of it', async () => {
    const container = singletons();
    container
      .bind<{ on: boolean }>('config')
      .toConstantValue({ on: false })
      .onActivation(() => ({ on: true }));
    expect(await instancesOf(container).get(onlyBinding(container), true)).toEqual({ on: true });
  });

  it('is a constant with a `then` itself, which is not called', () => {
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      then: () => {
        throw new Error('the query ran');
      },
    };
    const container = singletons();
    container.bind('query').toConstantValue(query);
    expect(instancesOf(container).get(onlyBinding(container), true)).toBe(query);
  });
});

describe('a failure', () => {
  it('is a rejection where the constructor throws', async () => {
    @injectable()
    class Bad {
      constructor() {
        throw new Error('no disk');
      }
    }
    const container = singletons();
    container.bind(Bad).toSelf();
    await expect(instancesOf(container).get(onlyBinding(container), true)).rejects.toThrow('no disk');
  });

  it('is not kept: the next call makes the instance anew', async () => {
    let calls = 0;
    const container = singletons();
    container.bind('db').toDynamicValue(async () => {
      if (++calls === 1) throw new Error('db down');
      return 'up';
    });
    const instances = instancesOf(container);
    const binding = onlyBinding(container);
    await expect(instances.get(binding, true)).rejects.toThrow('db down');
    expect(await instances.get(binding, true)).toBe('up');
    expect(container.get('db')).toBe('up');
  });

  it('is not kept when it comes long after, to nobody or to all who waited', async () => {
    let fail = (_error: Error): void => {};
    let calls = 0;
    const container = singletons();
    container.bind('db').toDynamicValue(() => {
      if (++calls > 1) return Promise.resolve('up');
      return new Promise((_, reject) => {
        fail = reject;
      });
    });
    const instances = instancesOf(container);
    const binding = onlyBinding(container);
    const [early, other] = [instances.get(binding, true), container.getAsync('db')];
    const outcomes = Promise.allSettled([early, other]);
    fail(new Error('late'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await instances.get(binding, true)).toBe('up');
  });

  it('leaves alone what is made meanwhile', async () => {
    const container = singletons();
    container.bind('db').toDynamicValue(async () => Promise.reject(new Error('down')));
    const binding = onlyBinding(container);
    const pending = instancesOf(container).get(binding, true);
    binding.cache = { isRight: true, value: 'from elsewhere' };
    await expect(pending).rejects.toThrow('down');
    expect(binding.cache.value).toBe('from elsewhere');
  });
});

describe('hasThen', () => {
  it('knows the classes whose instances promises swallow', () => {
    class Query {
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      then(): void {}
    }
    class Sub extends Query {}
    expect([Query, Sub, Db].map(hasThen)).toEqual([true, true, false]);
  });
});

it('serves a named injection after the private names are given', async () => {
  @injectable()
  class User {
    constructor(@inject('db') @named('n') readonly db: string) {}
  }
  const container = singletons();
  container.bind('db').toConstantValue('plain').whenDefault();
  container.bind('db').toConstantValue('named').whenNamed('n');
  container.bind(User).toSelf();
  await all(container);
  expect(container.get(User).db).toBe('named');
  expect(container.get('db')).toBe('plain');
});
