import type { Unit } from './unit.ts';

/** Which unit an object lives in: several bindings, also of several containers, may hold one object. */
const holders = new WeakMap<object, Unit>();

/** Objects whose life is over for good. */
const gone = new WeakSet<object>();

export function hold(instance: unknown, unit: Unit): void {
  if (isObject(instance) && !holders.has(instance)) holders.set(instance, unit);
}

export function holderOf(instance: unknown): Unit | undefined {
  return isObject(instance) ? holders.get(instance) : undefined;
}

/** The unit leaves the graph; its object may be held by another one later. */
export function letGo(unit: Unit): void {
  if (isObject(unit.instance) && holders.get(unit.instance) === unit) holders.delete(unit.instance);
}

/** The unit is down, and has another object from now on. @param instance undefined where one is to be made */
export function renew(unit: Unit, instance?: object, spec: Unit['spec'] = unit.spec): void {
  letGo(unit);
  unit.renew(instance, spec);
  hold(instance, unit);
}

export function disposed(instance: unknown): boolean {
  return isObject(instance) && gone.has(instance);
}

export function markDisposed(instance: unknown): void {
  if (isObject(instance)) gone.add(instance);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
