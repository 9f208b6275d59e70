/** How a graph looks, whoever draws it: colours of states, and what is marked as a fault. */

import type { StateName } from '../lifecycle/state.ts';
import type { GraphEdge, GraphNode, GraphPicture } from './model.ts';

/** Options of `toDot` and `toMermaid`. */
export interface DrawingOptions {
  /** Where dependencies lie: below what needs them (`'TB'`, the default) or to its right (`'LR'`). */
  readonly direction?: 'TB' | 'LR';
  /** Write on each edge where the dependency comes from, such as `constructor[0]`. Default false. */
  readonly via?: boolean;
}

/** A colour as `#rrggbb`. */
export type Hex = `#${string}`;

/** The colours of one node. */
export interface Colours {
  readonly fill: Hex;
  readonly border: Hex;
  readonly text: Hex;
}

const INK = '#1e293b';
const GREY = '#64748b';

/** The colour of the arrows. */
export const LINE = '#94a3b8';

/** The colour of all that takes part in an error. */
export const FAULT = '#dc2626';

/** The colours of a service and a component without a state. */
export const KIND_COLOURS: Readonly<Record<GraphNode['kind'], Colours>> = {
  service: { fill: '#ffffff', border: '#475569', text: INK },
  component: { fill: '#f8fafc', border: LINE, text: GREY },
};

/** The colours of whatever has a state. */
export const STATE_COLOURS: Readonly<Record<StateName, Colours>> = {
  idle: { fill: '#ffffff', border: LINE, text: GREY },
  starting: { fill: '#fef9c3', border: '#ca8a04', text: INK },
  running: { fill: '#dcfce7', border: '#16a34a', text: INK },
  stopping: { fill: '#ffedd5', border: '#ea580c', text: INK },
  stopped: { fill: '#e2e8f0', border: GREY, text: GREY },
  crashed: { fill: '#fee2e2', border: FAULT, text: '#7f1d1d' },
  restarting: { fill: '#e0e7ff', border: '#4f46e5', text: INK },
};

/** The nodes and edges that the errors of a graph speak of. */
export interface Faults {
  readonly nodes: ReadonlySet<GraphNode>;
  readonly edges: ReadonlySet<GraphEdge>;
}

/** What to mark: each node that an error names, and each edge along a cycle. */
export function faultsOf({ nodes, edges, errors }: GraphPicture): Faults {
  const named = new Set(errors.flatMap((error) => error.nodes));
  const labels = new Map(nodes.map((node) => [node.id, node.label]));
  const steps = new Set(errors.filter((error) => error.code === 'CYCLE').flatMap((error) => stepsOf(error.nodes)));
  return {
    nodes: new Set(nodes.filter((node) => named.has(node.label))),
    edges: new Set(edges.filter(({ from, to }) => steps.has(step(labels.get(from), labels.get(to))))),
  };
}

function stepsOf(path: readonly string[]): string[] {
  return path.slice(1).map((to, index) => step(path[index], to));
}

function step(from: string | undefined, to: string | undefined): string {
  return JSON.stringify([from, to]);
}
