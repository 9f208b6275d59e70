/** Doubles in place of what a container binds. */

import type { Container, Newable, ServiceIdentifier } from 'inversify';
import { suggestion } from '../../src/did-you-mean.ts';
import { OptionError, textOf } from '../../src/errors.ts';
import type { Hooks } from '../../src/hooks.ts';
import type { ContainerSource } from '../container-source.ts';
import { identifierText } from '../inversify.ts';

/** As much of a `T` as a test needs, and hooks of its own. */
export type Stub<T> = Omit<Partial<T>, keyof Hooks> & Hooks;

/** What may stand in for a `T`: a stub of it, or a class of such; of what is no object, another one. */
export type Double<T> = unknown extends T
  ? unknown
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? Stub<T> | Newable<Stub<T>>
      : T;

/** What is bound to the identifier, and what is to be there in its place. */
export type Override<T> = readonly [identifier: ServiceIdentifier<T>, double: Double<NoInfer<T>>];

/** A list in which each double fits its own identifier. */
export type Overrides<T extends unknown[]> = [...{ [K in keyof T]: Override<T[K]> }];

/**
 * Puts the doubles into a container that has not been started: a class as a singleton, anything else as the constant that it is.
 *
 * @throws OptionError for what is no pair, and for an identifier that the container itself does not bind
 */
export async function override(
  container: Container,
  source: ContainerSource,
  overrides: readonly Override<unknown>[],
): Promise<void> {
  if (!Array.isArray(overrides) || !overrides.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new OptionError(`overrides must be a list like [[Db, new FakeDb()]], got ${textOf(overrides)}`);
  }
  for (const [identifier] of overrides) if (!source.binds(identifier)) throw notBound(identifier, source);
  for (const [identifier, double] of overrides) {
    await unbind(container, identifier);
    const binding = container.bind<unknown>(identifier);
    if (isClass(double)) binding.to(double).inSingletonScope();
    else binding.toConstantValue(double);
  }
}

/** Its name in Inversify 8, and in 7. */
function unbind(container: Container, identifier: ServiceIdentifier): Promise<void> {
  const methods = container as unknown as Record<string, (identifier: ServiceIdentifier) => Promise<void>>;
  const method = methods.unbindAsync ?? methods.unbind;
  return method?.call(container, identifier) ?? Promise.resolve();
}

function notBound(identifier: unknown, source: ContainerSource): OptionError {
  const text = typeof identifier === 'function' ? identifier.name : String(identifier);
  const known = [...new Set(source.ownBindings().map(({ serviceIdentifier }) => identifierText(serviceIdentifier)))];
  const hint = suggestion(text, known, 'Nothing is bound in it.');
  return new OptionError(`overrides: nothing is bound to ${text} in this container (a parent's is its own). ${hint}`, {
    identifier,
  });
}

/** A function that is bound as a value, a mock among them, is none. */
function isClass(double: unknown): double is Newable<unknown> {
  return typeof double === 'function' && /^class\b/.test(Function.prototype.toString.call(double));
}
