import { currentEntry, type Entry } from '../current.ts';

/** Told of a rejection that nobody handled. */
export type RejectionWatcher = (reason: unknown, entry: Entry | undefined) => void;

type Listener = (reason: unknown, promise: Promise<unknown>) => void;

const watchers = new Map<object, RejectionWatcher>();
/** Those of the program, which hear of what is not the watchers'. */
let others: Listener[] = [];

/**
 * Has promises that reject with nobody to handle it told to the watcher, where a service of this lifecycle has made them; the
 * process's own listeners hear of the rest, as ever.
 *
 * @returns the undo
 */
export function watchRejections(host: object, watcher: RejectionWatcher): () => void {
  if (watchers.size === 0) {
    others = process.listeners('unhandledRejection') as Listener[];
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', handOn);
  }
  watchers.set(host, watcher);
  return () => {
    if (!watchers.delete(host) || watchers.size > 0) return;
    process.removeListener('unhandledRejection', handOn);
    for (const listener of others) process.on('unhandledRejection', listener);
  };
}

/** Node calls this in the context that the promise was made in. */
function handOn(reason: unknown, promise: Promise<unknown>): void {
  const entry = currentEntry();
  const { host } = (entry?.unit ?? {}) as { readonly host?: object };
  const watcher = host && watchers.get(host);
  if (watcher !== undefined) watcher(reason, entry);
  else if (others.length > 0) for (const listener of others) listener(reason, promise);
  else for (const each of watchers.values()) each(reason, undefined);
}
