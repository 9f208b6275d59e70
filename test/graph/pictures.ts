import fc from 'fast-check';
import { Graph } from '../../src/graph/graph.ts';
import type { GraphEdge, GraphIssue, GraphNode } from '../../src/graph/model.ts';

/** A node whose id is `id_<label>` unless given. */
export function node(label: string, facts: Partial<GraphNode> = {}): GraphNode {
  return { id: `id_${label}`, label, kind: 'service', origin: 'class', scope: 'singleton', ...facts };
}

export function edge(from: string, to: string, facts: Partial<GraphEdge> = {}): GraphEdge {
  return { from: `id_${from}`, to: `id_${to}`, via: ['constructor[0]'], kind: 'injected', ...facts };
}

/** `picture('A B C', 'A->B B->C')`: a graph of these labels and dependencies. */
export function picture(labels: string, dependencies = '', errors: readonly GraphIssue[] = []): Graph {
  const nodes = words(labels).map((label) => node(label));
  const edges = words(dependencies).map((pair) => edge(...(pair.split('->') as [string, string])));
  return new Graph({ nodes, edges, warnings: [], errors });
}

/** Each of `length` nodes depends on the next. */
export function chain(length: number): Graph {
  const nodes = Array.from({ length }, (_, index) => node(`N${index}`));
  const edges = nodes.slice(1).map((_, index) => edge(`N${index}`, `N${index + 1}`));
  return new Graph({ nodes, edges, warnings: [], errors: [] });
}

/** Two nodes a level, each depending on both of the next level: 2 ** depth paths from top to bottom. */
export function ladder(depth: number): Graph {
  const levels = Array.from({ length: depth }, (_, level) => [`L${level}`, `R${level}`] as const);
  const nodes = levels.flat().map((label) => node(label));
  const edges = levels
    .slice(1)
    .flatMap((below, level) => levels[level]?.flatMap((from) => below.map((to) => edge(from, to))) ?? []);
  return new Graph({ nodes, edges, warnings: [], errors: [] });
}

/** A directed graph as adjacency: `links[i]` holds what `i` depends on. */
export type Links = readonly (readonly number[])[];

/** Any directed graph of up to `size` nodes, self loops and cycles included. */
export function anyLinks(size = 9): fc.Arbitrary<Links> {
  return fc.integer({ min: 0, max: size }).chain((length) =>
    fc.array(fc.uniqueArray(fc.nat(Math.max(0, length - 1)), { maxLength: 4 }), {
      minLength: length,
      maxLength: length,
    }),
  );
}

/** A graph without cycles, its nodes in no particular order. */
export function acyclicLinks(size = 9): fc.Arbitrary<Links> {
  return anyLinks(size).chain((links) =>
    fc
      .shuffledSubarray([...links.keys()], { minLength: links.length })
      .map((rank) => links.map((targets, from) => targets.filter((to) => Number(rank[to]) < Number(rank[from])))),
  );
}

/** The graph of these links, its labels being `N0`, `N1`, ... */
export function graphOf(links: Links): Graph {
  const nodes = links.map((_, index) => node(`N${index}`));
  const edges = links.flatMap((targets, from) => targets.map((to) => edge(`N${from}`, `N${to}`)));
  return new Graph({ nodes, edges, warnings: [], errors: [] });
}

/** Another way to tell: taking away nodes that need nothing leaves nothing if and only if there is no cycle. */
export function isAcyclic(links: Links): boolean {
  const left = new Set(links.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const node of left) if (!links[node]?.some((to) => left.has(to))) left.delete(node);
  }
  return left.size === 0;
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean);
}
