import {
  Container,
  decorate,
  inject,
  injectable,
  injectFromBase,
  LazyServiceIdentifier,
  multiInject,
  named,
  optional,
  type ServiceIdentifier,
  tagged,
  unmanaged,
} from 'inversify';
import { describe, expect, it } from 'vitest';
import { problemText } from '../../container/binding-graph.ts';
import { contextOf, edgesOf, graphOf, nodeOf, ownBindings, singletons } from '../support/plugin-context.ts';

@injectable()
class Db {}

@injectable()
class Cache {
  constructor(readonly db: Db) {}
}

@injectable()
class Web {
  constructor(
    readonly cache: Cache,
    readonly db: Db,
  ) {}
}

function bound(...classes: ServiceIdentifier<object>[]): Container {
  const container = singletons();
  for (const Class of classes) container.bind(Class).toSelf();
  return container;
}

function problemsOf(container: Container): string[] {
  return graphOf(container).problems.map(problemText);
}

describe('edges', () => {
  it('are constructor arguments, without making anything', () => {
    let made = 0;
    @injectable()
    class Counted {
      constructor(readonly db: Db) {
        made++;
      }
    }
    const container = bound(Web, Cache, Db, Counted);
    expect(edgesOf(graphOf(container))).toEqual([
      'Cache -> Db constructor[0]',
      'Counted -> Db constructor[0]',
      'Web -> Cache constructor[0]',
      'Web -> Db constructor[1]',
    ]);
    expect(made).toBe(0);
  });

  it('are properties, inherited ones too if Inversify injects them', () => {
    @injectable()
    class Base {
      @inject(Db) readonly db!: Db;
    }
    @injectable()
    @injectFromBase()
    class Sub extends Base {
      @inject(Cache) @optional() readonly cache!: Cache;
    }
    const graph = graphOf(bound(Sub, Cache, Db));
    expect(edgesOf(graph)).toEqual(['Cache -> Db constructor[0]', 'Sub -> Cache .cache', 'Sub -> Db .db']);
    const { dependencies } = nodeOf(graph, 'Sub');
    expect(dependencies.get(nodeOf(graph, 'Cache').id)).toEqual({ via: ['.cache'], optional: true, multiple: false });
  });

  it('are arguments of resolved values, and none of constants, dynamic values and factories', () => {
    const container = bound(Db);
    container.bind('url').toConstantValue('redis://');
    container.bind('pool').toResolvedValue((db: Db) => ({ db }), [Db]);
    container.bind('late').toDynamicValue((context) => context.get(Db));
    container.bind<() => Db>('make').toFactory(() => () => new Db());
    expect(edgesOf(graphOf(container))).toEqual(['pool -> Db argument[0]']);
    expect(graphOf(container).nodes.size).toBe(5);
  });

  it('lead through aliases to what these stand for', () => {
    @injectable()
    class Reader {
      constructor(@inject('store') readonly store: object) {}
    }
    const container = bound(Db, Reader);
    container.bind('store').toService('database');
    container.bind('database').toService(Db);
    expect(edgesOf(graphOf(container))).toEqual(['Reader -> Db constructor[0]']);
  });

  it('are one for each binding of a multi-injection, and none for what is not bound', () => {
    @injectable()
    class All {
      constructor(
        @multiInject('plugin') readonly plugins: object[],
        @multiInject('nothing') readonly nothing: object[],
      ) {}
    }
    const container = bound(All);
    container.bind('plugin').to(Db);
    container.bind('plugin').to(Cache);
    container.bind(Db).toSelf();
    const graph = graphOf(container);
    const [first] = nodeOf(graph, 'All').dependencies.values();
    expect(nodeOf(graph, 'All').dependencies.size).toBe(2);
    expect(first).toEqual({ via: ['constructor[0]'], optional: false, multiple: true });
  });

  it('keep every place of one dependency', () => {
    @injectable()
    class Twice {
      @inject(Db) @optional() readonly again!: Db;
      constructor(@inject(Db) readonly db: Db) {}
    }
    const graph = graphOf(bound(Twice, Db));
    const [dependency] = nodeOf(graph, 'Twice').dependencies.values();
    expect(dependency).toEqual({ via: ['constructor[0]', '.again'], optional: false, multiple: false });
  });

  it('go to the binding of that name or tag', () => {
    @injectable()
    class Named {
      constructor(
        @inject('store') @named('main') readonly main: object,
        @inject('store') @tagged('tier', 2) readonly cold: object,
        @inject('absent') @optional() readonly absent: object | undefined,
        @unmanaged() readonly own = 1,
      ) {}
    }
    const container = bound(Named);
    container.bind('store').toConstantValue(1).whenNamed('main');
    container.bind('store').toConstantValue(2).whenTagged('tier', 2);
    container.bind('store').toConstantValue(3).whenDefault();
    const graph = graphOf(container);
    const values = [...nodeOf(graph, 'Named').dependencies.keys()].map((id) => graph.nodes.get(id)?.binding);
    expect(values.map((binding) => binding?.type === 'ConstantValue' && binding.value)).toEqual([1, 2]);
  });

  it('follow lazy identifiers', () => {
    @injectable()
    class Early {
      constructor(@inject(new LazyServiceIdentifier(() => Db)) readonly db: object) {}
    }
    expect(edgesOf(graphOf(bound(Early, Db)))).toEqual(['Early -> Db constructor[0]']);
  });

  it('are declared where the container cannot see them', () => {
    const container = bound(Db);
    container.bind('late').toDynamicValue((context) => context.get(Db));
    const graph = graphOf(container, {
      extraDependencies: ({ type }) => (type === 'DynamicValue' ? [{ identifier: Db, via: '@DependsOn' }] : []),
    });
    expect(edgesOf(graph)).toEqual(['late -> Db @DependsOn']);
  });

  it('exist for classes the container binds by itself', () => {
    const container = singletons({ autobind: true });
    container.bind('web').to(Web);
    expect(edgesOf(graphOf(container))).toHaveLength(3);
  });

  it('differ by who asks', () => {
    @injectable()
    class Left {
      constructor(@inject('level') readonly level: string) {}
    }
    @injectable()
    class Right {
      constructor(@inject('level') readonly level: string) {}
    }
    const container = bound(Left, Right);
    container.bind('level').toConstantValue('left').whenParentIs(Left);
    container.bind('level').toConstantValue('right').whenParentIs(Right);
    const graph = graphOf(container);
    expect(graph.problems).toEqual([]);
    for (const label of ['Left', 'Right']) {
      const [id = 0] = nodeOf(graph, label).dependencies.keys();
      expect(graph.nodes.get(id)?.binding).toMatchObject({ value: label.toLowerCase() });
      expect(nodeOf(graph, label).contextual).toBe(false);
    }
  });

  it('are those under every ancestor, and the node says so', () => {
    const container = singletons();
    decorate(inject('level'), Leaf, 0);
    decorate(injectable(), Leaf);
    @injectable()
    class Quiet {
      constructor(readonly leaf: Leaf) {}
    }
    @injectable()
    class Loud {
      constructor(readonly leaf: Leaf) {}
    }
    for (const Class of [Quiet, Loud]) container.bind(Class).toSelf();
    container.bind(Leaf).toSelf();
    container.bind('level').toConstantValue('debug').whenAnyAncestorIs(Loud);
    container.bind('level').toConstantValue('info').whenNoAncestorIs(Loud);
    const graph = graphOf(container);
    expect(nodeOf(graph, 'Leaf').dependencies.size).toBe(2);
    expect(nodeOf(graph, 'Leaf').contextual).toBe(true);
    expect(graph.problems).toEqual([]);
  });
});

