import { Deadline } from '../deadline.ts';
import { LifecycleError, OptionError, StopError } from '../errors.ts';
import { GraphError } from '../graph/graph-error.ts';
import { type Ref, RefError, refText, resolveRef } from '../refs.ts';
import { NOTHING_ABROAD, needsAbroad, provideAbroad } from './abroad.ts';
import { dependsOn, withDependencies, withDependents } from './closure.ts';
import { deferred } from './deferred.ts';
import { guard } from './guard.ts';
import type { NodeKey } from './host.ts';
import { holderOf } from './instance.ts';
import type { Life, LifeEnded } from './life.ts';
import type { Blueprint, Source } from './source.ts';
import { StopWalk } from './stop-walk.ts';
import { causesIn, type Realm, type Stops } from './stops.ts';
import type { Unit } from './unit.ts';
import { whenRunning } from './when-running.ts';

/**
 * Services that other services start while they start or run (Mode's runtime dependencies). Each lives within a life of
 * its parent: it is down before `onStop` of that is called, and is its parent's to supervise.
 */
export class Adoptions {
  readonly #realm: Realm;
  readonly #source: Source;
  readonly #stops: Stops;
  /** Those that are there only because somebody has adopted them, and what was adopted: a class, or an object. */
  readonly #guests = new Map<NodeKey, Ref>();

  constructor(realm: Realm, source: Source, stops: Stops) {
    this.#realm = realm;
    this.#source = source;
    this.#stops = stops;
  }

