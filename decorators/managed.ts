import type { ManagedOptions } from '../src/spec.ts';
import { type ClassDecorator, checkedClass, describe, isOptions } from './class-decorator.ts';
import { type AnyClass, ownWord, readWords, writeWord } from './metadata.ts';

const MANAGED = 'managed';
const DEPENDS_ON = 'dependsOn';

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

function isIdentifier(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'symbol' || typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && 'unwrap' in value && typeof value.unwrap === 'function';
}