class Leaf {
  constructor(readonly level: string) {}
}

describe('nodes', () => {
  it('say whether a plain request gives them', () => {
    const container = bound(Db);
    container.bind('one').to(Cache);
    container.bind('two').to(Web);
    container.bind('two').toConstantValue(2).whenNamed('n');
    container.bind('three').toConstantValue(3);
    container.bind('three').toConstantValue(3);
    const plain = [...graphOf(container).nodes.values()].map((node) => `${node.label} ${node.plain}`);
    expect(plain.sort()).toEqual(['Cache true', 'Db true', 'Web true', 'three false', 'three false', 'two false']);
  });

  it('of a parent are foreign', () => {
    const parent = bound(Db, Cache);
    const child = singletons({ parent });
    child.bind(Web).toSelf();
    child.bind(Db).toSelf();
    const graph = graphOf(child);
    expect(nodeOf(graph, 'Cache').foreign).toBe(true);
    expect(nodeOf(graph, 'Db').foreign).toBe(false);
    const cut = graphOf(child, { stopAt: (_, foreign) => foreign });
    expect(edgesOf(cut)).toEqual(['Web -> Cache constructor[0]', 'Web -> Db constructor[1]']);
  });

  it('are those the roots lead to', () => {
    const container = bound(Db, Cache, Web);
    const context = contextOf(container);
    expect(ownBindings(context)).toHaveLength(3);
    expect(graphOf(container).nodes.size).toBe(3);
  });

  it('are unreachable if they answer only to somebody nobody is', () => {
    const container = bound(Db);
    container.bind('odd').toConstantValue(1).whenParentIs(Web);
    container.bind('named').toConstantValue(1).whenNamed('n');
    const graph = graphOf(container);
    expect(graph.unreachable.map(({ serviceIdentifier }) => serviceIdentifier)).toEqual(['odd']);
    expect([...graph.nodes.values()].map(({ label }) => label).sort()).toEqual(['Db', 'named']);
  });
});

