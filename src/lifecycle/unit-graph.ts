import { Graph } from '../graph/graph.ts';
import type { GraphEdge, GraphNode } from '../graph/model.ts';
import type { NodeKey } from './host.ts';
import type { Blueprint } from './source.ts';
import type { Unit } from './unit.ts';

/**
 * The graph of what has no container to tell more of it: the nodes of a blueprint, with the states that their units are in, and
 * what was adopted.
 */
export function unitGraph({ nodes, errors, warnings }: Blueprint, units: Iterable<Unit>): Graph {
  const all = [...units];
  const unitAt = new Map<NodeKey, Unit>(all.map((unit) => [unit.key, unit]));
  const known = new Set(nodes.map(({ key }) => key));
  const adopted = all.filter(({ key, parent }) => parent !== undefined && !known.has(key));
  const ids = new Map<NodeKey, string>(
    [...known, ...adopted.map(({ key }) => key)].map((key, index) => [key, `n${index + 1}`]),
  );
  const edge = (from: NodeKey, to: NodeKey, kind: GraphEdge['kind'], via: string): GraphEdge[] => {
    const ends = [ids.get(from), ids.get(to)] as const;
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ from: ends[0], to: ends[1], via: [via], kind }];
  };
  const node = (key: NodeKey, label: string, isService: boolean, origin: GraphNode['origin']): GraphNode => {
    const state = unitAt.get(key)?.state.at;
    const base = { id: ids.get(key) ?? label, label, origin, scope: 'singleton' } as const;
    return { ...base, kind: isService ? 'service' : 'component', ...(state === undefined ? {} : { state }) };
  };
  return new Graph({
    nodes: [
      ...nodes.map(({ key, label, spec }) => node(key, label, spec !== undefined, 'constant')),
      ...adopted.map(({ key, label }) => node(key, label, true, 'adopted')),
    ],
    edges: [
      ...nodes.flatMap(({ key, dependencies }) =>
        dependencies.flatMap((to) => edge(key, to, 'declared', 'dependency')),
      ),
      ...adopted.flatMap(({ key, parent }) => (parent === undefined ? [] : edge(parent.key, key, 'child', 'adopt()'))),
    ],
    errors,
    warnings,
  });
}
