import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles } from '../../src/graph/cycles.ts';
import { anyLinks, isAcyclic, type Links } from './pictures.ts';

const cyclesOf = (links: Links): number[][] => findCycles(links.keys(), (node) => links[node] ?? []);

describe('findCycles', () => {
  it('finds nothing where there is nothing to find', () => {
    expect(cyclesOf([])).toEqual([]);
    expect(cyclesOf([[1, 2], [2], []])).toEqual([]);
  });

  it('finds a node that depends on itself', () => {
    expect(cyclesOf([[1], [1]])).toEqual([[1, 1]]);
  });

  it('follows the arrows, and begins and ends with the same node', () => {
    expect(cyclesOf([[1], [2], [0]])).toEqual([[0, 1, 2, 0]]);
  });

  it('finds one cycle for each component', () => {
    expect(cyclesOf([[1], [0], [0, 3], [4], [2]])).toEqual([
      [0, 1, 0],
      [2, 3, 4, 2],
    ]);
  });

  it('takes the shortest cycle of a component', () => {
    expect(cyclesOf([[1], [2], [3], [4], [0, 3]])).toEqual([[3, 4, 3]]);
  });

  it('looks through the first 64 of a large component, and no further', () => {
    // A ring, and somewhere on it a node that needs itself.
    const ring = (size: number, selfish: number): number[][] =>
      Array.from({ length: size }, (_, node) => [(node + 1) % size, ...(node === selfish ? [node] : [])]);
    expect(cyclesOf(ring(70, 63))).toEqual([[63, 63]]);
    expect(cyclesOf(ring(70, 64))).toEqual([[...Array(70).keys(), 0]]);
  });

  it('sees nodes that only a dependency mentions', () => {
    const links = [[1], [2], [1]];
    expect(findCycles([0], (node) => links[node] ?? [])).toEqual([[1, 2, 1]]);
  });

  it('asks for the dependencies of a node once', () => {
    const asked: number[] = [];
    findCycles([0, 1], (node) => {
      asked.push(node);
      return [1 - node];
    });
    expect(asked.toSorted()).toEqual([0, 1]);
  });

  it('finds cycles if and only if there are some, and each is one', () => {
    fc.assert(
      fc.property(anyLinks(), (links) => {
        const cycles = cyclesOf(links);
        expect(cycles.length === 0).toBe(isAcyclic(links));
        for (const cycle of cycles) {
          expect(cycle[0]).toBe(cycle.at(-1));
          expect(new Set(cycle).size).toBe(cycle.length - 1);
          cycle.slice(1).forEach((to, index) => {
            expect(links[cycle[index] ?? -1]).toContain(to);
          });
        }
      }),
    );
  });

  it('finds a cycle in each component that has one, and none shorter exists in it', () => {
    fc.assert(
      fc.property(anyLinks(7), (links) => {
        const distance = distances(links);
        const found = new Map(cyclesOf(links).flatMap((cycle) => cycle.map((node) => [node, cycle.length - 1])));
        for (const node of links.keys()) {
          const mates = [...links.keys()].filter((mate) => distance(node, mate) + distance(mate, node) < Infinity);
          const shortest = Math.min(...mates.map((mate) => distance(mate, mate)));
          const lengths = mates.flatMap((mate) => found.get(mate) ?? []);
          expect(lengths.every((length) => length === shortest)).toBe(true);
          expect(lengths.length > 0).toBe(mates.length > 0);
        }
      }),
    );
  });
});

/** Floyd-Warshall: the length of the shortest way of at least one step. */
function distances(links: Links): (from: number, to: number) => number {
  const nodes = [...links.keys()];
  const table = nodes.map((from) => nodes.map((to) => (links[from]?.includes(to) ? 1 : Infinity)));
  const at = (from: number, to: number): number => table[from]?.[to] ?? Infinity;
  for (const over of nodes) {
    for (const row of table) {
      nodes.forEach((to) => {
        row[to] = Math.min(row[to] ?? Infinity, (row[over] ?? Infinity) + at(over, to));
      });
    }
  }
  return at;
}