describe('problems', () => {
  it('are what is missing, all of it', () => {
    @injectable()
    class Needy {
      constructor(
        @inject('nope') readonly nope: object,
        @inject('store') @named('main') readonly main: object,
      ) {}
    }
    expect(problemsOf(bound(Needy, Web, Cache))).toEqual([
      'nothing is bound to nope, needed by Needy (constructor[0])',
      'nothing is bound to store named main, needed by Needy (constructor[1])',
      'nothing is bound to Db, needed by Web (constructor[1])',
      'nothing is bound to Db, needed by Cache (constructor[0])',
    ]);
  });

  it('are what is ambiguous', () => {
    const container = bound(Cache, Db, Db);
    expect(problemsOf(container)).toEqual(['2 bindings of Db match, needed by Cache (constructor[0])']);
  });

  it('are aliases that lead back', () => {
    @injectable()
    class Lost {
      constructor(@inject('a') readonly a: object) {}
    }
    const container = bound(Lost);
    container.bind('a').toService('b');
    container.bind('b').toService('a');
    expect(problemsOf(container)).toEqual([
      'the toService() redirections of b form a cycle, needed by a',
      'the toService() redirections of a form a cycle, needed by b',
      'the toService() redirections of b form a cycle, needed by Lost (constructor[0])',
    ]);
  });

  it('are not what an alias alone cannot find', () => {
    const container = bound(Db);
    container.bind('alias').toService('nothing');
    container.bind('alias').toService(Db);
    expect(problemsOf(container)).toEqual([]);
  });

  it('are lazy identifiers and predicates that throw', () => {
    @injectable()
    class Early {
      constructor(
        @inject(
          new LazyServiceIdentifier((): string => {
            throw new Error('too early');
          }),
        )
        readonly db: object,
      ) {}
    }
    @injectable()
    class Odd {
      constructor(@inject('odd') readonly odd: object) {}
    }
    const container = bound(Odd);
    container
      .bind('odd')
      .toConstantValue(1)
      .when(() => {
        throw new Error('bad predicate');
      });
    container.bind(Early).toSelf();
    expect(problemsOf(container)).toEqual(['Early: too early', 'Odd (constructor[0]): bad predicate']);
  });

  it('are under the ancestors that have them', () => {
    @injectable()
    class Left {
      constructor(@inject('level') readonly level: string) {}
    }
    const container = bound(Left);
    container.bind('level').toConstantValue(1).whenParentIs(Web);
    expect(problemsOf(container)).toEqual(['nothing is bound to level, needed by Left (constructor[0])']);
  });

  it('do not grow with the paths that lead to them', () => {
    const container = singletons();
    container.bind('bottom').toConstantValue(0).whenAnyAncestorIs('nobody');
    container.bind('L0').toResolvedValue((x) => x, ['bottom']);
    for (let layer = 1; layer < 25; layer++) {
      const below = `L${layer - 1}`;
      container.bind(`A${layer}`).toResolvedValue((x) => x, [below]);
      container.bind(`B${layer}`).toResolvedValue((x) => x, [below]);
      container.bind(`L${layer}`).toResolvedValue((a, b) => [a, b], [`A${layer}`, `B${layer}`]);
    }
    expect(problemsOf(container)).toEqual(['nothing is bound to bottom, needed by L0 (argument[0])']);
  });
});

it('walks chains of any depth, in any order', () => {
  const container = singletons();
  const depth = 20_000;
  for (let at = depth; at > 0; at--) container.bind(`k${at}`).toResolvedValue((x) => x, [`k${at - 1}`]);
  container.bind('k0').toConstantValue(0);
  const graph = graphOf(container);
  expect(graph.nodes.size).toBe(depth + 1);
  expect(graph.problems).toEqual([]);
});
