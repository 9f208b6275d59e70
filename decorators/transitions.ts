import { checkedMethod } from './method.ts';

/** Counts the flags of one object: the service that lives in it. */
export interface FlagHolder {
  /** Holds the flag while the work goes on, and gives what that gives. */
  hold<T>(flag: string, work: () => T): T;
}

/** Finds who counts the flags of an object; undefined for one that no lifecycle knows. */
export type FindFlagHolder = (object: object) => FlagHolder | undefined;

const KEY = Symbol.for('inversify-lifecycle.flags');

/* One for each copy of the package in the process: an object is known to the copy that it lives with. */
const place = globalThis as { [KEY]?: Set<FindFlagHolder> };
place[KEY] ??= new Set();
const finders: Set<FindFlagHolder> = place[KEY];

/** Has `@TransitionsTo` ask here too: decorators know nothing of the runtime. */
export function addFlagHolders(find: FindFlagHolder): void {
  finders.add(find);
}

/**
 * A method decorator that works with `experimentalDecorators` and as a TC39 one, on methods that give a promise: one that does
 * not is over before anybody could see its flag.
 */
export interface TransitionDecorator {
  <This, A extends unknown[], R extends PromiseLike<unknown>>(
    method: (this: This, ...args: A) => R,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  ): void;
  <M extends (...args: never[]) => PromiseLike<unknown>>(
    prototype: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void;
}

/**
 * The service holds the flag while the method is under way: it is among the `flags` of its snapshot. Calls within and beside
 * each other are counted. On an object that no lifecycle knows the method just runs. Mode's `Service.transitions_to`; without
 * a decorator it is `during(flag, promise)`.
 *
 * @throws TypeError when it decorates anything but a method of instances, or for a flag that is no text
 */
export function TransitionsTo(flag: string): TransitionDecorator {
  if (typeof flag !== 'string' || flag === '') {
    throw new TypeError(
      `@TransitionsTo expects a flag like 'committing', got ${flag === '' ? 'an empty one' : String(flag)}`,
    );
  }
  return ((...given: readonly unknown[]): unknown => {
    checkedMethod('@TransitionsTo', given);
    const [method, , descriptor] = given as [Method, unknown, TypedPropertyDescriptor<Method> | undefined];
    if (descriptor?.value === undefined) return holding(flag, method);
    descriptor.value = holding(flag, descriptor.value);
    return undefined;
  }) as TransitionDecorator;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function holding(flag: string, method: Method): Method {
  const decorated: Method = function (this: unknown, ...args: unknown[]): unknown {
    const holder = holderOf(this);
    return holder === undefined ? method.apply(this, args) : holder.hold(flag, () => method.apply(this, args));
  };
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(decorated, property, { value: method[property], configurable: true });
  }
  return decorated;
}

function holderOf(self: unknown): FlagHolder | undefined {
  if (typeof self !== 'object' || self === null) return undefined;
  for (const find of finders) {
    const holder = find(self);
    if (holder !== undefined) return holder;
  }
  return undefined;
}
