/**
 * Where decorators write and readers read: plain data under one symbol. The symbol is a global one, so that two copies of
 * the package in one process see each other's decorators.
 *
 * Legacy decorators (`experimentalDecorators`) write an own property of the class, TC39 ones write `context.metadata`; a
 * reader looks at both, without any instance.
 */

// Node 20 has no Symbol.metadata; compilers emit TC39 metadata only where it is there.
if (Symbol.metadata === undefined) {
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), configurable: true });
}

const WORDS = Symbol.for('inversify-lifecycle.words');

/** A class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => unknown;

type Store = Record<PropertyKey, unknown>;

/** Where a decorator writes: on the class itself, or (TC39) on the metadata of its context. */
export type WordPlace = AnyClass | DecoratorMetadata;

/** Writes one word of a class about itself; a word that was there is replaced. */
export function writeWord<T>(place: WordPlace, word: string, value: T): void {
  const store = place as unknown as Store;
  if (!Object.hasOwn(store, WORDS)) Object.defineProperty(store, WORDS, { value: {}, configurable: true });
  (store[WORDS] as Store)[word] = value;
}

/** What the class said under this word before; decorators are applied from the lowest to the topmost. */
export function ownWord<T>(place: WordPlace, word: string): T | undefined {
  const store = place as unknown as Store;
  return Object.hasOwn(store, WORDS) ? ((store[WORDS] as Store)[word] as T | undefined) : undefined;
}

/** What a class and its bases say under this word, the class's own first. */
export function readWords<T>(target: AnyClass, word: string): { readonly own: boolean; readonly value: T }[] {
  const found: { own: boolean; value: T }[] = [];
  for (
    let at: unknown = target;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const place of placesOf(at)) {
      const words = Object.hasOwn(place, WORDS) ? (place[WORDS] as Store) : {};
      if (Object.hasOwn(words, word)) found.push({ own: at === target, value: words[word] as T });
    }
  }
  return found;
}

/** Whether a class or one of its bases says anything at all; most do not. */
export function hasWords(target: AnyClass): boolean {
  for (
    let at: unknown = target;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (Object.hasOwn(at, WORDS) || Object.hasOwn(at, Symbol.metadata)) return true;
  }
  return false;
}

function placesOf(target: object): Store[] {
  const places = [target as Store];
  if (!Object.hasOwn(target, Symbol.metadata)) return places;
  const metadata = (target as Store)[Symbol.metadata];
  return typeof metadata === 'object' && metadata !== null ? [...places, metadata as Store] : places;
}
