import type { ManagedOptions } from '../src/spec.ts';
import { type AnyClass, ownWord, readWords, writeWord } from './metadata.ts';

const MANAGED = 'managed';
const DEPENDS_ON = 'dependsOn';

/** A class decorator that works with `experimentalDecorators` and as a TC39 one. */
export type ClassDecorator = (target: AnyClass, context?: ClassDecoratorContext) => void;

/** What a class can be bound as, or a lazy form of it (`new LazyServiceIdentifier(() => Db)`). */
export type DependencyIdentifier = string | symbol | AnyClass | { unwrap(): string | symbol | AnyClass };

/**
 * Says how a service is managed; none of it is needed. Inherited, but for the name; the nearest class decides. The options
 * are checked when the graph is built.
 *
 * @param options `false`: the class has hook-like method names by accident, leave it alone
 * @throws TypeError when it decorates anything but a class, or for what is no object of options
 */
export function Managed(options: ManagedOptions | false): ClassDecorator {
  if (options !== false && !isOptions(options)) {
    throw new TypeError(
      `@Managed expects options like { name: 'db', startTimeout: '10s' }, or false; got ${describe(options)}`,
    );
  }
  return (...given) => {
    const [target, context] = checkedClass('@Managed', given);
    writeWord(context?.metadata ?? target, MANAGED, options);
  };
}

/**
 * Declares dependencies that the container cannot see: those of a factory, of a dynamic value, of a service locator. They
 * order start and stop like any other. A subclass has its bases' too.
 *
 * @throws TypeError when it decorates anything but a class, or for something that can be no identifier
 */
export function DependsOn(...dependencies: readonly DependencyIdentifier[]): ClassDecorator {
  dependencies.forEach((dependency, index) => {
    if (isIdentifier(dependency)) return;
    throw new TypeError(
      `@DependsOn expects identifiers (classes, symbols, strings), got ${String(dependency)} as argument ${index}. ` +
        'If that class is in a file that imports this one, write new LazyServiceIdentifier(() => TheClass).',
    );
  });
  return (...given) => {
    const [target, context] = checkedClass('@DependsOn', given);
    const place = context?.metadata ?? target;
    const known = ownWord<typeof dependencies>(place, DEPENDS_ON) ?? [];
    writeWord(place, DEPENDS_ON, [...dependencies, ...known]);
  };
}

/** What `@Managed` says of a class: its options, or false; empty for one that says nothing. */
export function managedOptionsOf(target: AnyClass): ManagedOptions | false {
  const words = readWords<ManagedOptions | false>(target, MANAGED);
  const opposed = words.findIndex(({ value }) => value === false);
  if (opposed === 0) return false;
  const merged: Record<string, unknown> = {};
  for (const { own, value } of opposed < 0 ? words : words.slice(0, opposed)) {
    for (const [option, setting] of Object.entries(value)) {
      if (!(option in merged) && (own || option !== 'name')) merged[option] = setting;
    }
  }
  return merged;
}

/** What `@DependsOn` says of a class and its bases. */
export function declaredDependenciesOf(target: AnyClass): readonly DependencyIdentifier[] {
  return readWords<readonly DependencyIdentifier[]>(target, DEPENDS_ON).flatMap(({ value }) => value);
}

/**
 * What a class decorator is called with: legacy ones with the class alone, TC39 ones with a context too. Legacy decorators
 * of members and parameters are called with three arguments, of fields with two.
 */
function checkedClass(decorator: string, given: readonly unknown[]): Parameters<ClassDecorator> {
  const [target, context] = given;
  const isLegacy = given.length === 1;
  const kind = typeof context === 'object' && context !== null && 'kind' in context ? context.kind : undefined;
  if (typeof target === 'function' && (isLegacy || kind === 'class')) return given as Parameters<ClassDecorator>;
  const got = kind === undefined ? (isLegacy ? typeof target : 'a member or a parameter') : `a ${kind}`;
  throw new TypeError(`${decorator} decorates classes, got ${got}; write it above "class"`);
}

function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function isIdentifier(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'symbol' || typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && 'unwrap' in value && typeof value.unwrap === 'function';
}
