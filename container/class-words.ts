/** What a class says about itself, read once: its spec, what it declares to depend on, and what looks wrong with it. */

import { type DependencyIdentifier, declaredDependenciesOf, managedOptionsOf } from '../decorators/managed.ts';
import { hasWords } from '../decorators/metadata.ts';
import { supervisedOptionsOf } from '../decorators/supervised.ts';
import { messageOf, OptionError } from '../src/errors.ts';
import type { GraphIssueCode } from '../src/graph/model.ts';
import { hooksOf, nearMisses } from '../src/hooks.ts';
import { checkNames, checkOption } from '../src/option-check.ts';
import {
  HOOK_NAMES,
  type HookName,
  type ManagedOptions,
  plainSpec,
  type ServiceSpec,
  serviceSpec,
} from '../src/spec.ts';
import { givenNameOf, isServiceObject } from '../src/standing.ts';
import { type Supervised, type SupervisedOptions, supervisedOf } from '../src/supervision/policy.ts';
import type { TaskSpec } from '../src/tasks/task-spec.ts';
import { type ClassTasks, tasksOf } from './class-tasks.ts';
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
  /** Undefined for a class without hooks, tasks and the base class `Service`, and for one that is not to be managed. */
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

/**
 * The spec of an object that is there: of its class's words, and of the hooks it has itself.
 *
 * @throws OptionError for options of `@Managed`, and of tasks, that make no sense
 */
export function specOfInstance(instance: object): ServiceSpec | undefined {
  const { constructor: Class } = instance;
  const isSilent = !isClass(Class) || !hasWords(Class);
  const ofClass = isSilent ? NO_OPTIONS : managedOptionsOf(Class);
  if (ofClass === false) return undefined;
  const name = givenNameOf(instance);
  const options = name === undefined ? ofClass : { ...ofClass, name };
  const hooks = hooksOf(instance);
  const { tasks, faults } = isSilent ? NO_TASKS : tasksOf(Class);
  if (faults[0] !== undefined) throw new OptionError(faults[0]);
  const isService = hooks.size > 0 || tasks.length > 0 || isServiceObject(instance);
  return isService ? checkedSpec(Class as ClassLike, hooks, tasks, options) : undefined;
}

/** What a value says about itself, if it is an object; it never throws, whatever a proxy does. */
export function wordsOfValue(value: unknown): ClassWords {
  if (!isObject(value)) return NO_WORDS;
  try {
    const spec = specOfInstance(value);
    return spec === undefined ? NO_WORDS : { ...NO_WORDS, spec, name: spec.name };
  } catch (error) {
    if (!(error instanceof OptionError)) return NO_WORDS;
    return { ...NO_WORDS, spec: serviceSpec(hooksOf(value), {}), faults: [optionFault(error)] };
  }
}

const NO_WORDS: ClassWords = { spec: undefined, name: undefined, dependsOn: [], faults: [] };

function read(Class: ClassLike): ClassWords {
  const isSilent = !hasWords(Class);
  const options = isSilent ? NO_OPTIONS : managedOptionsOf(Class);
  const dependsOn = isSilent ? [] : declaredDependenciesOf(Class);
  const faults: ClassFault[] = [];
  const lost = lostInjection(Class);
  if (lost !== undefined) {
    faults.push({ code: 'INHERITED_CONSTRUCTOR', message: lostInjectionText(Class, lost), grave: true });
  }
  if (options === false || !isObject(Class.prototype)) return { spec: undefined, name: undefined, dependsOn, faults };
  const spec = specOf(Class, isSilent ? NO_TASKS : tasksOf(Class), options, faults);
  if (spec !== undefined && hasThen(Class)) faults.push(thenFault(Class));
  if (!isSilent && isDisposedOnly(Class)) faults.push(disposedOnlyFault(Class));
  for (const { name, meant } of nearMisses(Class.prototype)) {
    const message = `${Class.name}.${name} looks like a hook and is none: did you mean ${meant}? If it is no hook, write @Managed(false) or rename it.`;
    faults.push({ code: 'NEAR_MISS', message, grave: false });
  }
  const field = spec === undefined ? hookField(Class) : undefined;
  if (field !== undefined) faults.push(fieldFault(Class, field));
  return { spec, name: spec === undefined ? options.name : spec.name, dependsOn, faults };
}

