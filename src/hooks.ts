import { editDistance } from './did-you-mean.ts';
import type { ServiceContext } from './lifecycle/context.ts';
import { HOOK_NAMES, type HookName } from './spec.ts';

/*
 * One interface per hook, for `implements`. None is needed: a hook is found by its name. Each is awaited and may throw; what
 * it gives is ignored.
 * They are Mode's, with one difference: there a parent starts before what it depends on, here dependencies come first.
 */

/** Once per instance, before its first `onStart`; all that the service depends on runs. */
export interface OnFirstStart {
  onFirstStart(context: ServiceContext): unknown;
}

/** At each start; all that the service depends on runs. When it fulfils, the service runs. */
export interface OnStart {
  onStart(context: ServiceContext): unknown;
}

/** After the service runs. Dependents do not wait for it, `startAll` does. */
export interface OnStarted {
  onStarted(context: ServiceContext): unknown;
}

/** All that depended on the service has stopped, and all that it depends on still runs. */
export interface OnStop {
  onStop(context: ServiceContext): unknown;
}

/** The last word of a life, after the service's tasks and disposers; called after a failed start too. */
export interface OnShutdown {
  onShutdown(context: ServiceContext): unknown;
}

/** Before `onStart` when the service comes up again after a restart. */
export interface OnRestart {
  onRestart(context: ServiceContext): unknown;
}

export type Hooks = Partial<OnFirstStart & OnStart & OnStarted & OnStop & OnShutdown & OnRestart>;

/** The sets of hooks there are; classes with the same hooks share one. */
const SETS = new Map<number, ReadonlySet<HookName>>();

/** The hooks an object has, own or inherited. No getter is called. */
export function hooksOf(target: object): ReadonlySet<HookName> {
  let bits = 0;
  for (let index = 0; index < HOOK_NAMES.length; index++) {
    const name = HOOK_NAMES[index] as HookName;
    if (name in target && isMethod(target, name)) bits |= 1 << index;
  }
  const hooks = SETS.get(bits) ?? new Set(HOOK_NAMES.filter((_, index) => bits & (1 << index)));
  SETS.set(bits, hooks);
  return hooks;
}

/** Methods whose name looks like a hook and is none, each with the name that was probably meant. */
export function nearMisses(prototype: object): readonly { readonly name: string; readonly meant: HookName }[] {
  let misses: Map<string, HookName> | undefined;
  for (let layer = prototype; layer && layer !== Object.prototype; layer = Object.getPrototypeOf(layer)) {
    for (const name of Object.getOwnPropertyNames(layer)) {
      const meant = looksLike(name);
      if (meant === undefined || !isMethod(layer, name)) continue;
      misses ??= new Map();
      misses.set(name, meant);
    }
  }
  return misses === undefined ? NO_MISSES : [...misses].map(([name, meant]) => ({ name, meant }));
}

const NO_MISSES: readonly never[] = [];

const NAMES: ReadonlySet<string> = new Set(HOOK_NAMES);

const SUFFIX = /^(s|ed|ped|ing|ping|up|hook)$/;

function looksLike(name: string): HookName | undefined {
  if (!/^on/i.test(name) || NAMES.has(name)) return undefined;
  const lower = name.toLowerCase();
  return HOOK_NAMES.find((hook) => {
    const wanted = hook.toLowerCase();
    if (lower.startsWith(wanted)) return lower === wanted || SUFFIX.test(lower.slice(wanted.length));
    return editDistance(lower, wanted) === 1;
  });
}

function isMethod(target: object, name: string): boolean {
  for (let layer = target; layer; layer = Object.getPrototypeOf(layer)) {
    const descriptor = Object.getOwnPropertyDescriptor(layer, name);
    if (descriptor !== undefined) return typeof descriptor.value === 'function';
  }
  return false;
}
