import { type Ref, type RefTarget, resolveRef } from '../refs.ts';
import type { TaskHandle } from '../tasks/handle.ts';
import { ownTask } from '../tasks/task-spec.ts';
import { type Beacon, beaconsOf } from './beacon.ts';
import type { Host, NodeKey } from './host.ts';
import { hold, holderOf, letGo } from './instance.ts';
import { tasksOf } from './snapshot.ts';
import type { Blueprint, BlueprintNode } from './source.ts';
import { Unit, type UnitNode } from './unit.ts';

/** The units of one host. It gains and loses units and edges while they run. */
export class RunningGraph {
  readonly #host: Host<Unit>;
  /** Several keys may mean one unit: bindings that hold one object. */
  readonly #units = new Map<NodeKey, Unit>();
  readonly #byLabel = new Map<string, Unit>();
  #beacons: Map<Unit, Beacon> | undefined;
  /** Whether any of its units may need one of another host. */
  #hasOthers = false;

  constructor(host: Host<Unit>) {
    this.#host = host;
  }

  /** The units that belong to the host. */
  get units(): Set<Unit> {
    const own = new Set<Unit>();
    for (const unit of this.#units.values()) if (unit.host === this.#host) own.add(unit);
    return own;
  }

  get(key: NodeKey): Unit | undefined {
    return this.#units.get(key);
  }

  /** The unit of the host that has this label. */
  labelled(label: string): Unit | undefined {
    return this.#byLabel.get(label);
  }

  /** Whether an object that was made by hand has this label. */
  hasByHand(label: string): boolean {
    return typeof this.#byLabel.get(label)?.key === 'object';
  }

  /** The tasks of all its units. */
  *tasks(): Iterable<TaskHandle> {
    for (const unit of this.units) yield* tasksOf(unit);
  }

  /** @throws RefError */
  find(ref: Ref, what: string): Unit {
    return resolveRef<RefTarget & Unit>(ref, new Set(this.#units.values()), what);
  }

  /** Where a unit stands; a unit that belongs to nobody here stands alone. */
  beaconOf(unit: Unit): Beacon {
    this.#beacons ??= beaconsOf(this.units);
    return (
      this.#beacons.get(unit) ?? { label: unit.label, depth: 1, parent: undefined, path: [unit.label], children: [] }
    );
  }

  /**
   * Takes in what a blueprint says. What is up keeps its edges, since they say what its object holds; all else takes the
   * blueprint's.
   *
   * @param foreign gives the units of other hosts
   * @returns the blueprint's units, in its order; one whose object another host has already is that host's
   */
  integrate(blueprint: Blueprint, foreign: (node: BlueprintNode) => readonly Unit[]): Unit[] {
    this.#beacons = undefined;
    const fresh = new Set<Unit>();
    const units = new Set<Unit>();
    for (const node of blueprint.nodes) units.add(this.#unitOf(node, fresh));
    const known = new Map<Unit, Set<Unit>>();
    for (const unit of units) if (!fresh.has(unit)) known.set(unit, new Set());
    for (const node of blueprint.nodes) {
      const unit = this.#units.get(node.key);
      const wanted = unit && known.get(unit);
      const need = (dependency: Unit | undefined): void => {
        if (dependency === undefined) return;
        this.#hasOthers ||= dependency.host !== this.#host;
        if (wanted === undefined) unit?.link(dependency);
        else wanted.add(dependency);
      };
      for (const key of node.dependencies) need(this.#units.get(key));
      for (const dependency of foreign(node)) need(dependency);
    }
    this.#reconnect(known, blueprint);
    return [...units];
  }

  /** One that no blueprint speaks of: an object that was made by hand. */
  add(node: UnitNode): Unit {
    this.#beacons = undefined;
    const unit = new Unit(this.#host, { ...node, label: this.#free(node.label) });
    unit.instance = node.instance;
    unit.created = true;
    hold(node.instance, unit);
    this.#enter(node.key, unit);
    return unit;
  }

  /** The child lives within the parent from now on. */
  adopt(parent: Unit, child: Unit): void {
    this.#beacons = undefined;
    parent.adopt(child);
  }

  /** The child is down and lives within nobody any more. @param forget it was never more than a child */
  release(child: Unit, forget: boolean): void {
    this.#beacons = undefined;
    child.parent?.release(child);
    if (!forget || this.#units.get(child.key) !== child) return;
    this.#units.delete(child.key);
    this.#remove(child);
  }

  /** The second unit takes over the first one's place and edges. */
  merge(unit: Unit, into: Unit): void {
    this.#beacons = undefined;
    this.#hasOthers ||= into.host !== this.#host;
    const { dependencies, dependents } = unit;
    for (const dependent of [...dependents]) {
      dependent.unlink(unit);
      dependent.link(into);
    }
    for (const dependency of [...dependencies]) {
      unit.unlink(dependency);
      into.link(dependency);
    }
    this.#units.set(unit.key, into);
    into.identifiers = withAll(into.identifiers, unit.identifiers);
    unit.life = undefined;
    unit.start = undefined;
    unit.mergedInto = into;
    this.#host.events.emit({ kind: 'service:merged', service: unit.label, into: into.label }, unit.lastEvent);
  }

  /** Forgets what is down and does not exist any more. */
  prune(exists: (key: NodeKey) => boolean): void {
    const kept = new Set<Unit>();
    const gone: Unit[] = [];
    for (const [key, unit] of this.#units) {
      if (unit.up || unit.parent !== undefined || exists(key)) kept.add(unit);
      else {
        this.#units.delete(key);
        gone.push(unit);
      }
    }
    for (const unit of gone) if (!kept.has(unit)) this.#remove(unit);
  }

  /** What is down needs nothing of other hosts any more: their units would keep it, and all its host has, alive. */
  letGoOfOthers(isWanted: (unit: Unit) => boolean): void {
    if (!this.#hasOthers) return;
    this.#hasOthers = false;
    for (const unit of this.units) {
      const isKept = unit.inService || isWanted(unit);
      for (const dependency of [...unit.dependencies]) {
        if (dependency.host === unit.host) continue;
        if (isKept) this.#hasOthers = true;
        else unit.unlink(dependency);
      }
    }
    this.#beacons = undefined;
  }

  #unitOf(node: BlueprintNode, fresh: Set<Unit>): Unit {
    const known = this.#units.get(node.key);
    if (known !== undefined) {
      known.identifiers = withAll(known.identifiers, node.identifiers);
      return known;
    }
    const holder = holderOf(node.instance);
    if (holder !== undefined && (holder.spec !== undefined || node.spec !== undefined)) {
      this.#units.set(node.key, holder);
      holder.identifiers = withAll(holder.identifiers, node.identifiers);
      return holder;
    }
    const unit = new Unit(this.#host, node);
    fresh.add(unit);
    // So that it is let go of even if it is never begun. All before its event: a listener may start it.
    unit.instance = node.instance;
    hold(node.instance, unit);
    this.#enter(node.key, unit);
    return unit;
  }

  #enter(key: NodeKey, unit: Unit): void {
    this.#units.set(key, unit);
    this.#byLabel.set(unit.label, unit);
    const tasks = unit.spec?.tasks.map(ownTask);
    this.#host.events.emit({ kind: 'service:joined', service: unit.label, ...(tasks && { tasks }) });
  }

  /** `Conn`, and where there is one already `Conn#2`. */
  #free(label: string): string {
    if (!this.#byLabel.has(label)) return label;
    let number = 2;
    while (this.#byLabel.has(`${label}#${number}`)) number++;
    return `${label}#${number}`;
  }

  /** Units that were there before take the edges that the blueprint wants, unless they are up. */
  #reconnect(known: ReadonlyMap<Unit, ReadonlySet<Unit>>, blueprint: Blueprint): void {
    if (known.size === 0) return;
    const keys = new Set(blueprint.nodes.map(({ key }) => key));
    // What its other keys, which the blueprint does not speak of, need is still needed.
    const partial = new Set<Unit>();
    for (const [key, unit] of this.#units) if (!keys.has(key)) partial.add(unit);
    for (const [unit, wanted] of known) {
      if (unit.up || unit.host !== this.#host) continue;
      if (!partial.has(unit)) for (const old of [...unit.dependencies]) if (!wanted.has(old)) unit.unlink(old);
      for (const dependency of wanted) unit.link(dependency);
    }
  }

  #remove(unit: Unit): void {
    this.#beacons = undefined;
    if (this.#byLabel.get(unit.label) === unit) this.#byLabel.delete(unit.label);
    letGo(unit);
    for (const dependency of [...unit.dependencies]) unit.unlink(dependency);
    for (const dependent of [...unit.dependents]) dependent.unlink(unit);
    this.#host.events.emit({ kind: 'service:left', service: unit.label });
  }
}

function withAll(known: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  return more.every((each) => known.includes(each)) ? known : [...new Set([...known, ...more])];
}
