/** What a class says about itself, read once: its spec, what it declares to depend on, and what looks wrong with it. */

import { type DependencyIdentifier, declaredDependenciesOf, managedOptionsOf } from '../decorators/managed.ts';
import { didYouMean } from '../src/did-you-mean.ts';
import { messageOf } from '../src/errors.ts';
import type { GraphIssueCode } from '../src/graph/model.ts';
import { hooksOf, nearMisses } from '../src/hooks.ts';
import { type ManagedOptions, type ServiceSpec, serviceSpec } from '../src/spec.ts';
import { lostInjection, lostInjectionText } from './inherited-constructor.ts';
import { hasThen } from './instances.ts';
import type { ClassLike } from './inversify.ts';

/** A fault of a class itself, wherever it is bound. */
export interface ClassFault {
  readonly code: GraphIssueCode;
  readonly message: string;
  /** It would make a start fail or go wrong; otherwise it is only worth a warning. */
  readonly grave: boolean;
}

export interface ClassWords {
  /** Undefined for a class without hooks, and for one that is not to be managed. */
  readonly spec: ServiceSpec | undefined;
  /** The name it was given. */
  readonly name: string | undefined;
  readonly dependsOn: readonly DependencyIdentifier[];
  readonly faults: readonly ClassFault[];
}

const known = new WeakMap<ClassLike, ClassWords>();

export function wordsOf(Class: ClassLike): ClassWords {
  const words = known.get(Class) ?? read(Class);
  known.set(Class, words);
  return words;
}

/** The spec of an object that is there: of its class's words, and of the hooks it has itself. */
export function specOfInstance(instance: object): ServiceSpec | undefined {
  const { constructor: Class } = instance;
  const options = isClass(Class) ? managedOptionsOf(Class) : {};
  if (options === false) return undefined;
  const hooks = hooksOf(instance);
  return hooks.size === 0 ? undefined : serviceSpec(hooks, options);
}

function read(Class: ClassLike): ClassWords {
  const options = managedOptionsOf(Class);
  const dependsOn = declaredDependenciesOf(Class);
  const faults: ClassFault[] = [];
  const lost = lostInjection(Class);
  if (lost !== undefined) {
    faults.push({ code: 'INHERITED_CONSTRUCTOR', message: lostInjectionText(Class, lost), grave: true });
  }
  if (options === false || !isObject(Class.prototype)) return { spec: undefined, name: undefined, dependsOn, faults };
  const spec = specOf(Class, options, faults);
  if (spec !== undefined && hasThen(Class)) faults.push(thenFault(Class));
  for (const { name, meant } of nearMisses(Class.prototype)) {
    const message = `${Class.name}.${name} looks like a hook and is none: did you mean ${meant}? If it is no hook, write @Managed(false) or rename it.`;
    faults.push({ code: 'NEAR_MISS', message, grave: false });
  }
  return { spec, name: options.name, dependsOn, faults };
}

const OPTIONS: readonly (keyof ManagedOptions)[] = ['name', 'startTimeout', 'stopTimeout', 'optional', 'background'];

function specOf(Class: ClassLike, options: ManagedOptions, faults: ClassFault[]): ServiceSpec | undefined {
  const hooks = hooksOf(Class.prototype as object);
  try {
    for (const name of Object.keys(options)) checkOption(name);
    const spec = serviceSpec(hooks, options);
    return hooks.size === 0 ? undefined : spec;
  } catch (error) {
    faults.push({ code: 'INVALID_METADATA', message: `@Managed of ${Class.name}: ${messageOf(error)}`, grave: true });
    return serviceSpec(hooks, {});
  }
}

function checkOption(name: string): void {
  if ((OPTIONS as readonly string[]).includes(name)) return;
  const near = didYouMean(name, OPTIONS);
  throw new Error(
    `there is no option '${name}'; ${near === undefined ? `known are ${OPTIONS.join(', ')}` : `did you mean ${near}?`}`,
  );
}

function thenFault(Class: ClassLike): ClassFault {
  const message = `${Class.name} has hooks and a method then(): whoever awaits it waits for what then() does and never gets the service. Rename the method.`;
  return { code: 'THENABLE', message, grave: true };
}

function isClass(value: unknown): value is ClassLike {
  return typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