function specOf(
  Class: ClassLike,
  said: ClassTasks,
  options: ManagedOptions,
  faults: ClassFault[],
): ServiceSpec | undefined {
  const prototype = Class.prototype as object;
  const hooks = hooksOf(prototype);
  for (const message of said.faults) faults.push({ code: 'INVALID_METADATA', message, grave: true });
  const isService = hooks.size > 0 || said.tasks.length > 0 || said.faults.length > 0 || isServiceObject(prototype);
  try {
    const spec = checkedSpec(Class, hooks, said.tasks, options);
    return isService ? spec : undefined;
  } catch (error) {
    faults.push(optionFault(error));
    return serviceSpec(hooks, {});
  }
}

type Check = readonly [test: (value: unknown) => boolean, expected: string];

const TEXT: Check = [(value) => typeof value === 'string' && value !== '', "a text like 'Db'"];
const FLAG: Check = [(value) => typeof value === 'boolean', 'true or false'];
/** Durations are checked where they are read. */
const DURATION: Check = [() => true, 'a duration'];

const OPTIONS: Readonly<Record<keyof ManagedOptions, Check>> = {
  name: TEXT,
  startTimeout: DURATION,
  stopTimeout: DURATION,
  optional: FLAG,
  background: FLAG,
};

const NO_OPTIONS: ManagedOptions = {};
const NO_TASKS: ClassTasks = { tasks: [], faults: [] };

function checkedSpec(
  Class: ClassLike,
  hooks: ReadonlySet<HookName>,
  tasks: readonly TaskSpec[],
  options: ManagedOptions,
): ServiceSpec {
  if (options === NO_OPTIONS && tasks.length === 0) return plainSpec(hooks);
  const supervised = supervisedBy(Class);
  try {
    checkNames(options, Object.keys(OPTIONS), 'options');
    for (const [name, [test, expected]] of Object.entries(OPTIONS)) {
      const value = options[name as keyof ManagedOptions];
      checkOption(value === undefined || test(value), name, expected, value);
    }
    return serviceSpec(hooks, options, tasks, supervised);
  } catch (error) {
    throw new OptionError(`@Managed of ${Class.name}: ${messageOf(error)}`, { options });
  }
}

function supervisedBy(Class: ClassLike): Supervised | undefined {
  const options = supervisedOptionsOf(Class);
  if (options === undefined) return undefined;
  try {
    return supervisedOf(options);
  } catch (error) {
    throw new OptionError(`${Class.name}: ${messageOf(error)}`, { options });
  }
}

/** A restart keeps the object: what can be disposed of and has no start of its own is never made ready again. */
function isDisposedOnly(Class: ClassLike): boolean {
  const { strategy = 'restForGraph', type, group } = supervisedOptionsOf(Class) ?? NOT_SUPERVISED;
  const isRestarted = type !== 'temporary' && (group !== undefined || RESTARTING.has(strategy));
  const prototype = Class.prototype as object;
  return isRestarted && !('onStart' in prototype) && (Symbol.dispose in prototype || Symbol.asyncDispose in prototype);
}

const NOT_SUPERVISED: SupervisedOptions = { type: 'temporary' };

const RESTARTING: ReadonlySet<string> = new Set(['restForGraph', 'oneForOne', 'oneForAll']);

function disposedOnlyFault(Class: ClassLike): ClassFault {
  const message = `${Class.name} is @Supervised, but it has a dispose method and no onStart, so a restart could not make it ready again; give it onStart and onStop, or write @Supervised({ type: 'temporary' })`;
  return { code: 'NOT_RESTARTABLE', message, grave: true };
}

function optionFault(error: unknown): ClassFault {
  return { code: 'INVALID_METADATA', message: messageOf(error), grave: true };
}

/** A hook that is written as a field, `onStart = async () => {}`: the class itself does not have it. Told by the source. */
const HOOK_FIELD = new RegExp(`\\b(${HOOK_NAMES.join('|')})\\s*=[^=>]`);

function hookField(Class: ClassLike): string | undefined {
  return HOOK_FIELD.exec(Function.prototype.toString.call(Class))?.[1];
}

function fieldFault(Class: ClassLike, field: string): ClassFault {
  const message = `${Class.name}.${field} is a field, which nobody sees before there is an object: nothing starts ${Class.name} but a service that needs it. Write a method: ${field}() {}.`;
  return { code: 'NEAR_MISS', message, grave: false };
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
