import type { AnyClass } from './metadata.ts';

/** A class decorator that works with `experimentalDecorators` and as a TC39 one. */
export type ClassDecorator = (target: AnyClass, context?: ClassDecoratorContext) => void;

/**
 * What a class decorator is called with: legacy ones with the class alone, TC39 ones with a context too. Legacy decorators
 * of members and parameters are called with three arguments, of fields with two.
 *
 * @throws TypeError when it decorates anything but a class
 */
export function checkedClass(decorator: string, given: readonly unknown[]): Parameters<ClassDecorator> {
  const [target, context] = given;
  const isLegacy = given.length === 1;
  const kind = typeof context === 'object' && context !== null && 'kind' in context ? context.kind : undefined;
  if (typeof target === 'function' && (isLegacy || kind === 'class')) return given as Parameters<ClassDecorator>;
  const got = kind === undefined ? (isLegacy ? typeof target : 'a member or a parameter') : `a ${kind}`;
  throw new TypeError(`${decorator} decorates classes, got ${got}; write it above "class"`);
}

export function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it reads in an error. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? `'${value}'` : String(value);
}
