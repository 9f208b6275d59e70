import type { Graph } from '../graph/graph.ts';
import type { GraphIssue } from '../graph/model.ts';
import { type Ref, type RefTarget, resolveRef } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import type { NodeKey, ObjectSource } from './host.ts';
import type { Unit } from './unit.ts';

/** One node of what is to be started, before anything of it exists. */
export interface BlueprintNode extends RefTarget {
  readonly key: NodeKey;
  readonly label: string;
  /** What its class says of itself; undefined for a component, and for what is not known before it exists. */
  readonly spec: ServiceSpec | undefined;
  /** The object, where it exists already. */
  readonly instance: unknown;
  /** True for what the container builds: it is disposed with its life. False for what it was handed. */
  readonly built: boolean;
  /** Nodes of the same blueprint. */
  readonly dependencies: readonly NodeKey[];
  /** Nodes of other lifecycles (parent containers). */
  readonly foreign: readonly ForeignNode[];
}

/** A node that another lifecycle owns. */
export interface ForeignNode {
  readonly owner: NodeOwner;
  readonly key: NodeKey;
}

/** The lifecycle of a parent container, as a child's start sees it. */
export interface NodeOwner {
  /** Starts these nodes and what they need, and gives their units. */
  provide(keys: readonly NodeKey[]): Promise<readonly Unit[]>;
}

/** What would start, dependencies included, and what is wrong with it. */
export interface Blueprint {
  readonly nodes: readonly BlueprintNode[];
  /** Faults of these nodes: nothing may start. */
  readonly errors: readonly GraphIssue[];
  /** Faults that stop nothing. */
  readonly warnings: readonly GraphIssue[];
  /** Whether a node is there at all, in this blueprint or not; units of nodes that are gone are forgotten. */
  readonly exists?: (key: NodeKey) => boolean;
}

/** What of a lifecycle lives. */
export interface LivingUnits {
  readonly runningGraph: {
    readonly units: ReadonlySet<Unit>;
    /** The unit behind a node, once a start has made one. */
    get(key: NodeKey): Unit | undefined;
  };
}

/** What the engine asks of whoever knows the objects: the container, or a test with specs made by hand. */
export interface Source extends ObjectSource {
  /**
   * What would start: everything, or these refs or keys with all they need.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   */
  blueprint(only?: Selection): Blueprint;
  /** The graph that people look at: also of what would not start. Default: what the blueprint tells. */
  picture?(living: LivingUnits): Graph;
  /** Makes a class that nothing is bound to, or of which there is no one object, a node of its own. */
  bindAside?(implementation: object): NodeKey;
  /** Takes that node away again. */
  unbindAside?(key: NodeKey): Promise<void>;
  /** Has a node hold another object from now on. */
  replace?(key: NodeKey, instance: object): void;
  /** Has a node's object be made anew when it is asked for next. */
  forget?(key: NodeKey): void;
}

export type Selection =
  | {
      readonly refs: readonly Ref[];
      /** The call that errors are to name. Default `startAll({ only })`. */
      readonly call?: string;
    }
  | { readonly keys: readonly NodeKey[] };

/** The nodes that refs mean. @throws RefError for one that is unknown or ambiguous */
export function targetsOf<T extends RefTarget>(
  { refs, call = 'startAll({ only })' }: Extract<Selection, { readonly refs: unknown }>,
  all: readonly T[],
): T[] {
  return refs.map((ref) => resolveRef(ref, all, call));
}
