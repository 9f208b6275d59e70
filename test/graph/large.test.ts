import { describe, expect, it } from 'vitest';
import { longestPath } from '../../src/graph/critical-path.ts';
import { findCycles } from '../../src/graph/cycles.ts';
import { chain, ladder } from './pictures.ts';

const SIZE = 20_000;

// Linear, yet ts-graphviz takes seconds on a busy machine.
describe('a chain of 20,000 nodes', { timeout: 60_000 }, () => {
  const graph = chain(SIZE);
  const numbers = Array.from({ length: SIZE }, (_, index) => index);

  it('has an order', () => {
    expect(graph.order.slice(0, 2).map(({ label }) => label)).toEqual(['N19999', 'N19998']);
  });

  it('can be drawn by Graphviz', () => {
    expect(graph.toDot()).toContain('"id_N19998" -> "id_N19999"');
  });

  it('can be drawn by Mermaid', () => {
    expect(graph.toMermaid()).toContain('n_id_N19998 --> n_id_N19999\n');
  });

  it('is a tree that stays small', () => {
    expect(`${graph}`.length).toBeLessThan(2_000_000);
  });

  it('has no cycle, and one when it is closed', () => {
    expect(findCycles(numbers, (node) => (node + 1 < SIZE ? [node + 1] : []))).toEqual([]);
    expect(findCycles(numbers, (node) => [(node + 1) % SIZE])).toEqual([[...numbers, 0]]);
  });

  it('is its own critical path', () => {
    const { total, path } = longestPath(
      numbers,
      (node) => numbers.slice(node + 1, node + 2),
      () => 1,
    );
    expect(total).toBe(SIZE);
    expect(path[0]).toBe(SIZE - 1);
  });
});

describe('a ladder of 60 diamonds, which has 2 ** 60 ways down', () => {
  const graph = ladder(60);

  it('has an order', () => {
    expect(graph.order.slice(-2).map(({ label }) => label)).toEqual(['L0', 'R0']);
    expect(graph.dependenciesOf('L0', { transitive: true })).toHaveLength(118);
  });

  it('can be drawn, each edge once', () => {
    expect(graph.toDot().match(/->/g)).toHaveLength(236);
  });

  it('is a tree that stays small', () => {
    expect(`${graph}`.split('\n').length).toBeLessThan(400);
  });
});