  /** @returns the object, once it runs */
  async adopt(parent: Unit, life: Life, what: Ref): Promise<unknown> {
    if (life.aborted || this.#stops.underWay !== undefined) throw tooLate(parent, what);
    const child = await this.#unitOf(what);
    try {
      if (life.aborted) throw tooLate(parent, what);
      this.#check(parent, child);
    } catch (thrown) {
      if (child.parent === undefined && this.#guests.has(child.key)) await this.#forget(child, undefined);
      throw thrown;
    }
    this.#realm.graph.adopt(parent, child);
    try {
      await this.#start(child, life.signal);
      if (child.mergedInto !== undefined) throw refusal(parent, child, `it is ${child.mergedInto.label}, ${OWN}`);
    } catch (thrown) {
      if (child.parent !== parent) throw thrown;
      await this.stopChildren(
        new Set([child]),
        undefined,
        () => this.#realm.host.clock.now() + this.#realm.stopTimeout,
      );
      throw thrown;
    }
    return child.instance;
  }

  /** Stops a child, and what needs it, while its parent goes on. @throws StopError with what went wrong on the way */
  async letGo(parent: Unit, what: Ref): Promise<void> {
    const child = childOf(parent, what);
    const units = withDependents([child]);
    this.#realm.recovery.callOff(units, () => releasedEarly(parent, child));
    const { errors } = await this.#stops.stopPart(units, { kind: 'released', service: parent.label });
    await this.#forget(child, parent);
    if (errors.length > 0) throw new StopError(errors);
  }

  /** Part of the parent's stop. @param ended why; undefined where it did not come up */
  async stopChildren(
    children: ReadonlySet<Unit>,
    ended: LifeEnded | undefined,
    deadlineOf: (unit: Unit) => number,
  ): Promise<readonly Error[]> {
    const { host, recovery } = this.#realm;
    const units = withDependents(children);
    const parents = [...children].map((child) => [child, child.parent] as const);
    recovery.drop(units);
    const walk = new StopWalk(units, {
      clock: host.clock,
      end: Number.POSITIVE_INFINITY,
      reason: ended?.reason ?? { kind: 'requested', detail: undefined },
      goalOf: () => 'stopped',
      causeOf: causesIn(this.#realm),
      deadlineOf,
    });
    await walk.run();
    for (const [child, parent] of parents) await this.#forget(child, parent);
    return walk.errors;
  }

  async #unitOf(what: Ref): Promise<Unit> {
    const holder = typeof what === 'object' ? holderOf(what) : undefined;
    if (holder !== undefined) return holder;
    const blueprint = this.#blueprintOf(what);
    if (blueprint !== undefined) return resolveRef(what, await this.#integrate(blueprint), 'adopt()');
    return typeof what === 'function' ? this.#unitOfClass(what) : this.#unitByHand(what);
  }

  /** Undefined for what the source knows nothing of, and for a class that nothing is bound to but what was made of it here. */
  #blueprintOf(what: Ref): Blueprint | undefined {
    if ([...this.#guests.values()].includes(what)) return undefined;
    try {
      return this.#source.blueprint({ refs: [what], call: 'adopt()' });
    } catch (thrown) {
      const isUnknown = thrown instanceof RefError && thrown.code === 'LIFECYCLE_UNKNOWN_REF';
      if (!isUnknown || typeof what === 'string' || typeof what === 'symbol') throw thrown;
      return undefined;
    }
  }

  /** @returns its units. @throws GraphError, and what the start of what it needs of others rejects with */
  async #integrate(blueprint: Blueprint): Promise<Unit[]> {
    const { host, graph } = this.#realm;
    if (blueprint.errors.length > 0) throw new GraphError(blueprint.errors);
    const patience = new Deadline(host.clock, Number.POSITIVE_INFINITY);
    const abroad = needsAbroad(blueprint) ? await provideAbroad(blueprint, patience) : NOTHING_ABROAD;
    return graph.integrate(blueprint, abroad);
  }

  /** One that the container makes for this life only. */
  async #unitOfClass(what: Ref & object): Promise<Unit> {
    const key = this.#source.bindAside?.(what);
    if (key === undefined) throw new OptionError(`adopt() cannot make ${refText(what)}; adopt an instance of it`);
    this.#guests.set(key, what);
    try {
      await this.#integrate(this.#source.blueprint({ keys: [key] }));
    } catch (thrown) {
      await this.#unbind(key);
      throw thrown;
    }
    return this.#realm.graph.get(key) as Unit;
  }

  #unitByHand(what: Ref): Unit {
    if (typeof what !== 'object' || what === null) {
      throw new OptionError(
        `adopt() expects a service: an instance, a class, or what one is bound as; got ${String(what)}`,
      );
    }
    const spec = this.#source.inspect(what);
    if (spec === undefined) {
      throw new OptionError(
        `adopt() expects a service, and ${refText(what)} has no hooks and no tasks; to have it disposed of with this life write use(it)`,
      );
    }
    const { constructor: implementation } = what;
    const label = spec.name ?? (implementation?.name || 'Object');
    this.#guests.set(what, what);
    const unit = this.#realm.graph.add({
      key: what,
      label,
      identifiers: [],
      implementation,
      instance: what,
      spec,
      built: false,
    });
    if (unit.host.guards) guard(unit);
    return unit;
  }

  #check(parent: Unit, child: Unit): void {
    const { recovery, startUnderWay } = this.#realm;
    const refuse = (why: string): never => {
      throw refusal(parent, child, why);
    };
    if (child === parent) refuse('that is itself');
    if (child.parent !== undefined) refuse(`${child.parent.label} has adopted it already`);
    for (let at: Unit | undefined = parent; at !== undefined; at = at.parent) {
      if (child !== at && dependsOn(child, at)) {
        refuse(
          `it needs ${at.label}, which it would live within; let it not depend on ${at.label}, or bind it as a service of its own`,
        );
      }
      if (dependsOn(at, child))
        refuse(`${at.label} needs it, so it has to stop after ${at.label}; use it as it was injected`);
    }
    if (child.host !== parent.host) refuse('it belongs to another container');
    if (child.up || recovery.has(child) || startUnderWay()?.has(child) === true) {
      refuse(`it is ${OWN}`);
    }
  }

  /** Brings up what it needs, and then it. */
  async #start(child: Unit, signal: AbortSignal): Promise<void> {
    const { recovery, startUnderWay } = this.#realm;
    const walk = startUnderWay();
    const down = [...withDependencies([child])].filter(
      (unit) => unit.state.at !== 'running' && walk?.has(unit) !== true,
    );
    const failure = deferred<never>();
    const renounce = recovery.bring(down, (unit, error) => {
      if (unit === child || unit.spec?.optional !== true) failure.reject(error);
    });
    try {
      await Promise.race([whenRunning(child, () => undefined, signal), failure.promise]);
    } catch (thrown) {
      renounce();
      throw child.state.at === 'crashed' ? child.state.error : thrown;
    }
  }

  /** Harmless where somebody else has done so. */
  async #forget(child: Unit, parent: Unit | undefined): Promise<void> {
    if (child.parent !== parent) return;
    this.#realm.graph.release(child, this.#guests.has(child.key));
    await this.#unbind(child.key);
  }

  /** Harmless for one that is no guest. */
  async #unbind(key: NodeKey): Promise<void> {
    const what = this.#guests.get(key);
    this.#guests.delete(key);
    if (typeof what === 'function') await this.#source.unbindAside?.(key);
  }
}

const OWN = 'a service of the application already; take it in the constructor, or adopt an instance of your own';

function refusal(parent: Unit, child: Unit, why: string): LifecycleError {
  const message = `${parent.label} cannot adopt ${child.label}: ${why}`;
  return new LifecycleError('LIFECYCLE_ADOPTION', message, { service: child.label, parent: parent.label });
}

function childOf(parent: Unit, what: Ref): Unit {
  try {
    return resolveRef(what, parent.children, 'release()');
  } catch (thrown) {
    if (!(thrown instanceof RefError) || thrown.code !== 'LIFECYCLE_UNKNOWN_REF') throw thrown;
    const message = `release() expects what ${parent.label} has adopted and not yet released, got ${refText(what)}`;
    throw new LifecycleError('LIFECYCLE_ADOPTION', message, { parent: parent.label });
  }
}

function releasedEarly(parent: Unit, { label }: Unit): LifecycleError {
  const message = `${label} does not start: ${parent.label} has released it before it ran`;
  return new LifecycleError('LIFECYCLE_ADOPTION', message, { service: label, parent: parent.label });
}

function tooLate(parent: Unit, what: Ref): LifecycleError {
  const message = `${parent.label} cannot adopt ${refText(what)} any more: its life is over (it is ${parent.state.at}); adopt in onStart or while it runs`;
  return new LifecycleError('LIFECYCLE_LIFE_OVER', message, { service: parent.label });
}
