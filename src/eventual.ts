/**
 * What may be there already. Thousands of services have hooks with nothing to wait for: these start and stop with no promise
 * in between, and without the generators or async functions that would make one.
 */
export type Eventual<T> = T | Promise<T>;

/** Goes on with a value: at once if it is there, and when it is otherwise. */
export function andThen<T, R>(value: Eventual<T>, next: (value: T) => Eventual<R>): Eventual<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
