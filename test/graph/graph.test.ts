import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LifecycleError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { cycleIssue, GraphError } from '../../src/graph/graph-error.ts';
import type { GraphNode } from '../../src/graph/model.ts';
import { acyclicLinks, anyLinks, chain, edge, graphOf, isAcyclic, node, picture } from './pictures.ts';

const labels = (nodes: readonly GraphNode[]): string => nodes.map(({ label }) => label).join(' ');

describe('a graph', () => {
  const shop = picture('Api Orders Users Db Config', 'Api->Orders Api->Users Orders->Db Users->Db Db->Config');

  it('cannot be changed, not even through what it was made of', () => {
    const nodes = [node('A')];
    const graph = new Graph({ nodes, edges: [], warnings: [], errors: [] });
    nodes.push(node('B'));
    expect(labels(graph.nodes)).toBe('A');
    for (const part of [graph.nodes, graph.edges, graph.warnings, graph.errors, graph.order]) {
      expect(() => (part as unknown[]).push(node('B'))).toThrow(TypeError);
    }
  });

  it('refuses an edge to nowhere', () => {
    expect(() => picture('A', 'A->B')).toThrow('No node for the edge id_A -> id_B');
    expect(() => picture('B', 'A->B')).toThrow('No node for the edge id_A -> id_B');
  });

  it('finds a node by label and by id, the label first', () => {
    const nodes = [node('A'), node('id_A', { id: 'x' })];
    const graph = new Graph({ nodes, edges: [], warnings: [], errors: [] });
    expect(graph.node('A').id).toBe('id_A');
    expect(graph.node('x').label).toBe('id_A');
    expect(graph.node('id_A').id).toBe('x');
  });

  it('says what was probably meant by an unknown ref', () => {
    const error = thrownBy(() => shop.dependentsOf('Usres'));
    expect(error).toBeInstanceOf(LifecycleError);
    expect(error).toMatchObject({
      code: 'LIFECYCLE_UNKNOWN_REF',
      message: 'node() expects a label or an id of this graph, got Usres, which is none of them. Did you mean Users?',
      data: { ref: 'Usres', candidates: ['Api', 'Orders', 'Users', 'Db', 'Config'] },
    });
  });

  it('lists not more than ten labels, and admits to have none', () => {
    expect(thrownBy(() => chain(20).node('something else')).message).toMatch(/N8, N9, and 10 more\.$/);
    expect(thrownBy(() => picture('').node('something else')).message).toMatch(/Nothing has that name yet/);
  });

  it('knows who needs whom', () => {
    expect(labels(shop.dependenciesOf('Api'))).toBe('Orders Users');
    expect(labels(shop.dependenciesOf('Config'))).toBe('');
    expect(labels(shop.dependentsOf('id_Db'))).toBe('Orders Users');
  });

  it('knows who needs whom over others, the nearest first', () => {
    expect(labels(shop.dependenciesOf('Api', { transitive: true }))).toBe('Orders Users Db Config');
    expect(labels(shop.dependentsOf('Config', { transitive: true }))).toBe('Db Orders Users Api');
    expect(labels(picture('A B', 'A->B B->A').dependenciesOf('A', { transitive: true }))).toBe('B');
  });

  it('counts two edges of different kinds between one pair as one dependency', () => {
    const edges = [edge('A', 'B'), edge('A', 'B', { kind: 'child' })];
    const graph = new Graph({ nodes: [node('A'), node('B')], edges, warnings: [], errors: [] });
    expect(labels(graph.dependenciesOf('A'))).toBe('B');
    expect(labels(graph.order)).toBe('B A');
    expect(graph.graphology.getEdgeAttributes('id_A', 'id_B').kind).toBe('injected');
  });

  it('hands out a graphology graph, made once, whose changes do not reach it', () => {
    const graph = picture('A B', 'A->B');
    expect(graph.graphology).toBe(graph.graphology);
    expect(graph.graphology.type).toBe('directed');
    expect(graph.graphology.getNodeAttributes('id_A')).toEqual(graph.node('A'));
    expect(graph.graphology.outNeighbors('id_A')).toEqual(['id_B']);
    expect(graph.graphology.getEdgeAttributes('id_A', 'id_B')).toEqual(graph.edges[0]);
    graph.graphology.setNodeAttribute('id_A', 'label', 'Z');
    graph.graphology.dropNode('id_B');
    expect(labels(graph.order)).toBe('B A');
  });

  it('has its order worked out once', () => {
    expect(shop.order).toBe(shop.order);
  });

  it('keeps its warnings and errors', () => {
    const [warning, error] = [cycleIssue(['A', 'A']), cycleIssue(['B', 'B'])];
    const graph = new Graph({ nodes: [node('A')], edges: [], warnings: [warning], errors: [error] });
    expect(graph.toJSON()).toEqual({ nodes: [node('A')], edges: [], warnings: [warning], errors: [error] });
  });

  it('is drawn by Graphviz itself as an image', async () => {
    const svg = await picture('Api Db', 'Api->Db').toSvg();
    expect(svg).toMatch(/<svg .+<\/svg>/s);
    expect(svg).toContain('<title>id_Api&#45;&gt;id_Db</title>');
  });

  it('becomes JSON and comes back from it', () => {
    const data = JSON.parse(JSON.stringify(shop));
    expect(Object.keys(data)).toEqual(['nodes', 'edges', 'warnings', 'errors']);
    expect(new Graph(data).toJSON()).toEqual(shop.toJSON());
  });

  it('is shown as its tree', () => {
    expect(inspect(shop)).toBe(shop.toString());
    expect(`${shop}`).toContain('├─ Orders');
  });
});

describe('the order of a graph', () => {
  it('keeps the order of the nodes among equals', () => {
    expect(labels(picture('A B C').order)).toBe('A B C');
    expect(labels(picture('C B A D', 'C->D A->D B->D').order)).toBe('D C B A');
  });

  it('shows each cycle of a graph that has some', () => {
    const error = thrownBy(() => picture('A B C D', 'A->B B->A C->C D->A').order);
    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({ code: 'LIFECYCLE_GRAPH', details: [{ code: 'CYCLE' }, { nodes: ['C', 'C'] }] });
    expect(error.message).toMatch(/^The graph cannot start:\n {2}- A -> B -> A is .+\n {2}- C -> C is /);
  });

  it('puts each dependency before its dependents, and each node in once', () => {
    fc.assert(
      fc.property(acyclicLinks(), (links) => {
        const graph = graphOf(links);
        const position = new Map(graph.order.map(({ id }, index) => [id, index]));
        expect(position.size).toBe(links.length);
        for (const { from, to } of graph.edges) expect(position.get(to)).toBeLessThan(Number(position.get(from)));
      }),
    );
  });

  it('exists if and only if there is no cycle', () => {
    fc.assert(
      fc.property(anyLinks(), (links) => {
        if (isAcyclic(links)) expect(graphOf(links).order).toHaveLength(links.length);
        else expect(() => graphOf(links).order).toThrow(GraphError);
      }),
    );
  });
});

describe('GraphError', () => {
  it('reports all faults at once, each indented as one', () => {
    const missing = { code: 'MISSING', message: 'A needs B:\nbind it', nodes: ['A'] } as const;
    const error = new GraphError([missing, cycleIssue(['A', 'A'])]);
    expect(error.message).toMatch(/^The graph cannot start:\n {2}- A needs B:\n {4}bind it\n {2}- A -> A is a cycle/);
    expect(error.name).toBe('GraphError');
    expect(error.details).toEqual(error.data.details);
    expect(error.message).toMatch(/move what they share into a class of its own, or let one of them look the other up/);
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
