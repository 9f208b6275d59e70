import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { progressOf, progressText } from '../lifecycle/progress.ts';
import type { StatusLine } from './status-line.ts';

/** A start that takes longer than this is worth looking at, in milliseconds. */
export const LONG_START = 1_000;

/** How often it is drawn, in milliseconds. */
const EVERY = 100;

/** Shows how far a start has come, once it takes long. @returns the undo */
export function showProgress(lifecycle: Lifecycle, line: StatusLine): () => void {
  const { clock } = lifecycle;
  let cancel = clock.timer(LONG_START, draw);
  return () => {
    cancel();
    line.show('');
  };

  function draw(): void {
    line.show(`Starting ${progressText(progressOf(lifecycle.runningGraph.units, clock.now()))}`);
    cancel = clock.timer(EVERY, draw);
  }
}
