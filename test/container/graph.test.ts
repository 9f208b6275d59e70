import { inject, injectable, LazyServiceIdentifier } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { Managed, ServiceContainer } from '../../container/index.ts';
import { Db, edges, everything, labels, made } from '../support/every-injection.ts';
import { silent } from '../support/hand-made.ts';

beforeEach(() => {
  made.count = 0;
});

describe('the graph of a container', () => {
  it('has an edge for every kind of injection, with the place it is written at, and nothing is made', () => {
    const graph = everything().graph();
    expect(edges(graph)).toEqual([
      'Cache -> Db constructor[0]',
      'Cache#2 -> Db constructor[0]',
      'Cache#3 -> Db constructor[0]',
      'Query -> Db constructor[0]',
      'Web -> Cache constructor[0]',
      'Web -> Cache#2 constructor[4]',
      'Web -> Cache#3 constructor[4]',
      'Web -> Db constructor[6]',
      'Web -> Query constructor[1]',
      'Web -> late constructor[7]',
      'Web -> log .log',
      'Web -> store constructor[2]',
      'Web -> store#2 constructor[3]',
      'late => setup @DependsOn',
      'log -> Db argument[0]',
      'setup => Db @DependsOn',
    ]);
    expect(graph.errors).toEqual([]);
    expect(graph.warnings).toEqual([]);
    expect(made.count).toBe(0);
  });

  it('has a node for every binding but aliases, with what makes it and for how long it is kept', () => {
    const graph = everything().graph();
    const facts = Object.fromEntries(
      graph.nodes.map(({ label, kind, origin, scope }) => [label, `${kind} ${origin} ${scope}`]),
    );
    expect(facts).toEqual({
      Web: 'service class singleton',
      Cache: 'component class singleton',
      Db: 'service class singleton',
      Query: 'component class transient',
      late: 'component class singleton',
      log: 'component resolved value singleton',
      store: 'component constant singleton',
      'store#2': 'component constant singleton',
      'Cache#2': 'component class singleton',
      'Cache#3': 'component class singleton',
      setup: 'component dynamic value singleton',
      make: 'component factory singleton',
    });
    expect(new Set(graph.nodes.map(({ id }) => id)).size).toBe(graph.nodes.length);
  });

  it('answers who needs whom, directly and through others', () => {
    const graph = everything().graph();
    expect(labels(graph.dependenciesOf('Cache'))).toEqual(['Db']);
    expect(labels(graph.dependentsOf('Cache'))).toEqual(['Web']);
    expect(labels(graph.dependenciesOf('late', { transitive: true }))).toEqual(['Db', 'setup']);
    expect(labels(graph.dependentsOf('setup', { transitive: true }))).toEqual(['Web', 'late']);
    expect(() => graph.node('Cahce')).toThrow(/Did you mean Cache/);
  });

  it('is in an order in which each comes after all it needs', () => {
    const graph = everything().graph();
    const at = new Map(graph.order.map(({ id }, index) => [id, index]));
    expect(at.size).toBe(graph.nodes.length);
    for (const { from, to } of graph.edges) expect(at.get(to)).toBeLessThan(at.get(from) ?? -1);
  });

  it('can be drawn and sent', () => {
    const graph = everything().graph();
    expect(graph.toDot()).toMatch(/^digraph.*Web.*->/s);
    expect(graph.toMermaid()).toMatch(/flowchart.*Web/s);
    expect(String(graph)).toMatch(/Web.*Cache.*Db/s);
    expect(JSON.parse(JSON.stringify(graph))).toMatchObject({ errors: [], warnings: [], nodes: expect.any(Array) });
    expect(graph.graphology.order).toBe(graph.nodes.length);
  });

  it('with a cycle is drawn all the same, and only its order throws', () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    container.bind('a').toResolvedValue((b: object) => ({ b }), ['b']);
    container.bind('b').toResolvedValue((a: object) => ({ a }), ['a']);
    const graph = container.graph();
    for (const text of [graph.toDot(), graph.toMermaid(), String(graph)]) expect(text).toContain('a');
    expect(() => graph.order).toThrow(/a -> b -> a|b -> a -> b/);
  });
});

describe('graph() never throws', () => {
  it.each<[string, (container: ServiceContainer) => void]>([
    ['nothing is bound', () => {}],
    ['a predicate throws', (container) => void container.bind('a').toConstantValue(1).when(boom)],
    ['a lazy identifier throws', (container) => void container.bind('a').to(Lazy)],
    ['a constant throws at every touch', (container) => void container.bind('a').toConstantValue(hostile)],
    ['a constant is a revoked proxy', (container) => void container.bind('a').toConstantValue(revoked())],
    ['a constant has no prototype', (container) => void container.bind('a').toConstantValue(Object.create(null))],
    ['a constant answers to every name', (container) => void container.bind('a').toConstantValue(yes)],
    ['a class says nonsense of itself', (container) => void container.add(Nonsense)],
  ])('where %s', (_, bind) => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Db);
    bind(container);
    const graph = container.graph();
    expect(labels(graph.nodes)).toContain('Db');
    expect(() => [graph.toDot(), graph.toMermaid(), String(graph), JSON.stringify(graph)]).not.toThrow();
    expect(made.count).toBe(0);
  });

  const boom = (): never => {
    throw new Error('boom');
  };
  const hostile = new Proxy({}, { get: boom, has: boom, getOwnPropertyDescriptor: boom, getPrototypeOf: boom });
  const yes = new Proxy({}, { get: () => () => yes, has: () => true });
  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
  @injectable()
  class Lazy {
    constructor(@inject(new LazyServiceIdentifier(boom)) readonly lazy: unknown) {}
  }
  @Managed({ name: Symbol('x') as unknown as string })
  @injectable()
  class Nonsense {
    onStart(): void {}
  }
});
