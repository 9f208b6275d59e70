import { MAX_DELAY } from '../clock.ts';
import { humanize } from '../duration.ts';
import { type HandleSnapshot, handleLines } from '../handles/handle.ts';
import { liveHandles } from '../handles/live-handles.ts';
import { EXIT } from './exit-code.ts';
import { isClaimed } from './process-claim.ts';

/** What a process takes to end by itself, in milliseconds. */
const LEAST = 100;

/** What there is to be told of an end by force. */
export interface HeldExit {
  /** How long the process has been alive with nothing to do, in milliseconds. */
  readonly after: number;
  readonly handles: readonly HandleSnapshot[];
  /** Node's own names of what is active, for where no handle is known. */
  readonly kinds: readonly string[];
  readonly hasTracked: boolean;
}

/** A global symbol: there is one guard in a process, also of Workers of several copies of the package. */
const GUARD = Symbol.for('inversify-lifecycle.exit-guard');
const place = globalThis as { [GUARD]?: NodeJS.Timeout };

/**
 * Ends the process by force if something keeps it alive after all is stopped, and names that with the service that made it.
 * While nothing does, it costs nothing. It takes the place of the guard that was there.
 *
 * @param code the exit code that it was to have
 * @param hasTracked whether all handles were tracked, and not only those of start hooks
 */
export function guardExit(after: number, code: number, hasTracked: boolean): void {
  dropExitGuard();
  if (after === Number.POSITIVE_INFINITY) return;
  wait(Math.max(after, LEAST), () => {
    // What another Worker runs is to keep the process alive; that one has a guard of its own.
    if (isClaimed()) return;
    console.error(heldText({ after, handles: liveHandles(), kinds: process.getActiveResourcesInfo(), hasTracked }));
    process.exit(code === EXIT.ok ? EXIT.handlesLeft : code);
  });
}

/** The guard of a Worker that has ended is no matter of the next one. */
export function dropExitGuard(): void {
  clearTimeout(place[GUARD]);
  delete place[GUARD];
}

function wait(left: number, end: () => void): void {
  const part = Math.min(left, MAX_DELAY);
  const goOn = (): void => (part < left ? wait(left - part, end) : end());
  place[GUARD] = setTimeout(goOn, part).unref();
}

/** What is written before the end. */
export function heldText({ after, handles, kinds, hasTracked }: HeldExit): string {
  const held = handles.length > 0 ? handleLines(handles) : kinds;
  const what = held.length === 0 ? '' : `:\n${held.map((line) => `  ${line}`).join('\n')}`;
  const isOpen = handles.some(({ owner }) => owner === undefined);
  const hint =
    isOpen && !hasTracked
      ? '\nWhat is not made by a start hook has an owner only with the option trackHandles: true, which also shows where each was made.'
      : '';
  return `All is stopped, but something has kept the process alive for ${humanize(after)}. It is ended by force; close what was opened in onStop, or with defer()${what}${hint}`;
}
