/** The silent trap of Inversify: a subclass that inherits a constructor, but not what to inject into it. */

import { type ClassLike, classMetadata, ELEMENT_KIND } from './inversify.ts';

/** A constructor whose arguments will all be `undefined`. */
export interface LostInjection {
  /** Whose constructor it is. */
  readonly base: ClassLike;
  /** How many arguments the base has injected. */
  readonly count: number;
}

/**
 * What a class without a constructor of its own loses of its base's injections: `@injectable() class Sub extends Base {}`
 * makes a `Sub` with `undefined` for each, and no error. `@injectFromBase()` or `@injectFromHierarchy()` mend it.
 */
export function lostInjection(Class: ClassLike): LostInjection | undefined {
  if (Object.getPrototypeOf(Class) === Function.prototype) return undefined;
  if (classMetadata(Class).constructorArguments.length > 0) return undefined;
  for (let at = Class; inheritsConstructor(at); ) {
    const base: unknown = Object.getPrototypeOf(at);
    if (!isClass(base)) return undefined;
    const count = injectedCount(base);
    if (count > 0) return { base, count };
    at = base;
  }
  return undefined;
}

/** The trap in words, with the code that mends it. */
export function lostInjectionText(Class: ClassLike, { base, count }: LostInjection): string {
  const injections = `${count} argument${count === 1 ? '' : 's'}`;
  return `${Class.name} inherits the constructor of ${base.name} but injects none of its ${injections}: add @injectFromBase()`;
}

function injectedCount(Class: ClassLike): number {
  const { constructorArguments } = classMetadata(Class);
  return constructorArguments.filter(({ kind }) => kind !== ELEMENT_KIND.unmanaged).length;
}

function isClass(value: unknown): value is ClassLike {
  return typeof value === 'function' && value !== Function.prototype;
}

/** Compilers write this one where a class has fields and no constructor. */
const FORWARDING = /\bconstructor\s*\(\s*(?:\.\.\.(\w+))?\s*\)\s*\{\s*super\(\s*\.\.\.(?:arguments|\1)\s*\)/;

/** Judged by the source: the word `constructor(` anywhere in it, in a string even, counts as having one. */
function inheritsConstructor(Class: ClassLike): boolean {
  const source = Function.prototype.toString.call(Class);
  if (Class.length > 0 || !source.startsWith('class')) return false;
  return !/\bconstructor\s*\(/.test(source) || FORWARDING.test(source);
}
