import { EventEmitter } from 'node:events';
import { HOOK_NAMES, type ServiceSpec } from '../spec.ts';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A method that an object has, by the name it has it under. */
export interface GuardedMethod {
  readonly name: string;
  readonly method: Method;
}

/** Whoever prints, compares or awaits an object calls these; and the engine calls the hooks. */
const SPARED: ReadonlySet<PropertyKey> = new Set<PropertyKey>([
  'constructor',
  'toString',
  'toLocaleString',
  'valueOf',
  'toJSON',
  'inspect',
  'then',
  'catch',
  'finally',
  ...HOOK_NAMES,
]);

/** Bases whose methods are no use of a service: to listen to one before it runs is how one hears that it does. */
const SPARED_BASES = new Set<object>([EventEmitter.prototype, EventTarget.prototype]);

/** Methods of this prototype may be called at any time. */
export function spareBase(prototype: object): void {
  SPARED_BASES.add(prototype);
}

/** Methods that are called by whoever runs the service, whatever state it is in. */
export function sparedMethods(spec: ServiceSpec, more: Iterable<PropertyKey>): ReadonlySet<PropertyKey> {
  return new Set([...SPARED, ...spec.tasks.map(({ method }) => method.key), ...more]);
}

/**
 * The methods of an object that a guard is put before: those of its class and its base classes, the nearest of each name; of
 * an object literal its own. Symbols, accessors and fields are none. No getter is called.
 */
export function* guardedMethodsOf(object: object, spared: ReadonlySet<PropertyKey>): Iterable<GuardedMethod> {
  const seen = new Set<PropertyKey>(spared);
  const isLiteral = isRoot(object) || isRoot(Object.getPrototypeOf(object));
  if (isLiteral) yield* methodsOf(object, seen);
  else for (const name of Object.getOwnPropertyNames(object)) seen.add(name);
  for (let layer = Object.getPrototypeOf(object); layer !== null; layer = Object.getPrototypeOf(layer)) {
    if (isRoot(layer) || SPARED_BASES.has(layer)) return;
    yield* methodsOf(layer, seen);
  }
}

function* methodsOf(layer: object, seen: Set<PropertyKey>): Iterable<GuardedMethod> {
  for (const name of Object.getOwnPropertyNames(layer)) {
    if (seen.has(name)) continue;
    seen.add(name);
    const value: unknown = Object.getOwnPropertyDescriptor(layer, name)?.value;
    if (isMethod(value)) yield { name, method: value };
  }
}

/** `Object.prototype`, of this realm or another one. */
function isRoot(layer: object): boolean {
  return Object.getPrototypeOf(layer) === null;
}

/** A function that is there to be called: no class, and nothing that serves as one. */
function isMethod(value: unknown): value is Method {
  if (typeof value !== 'function') return false;
  const prototype = Object.getOwnPropertyDescriptor(value, 'prototype');
  if (prototype === undefined) return true;
  const members = Reflect.ownKeys(Object(prototype.value));
  return prototype.writable === true && members.every((name) => name === 'constructor');
}
