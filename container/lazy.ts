/** Injection of what must not be a dependency: it is looked up when it is used, and orders nothing. */

import { inject, injectable, type ServiceIdentifier } from 'inversify';
import { type Identifier, identifierText } from './inversify.ts';

/** What an identifier led to. */
export interface LazyTarget {
  /** Whether it can be used at this moment. */
  readonly isUsable: boolean;
  readonly value: unknown;
  /** Why it cannot be used. */
  refusal(): Error;
}

/** Where a `Lazy` looks for what it leads to: one for each container, bound to `LAZY_HOME`. */
export interface LazyHome {
  /** @returns undefined where nothing is bound to it; throws a RefError where several are */
  find(identifier: Identifier): LazyTarget | undefined;
  /** The error for what nothing is bound to. */
  missing(identifier: Identifier): Error;
}

/** A global symbol: classes may have taken `lazy` from another copy of the package than the plugin. */
export const LAZY_HOME = Symbol.for('inversify-lifecycle.lazy-home');

/**
 * Something that is looked up when it is used: `constructor(@inject(lazy(Db)) private readonly db: Lazy<Db>)`. It is no
 * dependency: nothing waits for it, and two services that need each other can do so if one of them does it through this. Mode's
 * `ServiceProxy`.
 */
export abstract class Lazy<T> {
  /**
   * The object itself. A service has to run at that moment; what has no life is got from the container the first time.
   *
   * @throws LifecycleError with code LIFECYCLE_NOT_RUNNING for a service that does not run
   * @throws RefError where nothing, or more than one thing, is bound to it
   */
  abstract get value(): T;

  /** The object, or undefined where it is a service that does not run, or nothing is bound to it. */
  abstract peek(): T | undefined;

  /** One that has its object already, for tests. */
  static of<T>(value: T): Lazy<T> {
    return new Given(value);
  }
}

class Given<T> extends Lazy<T> {
  readonly value: T;

  constructor(value: T) {
    super();
    this.value = value;
  }

  peek(): T {
    return this.value;
  }
}

/** Looks it up in its container. */
class LookedUp<T> extends Lazy<T> {
  readonly #home: LazyHome;
  readonly #wanted: () => Identifier;
  #target: LazyTarget | undefined;

  constructor(home: LazyHome, wanted: () => Identifier) {
    super();
    this.#home = home;
    this.#wanted = wanted;
  }

  get value(): T {
    const target = this.#find();
    if (target === undefined) throw this.#home.missing(this.#wanted());
    if (!target.isUsable) throw target.refusal();
    return target.value as T;
  }

  peek(): T | undefined {
    const target = this.#find();
    return target?.isUsable === true ? (target.value as T) : undefined;
  }

  /** What cannot be used any more may have been bound anew. */
  #find(): LazyTarget | undefined {
    if (this.#target?.isUsable !== true) this.#target = this.#home.find(this.#wanted());
    return this.#target;
  }
}

/** What a `Lazy` is injected by: `@inject(lazy(Db))`. */
export type LazyIdentifier<T> = abstract new () => Lazy<T>;

const WANTED = Symbol.for('inversify-lifecycle.lazy');
const place = globalThis as { [WANTED]?: boolean };

const byName = new Map<unknown, LazyIdentifier<unknown>>();
const byClass = new WeakMap<object, LazyIdentifier<unknown>>();

/**
 * The identifier of a `Lazy` of what is bound to this one. A container with a lifecycle knows it by itself; there is nothing to
 * bind.
 *
 * @param identifier what `container.get` would be given; or an arrow function that gives it, for a class in a file that imports
 *   this one: `lazy(() => Db)`
 * @throws TypeError for what can be neither
 */
export function lazy<T>(identifier: ServiceIdentifier<T> | (() => ServiceIdentifier<T>)): LazyIdentifier<T> {
  const isName = typeof identifier === 'string' || typeof identifier === 'symbol';
  if (!isName && typeof identifier !== 'function') {
    throw new TypeError(
      `lazy() expects an identifier (a class, a symbol, a string), got ${String(identifier)}. If that class is in a file that imports this one, write lazy(() => TheClass).`,
    );
  }
  const known = isName ? byName.get(identifier) : byClass.get(identifier);
  if (known !== undefined) return known as LazyIdentifier<T>;
  const made = identifierOf<T>(identifier);
  if (isName) byName.set(identifier, made);
  else byClass.set(identifier, made);
  return made;
}

function identifierOf<T>(identifier: ServiceIdentifier<T> | (() => ServiceIdentifier<T>)): LazyIdentifier<T> {
  // An arrow function is no class: it has no prototype.
  const isArrow =
    typeof identifier === 'function' && !('prototype' in identifier && identifier.prototype !== undefined);
  const wanted = isArrow ? (identifier as () => Identifier) : () => identifier as Identifier;
  class LazyOf extends LookedUp<T> {
    constructor(home: LazyHome) {
      super(home, wanted);
    }
  }
  inject(LAZY_HOME)(LazyOf, undefined, 0);
  injectable()(LazyOf);
  const name = isArrow ? 'Lazy' : `Lazy<${identifierText(identifier as Identifier)}>`;
  Object.defineProperties(LazyOf, { name: { value: name }, [WANTED]: { value: wanted } });
  place[WANTED] = true;
  return LazyOf as unknown as LazyIdentifier<T>;
}

/** Whether `lazy` was ever called; most applications do without. */
export function anyLazy(): boolean {
  return place[WANTED] === true;
}

/** What an identifier of a `Lazy` leads to; undefined for any other one. */
export function wantedBy(identifier: unknown): (() => Identifier) | undefined {
  if (!anyLazy() || typeof identifier !== 'function' || !Object.hasOwn(identifier, WANTED)) return undefined;
  return (identifier as { readonly [WANTED]?: () => Identifier })[WANTED];
}
