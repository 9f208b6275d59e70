/** The graph in graphology's form, and the start order that graphology-dag finds in it. */

import { createRequire } from 'node:module';
import type { DirectedGraph } from 'graphology';
import type { GraphEdge, GraphNode } from './model.ts';

/** A graphology graph: keys are node ids, attributes are the node and the edge, edges point as "depends on" does. */
export type DependencyGraph = DirectedGraph<GraphNode, GraphEdge>;

/** Loaded on first use: to import this package is to import neither library. */
const require = createRequire(import.meta.url);
const graphology = (): typeof import('graphology') => require('graphology');
const dag = (): typeof import('graphology-dag') => require('graphology-dag');

/** A new graphology graph. Where edges of two kinds join one pair, the first is taken. */
export function toGraphology(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): DependencyGraph {
  const { DirectedGraph } = graphology();
  const graph: DependencyGraph = new DirectedGraph<GraphNode, GraphEdge>();
  for (const node of nodes) graph.addNode(node.id, { ...node });
  for (const edge of edges) {
    if (!graph.hasDirectedEdge(edge.from, edge.to)) graph.addDirectedEdge(edge.from, edge.to, { ...edge });
  }
  return graph;
}

/**
 * The ids, dependencies first: by the length of the longest chain below each, and in node order where that is equal.
 * `undefined` if the graph has a cycle.
 */
export function startOrder(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string[] | undefined {
  const { hasCycle, topologicalGenerations } = dag();
  // graphology-dag puts the source of an edge first, and a start begins with its target.
  const graph = toGraphology(nodes, edges.map(reversed));
  if (hasCycle(graph)) return undefined;
  const position = new Map(nodes.map(({ id }, index) => [id, index]));
  const byPosition = (a: string, b: string): number => (position.get(a) ?? 0) - (position.get(b) ?? 0);
  return topologicalGenerations(graph).flatMap((generation) => generation.sort(byPosition));
}

function reversed(edge: GraphEdge): GraphEdge {
  return { ...edge, from: edge.to, to: edge.from };
}
