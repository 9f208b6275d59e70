import { OptionError } from '../errors.ts';
import { type Ref, refText } from '../refs.ts';
import type { Strategy } from '../supervision/policy.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import type { Supervisors } from '../supervision/supervisors.ts';
import type { Replacements } from './replacements.ts';
import type { RunningGraph } from './running-graph.ts';
import type { Unit } from './unit.ts';

/** What handles share. */
export interface SupervisionRealm {
  readonly graph: RunningGraph;
  readonly supervisors: Supervisors<Unit>;
  readonly replacements: Replacements;
}

/**
 * One supervisor as its users see it: the root, a group, or one made at run time with `lifecycle.supervise` (OTP's dynamic
 * supervisor; Mode's `add`, `discard` and `replacement`).
 */
export class SupervisorHandle {
  readonly #supervisor: Supervisor;
  readonly #realm: SupervisionRealm;

  /** @internal */
  constructor(supervisor: Supervisor, realm: SupervisionRealm) {
    this.#supervisor = supervisor;
    this.#realm = realm;
  }

  /** `root`, the name of the group, or what it was made with. */
  get name(): string {
    return this.#supervisor.name;
  }

  get strategy(): Strategy {
    return this.#supervisor.policy.strategy;
  }

  /** The name of the one that decides on what this one cannot mend; undefined for the root. */
  get parent(): string | undefined {
    return this.#supervisor.parent?.name;
  }

  /** The names of the services and supervisors that are directly below. */
  get children(): readonly string[] {
    const { graph, supervisors } = this.#realm;
    const units = [...graph.units].filter(
      (unit) => unit.spec !== undefined && supervisors.of(unit) === this.#supervisor,
    );
    const below = supervisors.named.filter(({ parent }) => parent === this.#supervisor);
    return [...units.map(({ label }) => label), ...below.map(({ name }) => name)];
  }

  /**
   * Has a service, or another supervisor, be this one's from now on; it leaves the one it had.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   * @throws OptionError for a supervisor that would be below itself
   */
  add(child: Ref | SupervisorHandle): void {
    const { supervisors } = this.#realm;
    if (child instanceof SupervisorHandle) this.#adopt(child.#supervisor);
    else supervisors.move(this.#find(child, 'add()'), this.#supervisor);
  }

  /**
   * Gives a service, or another supervisor, to the one above this one.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   * @throws OptionError for one that is not here
   */
  remove(child: Ref | SupervisorHandle): void {
    const { supervisors } = this.#realm;
    const above = this.#supervisor.parent;
    if (child instanceof SupervisorHandle) {
      if (above === undefined || child.#supervisor.parent !== this.#supervisor) throw this.#notHere(child.name);
      child.#supervisor.parent = above;
      return;
    }
    const unit = this.#find(child, 'remove()');
    if (above === undefined || supervisors.of(unit) !== this.#supervisor) throw this.#notHere(unit.label);
    supervisors.move(unit, above);
  }

  /**
   * Puts a new object in the place of a service's, for all that need it: the service and its dependents are stopped, the
   * container makes the dependents anew with the new one, and all of them are started. None is left with the old one.
   *
   * What the container makes anew loses its old object: that has `onStop`, `onShutdown` and its dispose method called, but
   * no `@preDestroy`. A constant among the dependents keeps its object, and is restarted.
   *
   * @param make gives the new object; called before anything is stopped, so that nothing has changed when it throws
   * @returns the new object, once all of it runs
   * @throws RefError, and OptionError for one that is not here, or for an object that is no service
   * @throws StartError when it does not come up; it is a crash then, with what this supervisor does about that
   */
  async replace<T extends object>(service: Ref, make: () => T | Promise<T>): Promise<T> {
    const unit = this.#find(service, 'replace()');
    const { supervisors, replacements } = this.#realm;
    if (supervisors.of(unit)?.isWithin(this.#supervisor) !== true) throw this.#notHere(unit.label);
    if (typeof make !== 'function') {
      throw new OptionError(`replace() expects a function that gives the new object, got ${refText(make)}`);
    }
    return replacements.replace(unit, make);
  }

  #adopt(other: Supervisor): void {
    if (this.#supervisor.isWithin(other)) {
      const why = other === this.#supervisor ? 'it cannot be added to itself' : `${this.name} is below it`;
      throw new OptionError(`supervisor ${this.name}: add() got supervisor ${other.name}, and ${why}`);
    }
    other.parent = this.#supervisor;
  }

  #find(child: Ref, what: string): Unit {
    return this.#realm.graph.find(child, `supervisor ${this.name}: ${what}`);
  }

  #notHere(child: string): OptionError {
    const here = this.children.join(', ') || 'nothing';
    return new OptionError(`supervisor ${this.name} does not have ${child}; it has ${here}`);
  }
}
