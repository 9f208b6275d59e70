import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepName } from './events.ts';

/** One entry into the user's code. */
export interface Entry {
  /** The service whose code it is. */
  readonly unit: { readonly label: string };
  readonly step: StepName | 'task';
  /** What it was given, if anything. */
  readonly context?: object | undefined;
  /** False once it has settled, though callbacks it left behind still carry the entry. */
  active: boolean;
}

const storage = new AsyncLocalStorage<Entry>();

/** Runs the user's code as a step or a task of a service, so that whatever it leads to can be attributed to it. */
export function enter<A extends unknown[], R>(entry: Entry, run: (...args: A) => R, ...args: A): R {
  return storage.run(entry, run, ...args);
}

/** The entry in whose asynchronous context this runs: the hook or task itself, or a callback that one left behind. */
export function currentEntry(): Entry | undefined {
  return storage.getStore();
}
