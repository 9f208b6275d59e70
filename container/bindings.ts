/** From bindings to the graph of what needs what, without making any instance. */

import { AncestorWalk } from './ancestor-walk.ts';
import type { BindingGraph } from './binding-graph.ts';
import { BindingWalk, type WalkOptions } from './binding-walk.ts';
import type { BindingLike, BindingServiceLike, TargetBindingLike } from './inversify.ts';
import type { SelectedBinding } from './selection.ts';

/**
 * The graph of the roots and everything they lead to.
 *
 * Nodes are found breadth first, each once, with no thought of who asks. Only where a predicate looks at ancestors is
 * that part of the graph walked again from the roots down, path by path (`AncestorWalk`).
 *
 * @param service the bindings; autobinding ones may bind what is asked for, exactly as `get` would
 * @param roots bindings to begin with; an alias among them stands for what it leads to
 */
export function walkBindings(
  service: BindingServiceLike,
  roots: Iterable<BindingLike>,
  options: WalkOptions = {},
): BindingGraph {
  const walk = new BindingWalk(service, options);
  const { direct, throughAlias, later } = walk.sort(roots);
  walkFrom(walk, direct, throughAlias);
  const { reachable, unreachable } = walk.sortAbsent(later);
  walkFrom(walk, reachable, []);
  return { nodes: walk.nodes, problems: walk.problems, unreachable };
}

function walkFrom(walk: BindingWalk, roots: TargetBindingLike[], throughAlias: SelectedBinding[]): void {
  for (const binding of roots) walk.node(binding);
  for (const { binding } of throughAlias) walk.node(binding);
  walk.settle();
  if (walk.undecided.size > 0) new AncestorWalk(walk).run([...roots.map((root) => walk.asRoot(root)), ...throughAlias]);
}
