import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepName } from '../events.ts';
import type { Unit } from './unit.ts';

/** One entry into the user's code. */
export interface Entry {
  readonly unit: Unit;
  readonly step: StepName;
  /** False once the step has settled, though callbacks it left behind still carry the entry. */
  active: boolean;
}

const storage = new AsyncLocalStorage<Entry>();

/** Runs the user's code as a step of a service, so that whatever it leads to can be attributed to it. */
export function enter<T>(entry: Entry, run: () => T): T {
  return storage.run(entry, run);
}

/** The step in whose asynchronous context this runs: the hook or task itself, or a callback that one left behind. */
export function currentEntry(): Entry | undefined {
  return storage.getStore();
}
