import { LifecycleError } from '../errors.ts';

const RUNNING = Symbol.for('inversify-lifecycle.worker');
const place = globalThis as { [RUNNING]?: boolean };

/**
 * Signals, the log and the exit code are the process's: two Workers would fight over them.
 *
 * @returns the undo
 * @throws LifecycleError with code LIFECYCLE_WORKER_RUNNING
 */
export function claimProcess(): () => void {
  if (place[RUNNING] === true) {
    throw new LifecycleError(
      'LIFECYCLE_WORKER_RUNNING',
      'another Worker runs in this process already, and a process has one set of signals and one exit code; let one Worker run a parent container of both, or start a second process',
    );
  }
  place[RUNNING] = true;
  return () => {
    place[RUNNING] = false;
  };
}

/** Whether a Worker runs in this process, of whatever copy of the package. */
export function isClaimed(): boolean {
  return place[RUNNING] === true;
}
