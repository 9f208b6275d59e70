/** What the picture of the graph is made of: plain, immutable data. */

import type { StateName } from '../lifecycle/state.ts';

/** How the container makes the object behind a node. */
export type NodeOrigin = 'class' | 'constant' | 'dynamic value' | 'resolved value' | 'factory' | 'adopted';

/** How long the container keeps the object behind a node. Only singletons live; the others are passed through. */
export type NodeScope = 'singleton' | 'transient' | 'request';

/** One binding of the container (or, later, one adopted instance). */
export interface GraphNode {
  /** Unique, stable for this binding's life, and made of letters, digits and `_` only. */
  readonly id: string;
  /** Unique within one graph: `Db`, and where two bindings would read the same `Db#2`. */
  readonly label: string;
  /** A service has hooks or tasks; a component only orders those that have. */
  readonly kind: 'service' | 'component';
  readonly origin: NodeOrigin;
  readonly scope: NodeScope;
  /** The state of a service or component that lives; absent for what was never part of a start. */
  readonly state?: StateName;
  /** True for a binding of a parent container. */
  readonly foreign?: boolean;
}

/** `from` depends on `to` (both are node ids): `to` starts before and stops after it. One edge for each pair and kind. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** All places where the dependency is written: `constructor[0]`, `.property`, `argument[1]`, `@DependsOn`. */
  readonly via: readonly string[];
  readonly kind: 'injected' | 'declared' | 'child';
}

/** A whole graph as plain data: what `graph().toJSON()` returns. */
export interface GraphPicture {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What looks wrong but stops nothing. */
  readonly warnings: readonly GraphIssue[];
  /** What `startAll` would fail with. */
  readonly errors: readonly GraphIssue[];
}

/** One fault of the graph: an error where it is in the closure of what would start, a warning elsewhere. */
export interface GraphIssue {
  readonly code: GraphIssueCode;
  /** Who needs what, and the code that mends it. */
  readonly message: string;
  /** Labels of the nodes concerned, the one at fault first; a cycle's path begins and ends with the same label. */
  readonly nodes: readonly string[];
}

export type GraphIssueCode =
  | 'AMBIGUOUS'
  | 'CYCLE'
  | 'DISPOSED'
  | 'INHERITED_CONSTRUCTOR'
  | 'INVALID_METADATA'
  | 'NOT_RESTARTABLE'
  | 'INVALID_REF'
  | 'MISSING'
  | 'NEAR_MISS'
  | 'PARENT_WITHOUT_PLUGIN'
  | 'REQUEST_CAPTURED'
  | 'STALE_DEPENDENCY'
  | 'THENABLE'
  | 'UNMANAGED_SCOPE';
