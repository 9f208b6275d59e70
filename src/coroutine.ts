/**
 * Work in steps, written like an async function, with one difference: what is there already is not awaited. Thousands of
 * services whose hooks have nothing to wait for start and stop with hardly a promise in between.
 */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Waits for a value that may be there already: `const outcome = yield* settled(call)`. */
export function* settled<T>(value: T | Promise<T>): Steps<T> {
  return value instanceof Promise ? ((yield value) as T) : value;
}

/** Does the work; gives a promise only where something has to be awaited. What it throws before that, this throws. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value);
}

async function goOn<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  let awaited = first;
  for (;;) {
    const next = await awaited.then(
      (value) => steps.next(value),
      (error: unknown) => steps.throw(error),
    );
    if (next.done) return next.value;
    awaited = next.value;
  }
}
