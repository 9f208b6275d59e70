import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { progressOf, progressText } from '../lifecycle/progress.ts';
import type { StatusLine } from './status-line.ts';

/** A start that takes longer than this is worth looking at, in milliseconds. */
export const LONG_START = 1_000;

/** How often it is drawn, in milliseconds. */
const EVERY = 100;

/** Shows how far a start has come, or its undoing, once it takes long. @returns the undo */
export function showProgress(lifecycle: Lifecycle, line: StatusLine): () => void {
  const { clock } = lifecycle;
  let cancel = clock.timer(LONG_START, draw);
  return () => {
    cancel();
    line.hide();
  };

  function draw(): void {
    const far = progressText(progressOf(lifecycle.runningGraph.units, clock.now()));
    // The log may have it drawn again once the start has been given up.
    line.show(() => `${isGivenUp(lifecycle) ? 'Stopping' : 'Starting'} ${far}`);
    cancel = clock.timer(EVERY, draw);
  }
}

function isGivenUp({ state, starts }: Lifecycle): boolean {
  return state === 'stopping' || starts.underWay?.walk.aborted === true;
}
