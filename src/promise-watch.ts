/** Somebody who waits for a promise. */
export interface Watcher {
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (error: unknown) => void;
}

const watched = new WeakMap<PromiseLike<unknown>, Set<Watcher>>();

/**
 * Tells when a promise settles, until that is undone. A promise cannot be told to forget who waits for it: one that lives long
 * and is waited for again and again, each time for a while, would keep them all. Here it knows of one.
 *
 * @returns the undo
 */
export function watchPromise(promise: PromiseLike<unknown>, watcher: Watcher): () => void {
  const watchers = watched.get(promise) ?? begin(promise);
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

function begin(promise: PromiseLike<unknown>): Set<Watcher> {
  const watchers = new Set<Watcher>();
  // A thenable that is no promise may do its work anew each time it is asked.
  if (promise instanceof Promise) watched.set(promise, watchers);
  const settle = (tell: (watcher: Watcher) => void): void => {
    watched.delete(promise);
    for (const watcher of watchers) tell(watcher);
  };
  Promise.resolve(promise).then(
    (value) => settle(({ fulfilled }) => fulfilled(value)),
    (error: unknown) => settle(({ rejected }) => rejected(error)),
  );
  return watchers;
}
