/** The graph as an indented text, for terminals and logs. */

import type { GraphNode } from './model.ts';

/** Deeper branches go on at the left margin; else a chain of thousands would indent itself off every screen. */
const MAX_DEPTH = 20;

type Dependencies = (node: GraphNode) => readonly GraphNode[];

interface Place {
  readonly node: GraphNode;
  readonly depth: number;
  /** What stands before the label. */
  readonly lead: string;
  /** What stands before the lines of its dependencies. */
  readonly indent: string;
}

/**
 * A tree of what needs what: first the nodes that nothing depends on, below each what it depends on.
 *
 * Each node's dependencies are shown once. Where it appears again, `Label ↑` points to where they are; `Label ↓` says
 * that they follow further down, at the left margin, since this branch is too deep; `Label ↻` closes a cycle.
 */
export function renderTree(nodes: readonly GraphNode[], dependenciesOf: Dependencies): string {
  if (nodes.length === 0) return '(no nodes)';
  const tree = new Tree(dependenciesOf);
  for (const root of rootsOf(nodes, dependenciesOf)) tree.grow(root);
  for (const node of nodes) tree.grow(node);
  return tree.lines.join('\n');
}

function rootsOf(nodes: readonly GraphNode[], dependenciesOf: Dependencies): GraphNode[] {
  const needed = new Set(nodes.flatMap((node) => dependenciesOf(node)));
  return nodes.filter((node) => !needed.has(node));
}

class Tree {
  readonly lines: string[] = [];
  readonly #dependenciesOf: Dependencies;
  readonly #expanded = new Set<GraphNode>();
  #postponed: GraphNode[] = [];

  constructor(dependenciesOf: Dependencies) {
    this.#dependenciesOf = dependenciesOf;
  }

  /** Adds the node and all below it, unless it is there already. */
  grow(root: GraphNode): void {
    this.#postponed = [root];
    for (const node of this.#postponed) {
      if (!this.#expanded.has(node)) this.#draw(node);
    }
  }

  #draw(root: GraphNode): void {
    const open: Place[] = [{ node: root, depth: 0, lead: '', indent: '' }];
    const path: GraphNode[] = [];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      path.length = place.depth;
      const sign = this.#sign(place, path);
      this.lines.push(place.lead + describe(place.node) + sign);
      if (sign === ' ↓') this.#postponed.push(place.node);
      if (sign !== '') continue;
      path.push(place.node);
      this.#expanded.add(place.node);
      for (const below of this.#below(place)) open.push(below);
    }
  }

  #sign({ node, depth }: Place, path: readonly GraphNode[]): '' | ' ↑' | ' ↓' | ' ↻' {
    if (this.#dependenciesOf(node).length === 0) return '';
    if (path.includes(node)) return ' ↻';
    if (this.#expanded.has(node)) return ' ↑';
    return depth < MAX_DEPTH ? '' : ' ↓';
  }

  /** The places of the dependencies, the first one last, as a stack wants them. */
  #below({ node, depth, indent }: Place): Place[] {
    const places = this.#dependenciesOf(node).map((dependency, index, all) => {
      const isLast = index === all.length - 1;
      const lead = indent + (isLast ? '└─ ' : '├─ ');
      return { node: dependency, depth: depth + 1, lead, indent: indent + (isLast ? '   ' : '│  ') };
    });
    return places.reverse();
  }
}

function describe({ label, scope, state }: GraphNode): string {
  const kept = scope === 'singleton' ? '' : ` (${scope})`;
  return label.replaceAll(/\s+/g, ' ') + kept + (state === undefined ? '' : ` · ${state}`);
}
