/** Which steps bring a service up, and who is told while one of them is at work, in whatever lifecycle of the process. */

import type { StepName } from '../events/service-events.ts';

const STARTING: ReadonlySet<StepName> = new Set(['create', 'onFirstStart', 'onStart', 'onRestart', 'onStarted']);

export interface StartHooksWatcher {
  began(): void;
  /** It has settled, or was left behind. */
  ended(): void;
}

let watcher: StartHooksWatcher | undefined;

/** There is one, that of the Worker; without, it costs a look at each step. @returns the undo */
export function watchStartHooks(by: StartHooksWatcher): () => void {
  watcher = by;
  return () => {
    if (watcher === by) watcher = undefined;
  };
}

/** Whoever is to be told of this step. */
export function watcherOf(step: StepName): StartHooksWatcher | undefined {
  return watcher !== undefined && STARTING.has(step) ? watcher : undefined;
}
