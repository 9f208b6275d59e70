/**
 * The guard against use before the start and after the stop: the option `guard`. Each method of a service's object gets an
 * own property before it, which looks at the service's state first. No proxy: `#private` members work, and the object is the
 * same one for everybody, also for itself.
 */

import { currentCall, enterCall } from '../current.ts';
import { messageOf } from '../errors.ts';
import type { ServiceSpec } from '../spec.ts';
import { dependsOn } from './closure.ts';
import { type Callee, type GuardError, guardError } from './guard-error.ts';
import { type GuardedMethod, guardedMethodsOf, type Method, sparedMethods } from './guarded-methods.ts';
import { holderOf } from './instance.ts';
import { Unit } from './unit.ts';

/** Who made an object that no unit holds yet. */
export interface Maker {
  /** Its name, if it is the object that everybody is given; undefined if another one stands for it, or will. */
  labelOf(object: object): string | undefined;
  /** Told of what is thrown. */
  caught(error: GuardError, label: string): void;
}

/** Objects whose methods are guarded. */
const guarded = new WeakMap<object, Guarded>();
/** By each of the functions that stand before methods. */
const standIns = new WeakMap<object, Guarded>();

/** What the guard knows of one object. */
class Guarded {
  /** Methods that nothing can be put before, since the object is frozen. */
  readonly blind: string[] = [];
  /** What the lifecycle holds; it may be a proxy of the object with the methods. */
  #object: object;
  #maker: Maker | undefined;
  #label = '';
  /** Whether the container built it. */
  #isBuilt = false;

  constructor(object: object, maker: Maker | undefined) {
    this.#object = object;
    this.#maker = maker;
  }

  /** A unit holds it from now on, under its own identity or a proxy's. */
  heldBy({ label, instance, built }: Unit): void {
    this.#object = instance as object;
    this.#maker = undefined;
    this.#label = label;
    this.#isBuilt = built;
  }

  put({ name, method }: GuardedMethod, object: object): void {
    const value = this.#standIn(name, method);
    // One of a literal stays as visible as it was.
    const attributes = Object.hasOwn(object, name) ? { value } : { value, configurable: true, writable: true };
    if (Reflect.defineProperty(object, name, attributes)) standIns.set(value, this);
    else this.blind.push(name);
  }

  #standIn(name: string, method: Method): Method {
    const call = (self: unknown, args: unknown[]): unknown => this.#call(name, method, self, args);
    const standIn: Method = function (...args) {
      return call(this, args);
    };
    // What hangs on the function is still there, such as the calls that a mock has counted.
    Object.setPrototypeOf(standIn, method);
    Object.defineProperty(standIn, 'name', { value: method.name, configurable: true });
    Object.defineProperty(standIn, 'length', { value: method.length, configurable: true });
    return standIn;
  }

  #call(name: string, method: Method, self: unknown, args: unknown[]): unknown {
    const unit = holderOf(this.#object);
    if (unit === undefined) {
      this.#checkUnheld(name);
      return Reflect.apply(method, self, args);
    }
    if (!unit.host.guards) return Reflect.apply(method, self, args);
    if (unit.state.at !== 'running') check(unit, name);
    return enterCall(unit, () => Reflect.apply(method, self, args));
  }

  #checkUnheld(method: string): void {
    if (currentCall()?.isDisposal === true) return;
    const maker = this.#maker;
    const label = maker === undefined ? this.#label : maker.labelOf(this.#object);
    // Not what everybody is given; or handed in, and its owner's alone again.
    if (label === undefined || (maker === undefined && !this.#isBuilt)) return;
    const callee: Callee = { label, state: maker === undefined ? 'stopped' : 'idle', unit: undefined };
    const error = guardError(callers()[0], method, callee);
    maker?.caught(error, label);
    throw error;
  }
}

/** Guards the object of a unit, if it is a service's. */
export function guard(unit: Unit): void {
  const { instance, spec, host, label } = unit;
  if (spec === undefined || typeof instance !== 'object' || instance === null) return;
  try {
    const known = guarded.get(instance) ?? behind(instance);
    const record = known ?? guardObject(instance, sparedMethods(spec, host.source.spared?.(instance) ?? []));
    record.heldBy(unit);
    const { blind: methods } = record;
    if (methods.length > 0) host.events.emit({ kind: 'guard:blind', service: label, methods }, unit.lastEvent);
  } catch (thrown) {
    // A proxy can refuse anything; what it does is not to fail a start.
    host.events.emit({ kind: 'guard:blind', service: label, methods: [], reason: messageOf(thrown) }, unit.lastEvent);
  }
}

/** Guards an object that was made before a start asked for it. */
export function guardEarly(object: object, spec: ServiceSpec, spared: Iterable<PropertyKey>, maker: Maker): void {
  if (!guarded.has(object)) guardObject(object, sparedMethods(spec, spared), maker);
}

function guardObject(object: object, spared: ReadonlySet<PropertyKey>, maker?: Maker): Guarded {
  const record = new Guarded(object, maker);
  for (const method of [...guardedMethodsOf(object, spared)]) record.put(method, object);
  guarded.set(object, record);
  return record;
}

/** An object that shows the guarded methods of another one as its own: a proxy of it. */
function behind(object: object): Guarded | undefined {
  for (const name of Object.getOwnPropertyNames(object)) {
    const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
    const found = typeof value === 'function' ? standIns.get(value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The service whose code calls, and the one whose hook or task led to that. */
function callers(): readonly Unit[] {
  const call = currentCall();
  return [call?.unit, call?.entry?.unit].filter((unit) => unit instanceof Unit).map((unit) => unit.mergedInto ?? unit);
}

/** @throws GuardError */
function check(unit: Unit, method: string): void {
  if (currentCall()?.isDisposal === true) return;
  const units = callers();
  if (units.some((caller) => isEntitled(caller, unit))) return;
  const error = guardError(units[0], method, { label: unit.label, state: unit.state.at, unit });
  unit.host.events.emit({ kind: 'guard:misuse', service: unit.label, error }, unit.lastEvent);
  throw error;
}

/** Who may call a service that does not run. */
function isEntitled(caller: Unit, unit: Unit): boolean {
  if (caller === unit) return true;
  switch (unit.state.at) {
    // What it needs knows it only from a callback of its own, and while it starts or stops that may be there.
    case 'starting':
    case 'stopping':
      return dependsOn(unit, caller);
    // It ran, and nobody has taken it down yet: those that need it go first, and may use it until then.
    case 'crashed':
      return unit.life?.complete === true && dependsOn(caller, unit);
    default:
      return false;
  }
}
