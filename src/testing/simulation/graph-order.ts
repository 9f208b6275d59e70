import type { LifecycleEvent } from '../../events/lifecycle-event.ts';
import type { DependencyEvent } from '../../events/supervision-events.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { StateName } from '../../lifecycle/state.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import type { Violation } from './verdict.ts';

/** States in which a service has something of its life. */
const UP: ReadonlySet<StateName> = new Set(['starting', 'running', 'stopping']);

/**
 * No service runs while one that it needs does not: a model of a few lines, fed with events alone. It knows the states from
 * them, so that it is right also where an event is told later than it happened.
 */
export class GraphOrder {
  readonly #lifecycle: Lifecycle;
  readonly #states = new Map<Unit, StateName>();
  /** Who stays up without whom, since that one is restarted alone. */
  readonly #without = new Map<Unit, Set<Unit>>();
  #byLabel: Map<string, Unit> | undefined;

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  /** @returns what is wrong with what has happened */
  heard(event: LifecycleEvent): Violation | undefined {
    if (event.kind === 'service:joined' || event.kind === 'service:left' || event.kind === 'service:merged') {
      this.#byLabel = undefined;
      return undefined;
    }
    if (event.kind === 'service:dependencyDown' || event.kind === 'service:dependencyUp') {
      this.#goesWithout(event);
      return undefined;
    }
    if (!('from' in event) || !('service' in event)) return undefined;
    const unit = this.#find(event.service);
    if (unit === undefined) return undefined;
    const { kind } = event;
    this.#states.set(unit, kind.slice('service:'.length) as StateName);
    if (kind === 'service:starting') return this.#starts(unit);
    if (kind === 'service:stopping') return this.#stops(unit);
    if (kind === 'service:stopped') return this.#isDown(unit);
    return undefined;
  }

  /** Nothing goes on at the moment. @returns what should not be so */
  settled(): Violation | undefined {
    for (const [unit, state] of this.#states) {
      const down =
        state === 'running' ? this.#needed(unit).find((needed) => this.#stateOf(needed) !== 'running') : undefined;
      if (down !== undefined) return wrong(unit, `${unit.label} runs while ${this.#describe(down)}`);
    }
    return undefined;
  }

  #starts(unit: Unit): Violation | undefined {
    for (const needed of this.#needed(unit)) {
      if (this.#stateOf(needed) !== 'running')
        return wrong(unit, `${unit.label} starts while ${this.#describe(needed)}`);
    }
    return undefined;
  }

  #stops(unit: Unit): Violation | undefined {
    for (const dependent of unit.dependents) {
      if (!this.#isBound(dependent, unit) || !UP.has(this.#stateOf(dependent))) continue;
      const state = this.#stateOf(dependent);
      return wrong(unit, `${unit.label} stops while ${dependent.label}, which needs it, is ${state}`);
    }
    return undefined;
  }

  /** What it has adopted lives within its life. */
  #isDown(unit: Unit): Violation | undefined {
    for (const child of unit.children) {
      const state = this.#stateOf(child);
      if (UP.has(state))
        return wrong(child, `${child.label} is ${state} while ${unit.label}, which has adopted it, is down`);
    }
    return undefined;
  }

  /** What has to run while this one does. */
  #needed(unit: Unit): Unit[] {
    return [...unit.dependencies].filter((needed) => this.#isBound(unit, needed));
  }

  /**
   * Whether one may not be up without the other. It may where the other one is optional or comes up in the background, is a
   * parent container's, or is restarted alone by its supervisor (`oneForOne`), which is told of.
   */
  #isBound(unit: Unit, needed: Unit): boolean {
    const { spec, host } = needed;
    if (host !== unit.host || spec?.optional === true || spec?.background === true) return false;
    return this.#without.get(unit)?.has(needed) !== true;
  }

  #goesWithout({ kind, service, dependency }: DependencyEvent): void {
    const [unit, needed] = [this.#find(service), this.#find(dependency)];
    if (unit === undefined || needed === undefined) return;
    const without = this.#without.get(unit) ?? new Set();
    this.#without.set(unit, without);
    if (kind === 'service:dependencyDown') without.add(needed);
    else without.delete(needed);
  }

  #describe(unit: Unit): string {
    return `${unit.label}, which it needs, is ${this.#stateOf(unit)}`;
  }

  #stateOf(unit: Unit): StateName {
    return this.#states.get(unit) ?? unit.state.at;
  }

  #find(label: string): Unit | undefined {
    this.#byLabel ??= new Map([...this.#lifecycle.runningGraph.units].map((unit) => [unit.label, unit]));
    return this.#byLabel.get(label);
  }
}

function wrong({ label }: Unit, detail: string): Violation {
  return { invariant: 'order', service: label, detail };
}
