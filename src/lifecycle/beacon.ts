import type { ServiceSpec } from '../spec.ts';

/** The place of a service in the running tree (Mode's beacon): its parent is the dependent on the longest path to the root. */
export interface Beacon {
  readonly label: string;
  /** 1 for a service that nothing depends on. */
  readonly depth: number;
  readonly parent: Beacon | undefined;
  /** The labels from the root to this one. */
  readonly path: readonly string[];
  readonly children: readonly Beacon[];
}

class Place implements Beacon {
  readonly label: string;
  readonly parent: Place | undefined;
  readonly depth: number;
  readonly children: Place[] = [];

  constructor(label: string, parent: Place | undefined) {
    this.label = label;
    this.parent = parent;
    this.depth = (parent?.depth ?? 0) + 1;
    parent?.children.push(this);
  }

  get path(): string[] {
    const path: string[] = [];
    for (let place: Place | undefined = this; place !== undefined; place = place.parent) path.unshift(place.label);
    return path;
  }
}

/** A vertex of the running graph, as far as its place is about. */
interface Vertex<V> {
  readonly label: string;
  /** Undefined for a component. */
  readonly spec: ServiceSpec | undefined;
  readonly dependencies: Iterable<V>;
  readonly dependents: Iterable<V>;
  /** The one that it lives within, and those that live within it. */
  readonly parent: V | undefined;
  readonly children: Iterable<V>;
}

/** The places of all these units; a component has none of its own and passes its dependent's on. */
export function beaconsOf<V extends Vertex<V>>(units: Iterable<V>): Map<V, Beacon> {
  const all = new Set(units);
  const waiting = new Map<V, number>();
  const ready: V[] = [];
  for (const unit of all) {
    let count = 0;
    for (const dependent of unit.dependents) if (all.has(dependent)) count++;
    if (unit.parent !== undefined && all.has(unit.parent)) count++;
    waiting.set(unit, count);
    if (count === 0) ready.push(unit);
  }
  const above = new Map<V, Place>();
  const places = new Map<V, Beacon>();
  for (const unit of ready) {
    const place = unit.spec === undefined ? above.get(unit) : new Place(unit.label, above.get(unit));
    if (place !== undefined) places.set(unit, place);
    for (const dependency of unit.dependencies) pass(dependency, place);
    for (const child of unit.children) pass(child, place);
  }
  return places;

  function pass(unit: V, place: Place | undefined): void {
    const left = (waiting.get(unit) ?? 0) - 1;
    if (left < 0) return;
    waiting.set(unit, left);
    if (place !== undefined && place.depth > (above.get(unit)?.depth ?? 0)) above.set(unit, place);
    if (left === 0) ready.push(unit);
  }
}
