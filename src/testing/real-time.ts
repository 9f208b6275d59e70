/**
 * The machine's own time, for what must end even where a test's clock stands still. It is taken when this file is loaded,
 * before a test can put something else in its place.
 */

const { setImmediate: soon, setTimeout: later, clearTimeout: cancel } = globalThis;

const clock = performance;
const now = clock.now.bind(clock);

/** Milliseconds, of which only differences mean something. */
export function realNow(): number {
  return now();
}

/** Calls the function as soon as all that is at hand is done. */
export function afterThis(call: () => void): void {
  soon(call);
}

/** Calls the function once, so many real milliseconds from now; `Infinity` is never. @returns its undo */
export function afterRealTime(ms: number, call: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  const handle = later(call, ms);
  return () => cancel(handle);
}

/** Lets so many real milliseconds pass. */
export function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => void afterRealTime(ms, resolve));
}
