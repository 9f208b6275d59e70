import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';
import { checkNames } from '../option-check.ts';
import type { Child } from './decide.ts';
import { optionalPolicy, policyOf, type Supervision, type SupervisorOptions } from './policy.ts';
import { Supervisor } from './supervisor.ts';

/** A service, as far as it has to do with who supervises it. */
export interface Supervisable extends Child {
  readonly spec: (Child['spec'] & { readonly optional: boolean }) | undefined;
  /** The service that has adopted it: what its own supervisor cannot mend is that one's crash. */
  readonly parent: object | undefined;
}

/** The supervision tree: a root, the groups, those made at run time, and one for each service that has its own. */
export class Supervisors<C extends Supervisable> {
  readonly root: Supervisor;
  readonly #named = new Map<string, Supervisor>();
  /** Those of single services. */
  #ofChild = new WeakMap<C, Supervisor>();
  /** Services that were moved here at run time. */
  readonly #moved = new WeakMap<C, Supervisor>();

  constructor({ root, groups }: Supervision) {
    this.root = new Supervisor('root', root, undefined);
    this.#named.set('root', this.root);
    for (const [name, { policy }] of groups) this.#named.set(name, new Supervisor(name, policy, this.root));
    for (const [name, { parent }] of groups) {
      if (parent !== undefined) (this.#named.get(name) as Supervisor).parent = this.#named.get(parent);
    }
  }

  /** The root, the groups, and the supervisors made at run time. */
  get named(): Supervisor[] {
    return [...this.#named.values()];
  }

  /** @throws OptionError for a name that no supervisor has */
  find(name: string): Supervisor {
    const found = this.#named.get(name);
    if (found !== undefined) return found;
    const hint = suggestion(String(name), [...this.#named.keys()]);
    throw new OptionError(`supervisor('${String(name)}'): there is no supervisor of that name. ${hint}`);
  }

  /** Who decides on a service; undefined where the service that has adopted it does. */
  of(child: C): Supervisor | undefined {
    const moved = this.#moved.get(child);
    if (moved !== undefined) return moved;
    const known = this.#ofChild.get(child);
    if (known !== undefined) return known;
    const above = child.parent === undefined ? this.root : undefined;
    const { supervised, optional } = child.spec ?? {};
    if (supervised?.group !== undefined) return this.#named.get(supervised.group) ?? above;
    const policy = supervised?.policy ?? (optional ? optionalPolicy() : undefined);
    if (policy === undefined) return above;
    const own = new Supervisor(child.label, policy, above);
    this.#ofChild.set(child, own);
    return own;
  }

  /** A new life of the application begins: what crashed in the one before does not count any more. */
  forget(): void {
    this.root.forget();
    for (const supervisor of this.#named.values()) supervisor.forget();
    this.#ofChild = new WeakMap();
  }

  /** These are restarted by a supervisor: those below it that have them begin anew, as OTP's do, which are restarted too. */
  forgetBelow(supervisor: Supervisor, children: Iterable<C>): void {
    for (const child of children) {
      const own = this.of(child);
      if (own?.isWithin(supervisor) !== true) continue;
      for (let at = own; at !== supervisor; at = at.parent as Supervisor) at.forget();
    }
  }

  /** @throws OptionError for a name that is taken, and for options that make no sense */
  create(name: string, options: SupervisorOptions): Supervisor {
    if (typeof name !== 'string' || name === '') {
      throw new OptionError(`supervise() expects a name, like supervise('connections'), got ${String(name)}`);
    }
    if (this.#named.has(name))
      throw new OptionError(`supervise('${name}'): there is a supervisor of that name already`);
    checkNames(options, ['strategy', 'restart', 'backoff'], `supervise('${name}')`);
    const made = new Supervisor(name, policyOf(options, 'restForGraph', `supervise('${name}')`), this.root);
    this.#named.set(name, made);
    return made;
  }

  /** Has a service supervised by another one than its class says; undefined: by the one its class says. */
  move(child: C, supervisor: Supervisor | undefined): void {
    if (supervisor === undefined) this.#moved.delete(child);
    else this.#moved.set(child, supervisor);
  }

  /** Those of these services that a supervisor has, what is below it included. */
  membersOf(supervisor: Supervisor, all: Iterable<C>): C[] {
    return [...all].filter((child) => this.of(child)?.isWithin(supervisor) === true);
  }
}
