/**
 * What will be there. Like a promise it is given once; unlike one it cannot be refused, and tells those who wait at once and
 * not a turn later. A hook that is awaited costs one promise this way, the user's own, and not half a dozen.
 */
export class Later<T> {
  #given: { readonly value: T } | undefined;
  #waiting: ((value: T) => void)[] | undefined;

  /** Of a promise that does not reject. */
  static of<T>(promise: Promise<T>): Later<T> {
    const later = new Later<T>();
    void promise.then((value) => later.give(value));
    return later;
  }

  /** The first time counts. */
  give(value: T): void {
    if (this.#given !== undefined) return;
    this.#given = { value };
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const next of waiting) next(value);
  }

  whenGiven(next: (value: T) => void): void {
    if (this.#given !== undefined) {
      next(this.#given.value);
      return;
    }
    this.#waiting ??= [];
    this.#waiting.push(next);
  }
}

/**
 * What may be there already. Thousands of services have hooks with nothing to wait for: these start and stop with no promise
 * in between, and without the generators or async functions that would make one.
 */
export type Eventual<T> = T | Later<T>;

/** Goes on with a value: at once if it is there, and when it is otherwise. */
export function andThen<T, R>(value: Eventual<T>, next: (value: T) => Eventual<R>): Eventual<R> {
  if (!(value instanceof Later)) return next(value);
  const result = new Later<R>();
  value.whenGiven((given) => {
    const further = next(given);
    if (further instanceof Later) further.whenGiven((last) => result.give(last));
    else result.give(further);
  });
  return result;
}

/** For those who `await`. */
export function promiseOf<T>(value: Eventual<T>): Promise<T> {
  return value instanceof Later ? new Promise((resolve) => value.whenGiven(resolve)) : Promise.resolve(value);
}
