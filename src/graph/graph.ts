import { unknownRef } from '../refs.ts';
import { findCycles } from './cycles.ts';
import { renderDot } from './dot.ts';
import type { DrawingOptions } from './drawing.ts';
import { cycleIssue, GraphError } from './graph-error.ts';
import { type DependencyGraph, startOrder, toGraphology } from './graphology.ts';
import { renderMermaid } from './mermaid.ts';
import type { GraphEdge, GraphIssue, GraphNode, GraphPicture } from './model.ts';
import { renderSvg } from './svg.ts';
import { renderTree } from './tree.ts';

/** Which neighbours of a node to take. */
export interface ReachOptions {
  /** Also theirs, and so on; the nearest first. Default false. */
  readonly transitive?: boolean;
}

type Neighbours = (node: GraphNode) => GraphNode[];

/** What depends on what in a container, at one moment: an immutable picture that can be asked, walked and drawn. */
export class Graph implements GraphPicture {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly warnings: readonly GraphIssue[];
  readonly errors: readonly GraphIssue[];
  readonly #byId: ReadonlyMap<string, GraphNode>;
  readonly #byLabel: ReadonlyMap<string, GraphNode>;
  readonly #dependencies: Neighbours;
  readonly #dependents: Neighbours;
  #graphology: DependencyGraph | undefined;
  #order: readonly GraphNode[] | undefined;

  /** @throws TypeError for an edge from or to a node that is not there */
  constructor({ nodes, edges, warnings, errors }: GraphPicture) {
    this.nodes = Object.freeze([...nodes]);
    this.edges = Object.freeze([...edges]);
    this.warnings = Object.freeze([...warnings]);
    this.errors = Object.freeze([...errors]);
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
    this.#byLabel = new Map(nodes.map((node) => [node.label, node]));
    this.#dependencies = this.#neighbours('from', 'to');
    this.#dependents = this.#neighbours('to', 'from');
  }

  /**
   * All nodes in a start order: each after everything it depends on; where that leaves a choice, those with fewer
   * levels below them first, then in the order of `nodes`.
   *
   * @throws GraphError if the graph has a cycle; the text shows it as `A -> B -> A`
   */
  get order(): readonly GraphNode[] {
    this.#order ??= Object.freeze(this.#sorted());
    return this.#order;
  }

  /**
   * The graph as a graphology `DirectedGraph`: keys are ids, attributes are copies of the nodes and edges, an edge
   * points as "depends on" does. Made once; `graph.graphology.copy()` is for those who want to change it.
   */
  get graphology(): DependencyGraph {
    this.#graphology ??= toGraphology(this.nodes, this.edges);
    return this.#graphology;
  }

  /**
   * The node with this label or id.
   *
   * @throws RefError with the labels there are and the one that was probably meant
   */
  node(ref: string): GraphNode {
    const node = this.#byLabel.get(ref) ?? this.#byId.get(ref);
    if (node === undefined)
      throw unknownRef(ref, 'node() expects a label or an id of this graph', [...this.#byLabel.keys()]);
    return node;
  }

  /** What the node of this label or id depends on. */
  dependenciesOf(ref: string, options: ReachOptions = {}): GraphNode[] {
    return reach(this.node(ref), this.#dependencies, options);
  }

  /** What depends on the node of this label or id. */
  dependentsOf(ref: string, options: ReachOptions = {}): GraphNode[] {
    return reach(this.node(ref), this.#dependents, options);
  }

  /** The graph in DOT, for Graphviz. */
  toDot(options: DrawingOptions = {}): string {
    return renderDot(this, options);
  }

  /**
   * The graph as an SVG image, drawn by Graphviz.
   *
   * @throws LifecycleError with code LIFECYCLE_MISSING_PEER unless @hpcc-js/wasm-graphviz is installed, an optional peer
   */
  toSvg(options: DrawingOptions = {}): Promise<string> {
    return renderSvg(this.toDot(options));
  }

  /** The graph as a Mermaid flowchart. */
  toMermaid(options: DrawingOptions = {}): string {
    return renderMermaid(this, options);
  }

  /** Plain data, for `JSON.stringify`. */
  toJSON(): GraphPicture {
    const { nodes, edges, warnings, errors } = this;
    return { nodes, edges, warnings, errors };
  }

  /** The graph as a text tree; `renderTree` explains its signs. */
  toString(): string {
    return renderTree(this.nodes, this.#dependencies);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #sorted(): GraphNode[] {
    const order = startOrder(this.nodes, this.edges);
    if (order !== undefined) return order.flatMap((id) => this.#byId.get(id) ?? []);
    const cycles = findCycles(this.nodes, this.#dependencies);
    throw new GraphError(cycles.map((cycle) => cycleIssue(cycle.map((node) => node.label))));
  }

  #neighbours(near: 'from' | 'to', far: 'from' | 'to'): Neighbours {
    const neighbours = new Map(this.nodes.map((node) => [node, new Set<GraphNode>()]));
    for (const edge of this.edges) {
      const [node, neighbour] = [this.#byId.get(edge[near]), this.#byId.get(edge[far])];
      if (!node || !neighbour) throw new TypeError(`No node for the edge ${edge.from} -> ${edge.to}`);
      neighbours.get(node)?.add(neighbour);
    }
    return (node) => [...(neighbours.get(node) ?? [])];
  }
}

function reach(start: GraphNode, neighbours: Neighbours, { transitive = false }: ReachOptions): GraphNode[] {
  const direct = neighbours(start);
  if (!transitive) return direct;
  const reached = new Set(direct);
  for (const node of reached) {
    for (const next of neighbours(node)) reached.add(next);
  }
  reached.delete(start);
  return [...reached];
}
