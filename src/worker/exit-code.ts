import { OptionError } from '../errors.ts';
import { GraphError } from '../graph/graph-error.ts';
import { StartError } from '../lifecycle/start-error.ts';
import { HookTimeoutError } from '../lifecycle/step.ts';
import { RefError } from '../refs.ts';
import { TaskError } from '../tasks/task-error.ts';

/** What a Worker's process ends with (`sysexits.h`, and `timeout(1)`, where these have a number for it). */
export const EXIT = {
  /** Stopped on request, also during the start; or its work was done. */
  ok: 0,
  /** A crash, a failed start, a fault of the graph, or something that went wrong in the stop. */
  failed: 1,
  /** It was called wrongly: an option, a ref, a log file that cannot be written. */
  usage: 2,
  /** The start took too long; another attempt may do better (`EX_TEMPFAIL`). */
  startTimeout: 75,
  /** The stop took longer than its budget. */
  stopTimeout: 124,
  /** All is stopped, and something still keeps the process alive. */
  handlesLeft: 125,
} as const;

/** The code of a start that rejected. A start that was aborted by a stop was stopped on request. */
export function codeOfStart(error: unknown): number {
  if (error instanceof OptionError || error instanceof RefError) return EXIT.usage;
  if (error instanceof GraphError || !(error instanceof StartError)) return EXIT.failed;
  if (error.code === 'LIFECYCLE_START_ABORTED') return EXIT.ok;
  const isLate = error.code === 'LIFECYCLE_START_TIMEOUT' || error.cause instanceof HookTimeoutError;
  return isLate ? EXIT.startTimeout : EXIT.failed;
}

/** The code of a stop that was asked for, in which this went wrong. */
export function codeOfStop(errors: readonly Error[]): number {
  if (errors.length === 0) return EXIT.ok;
  return errors.some(isTimeout) ? EXIT.stopTimeout : EXIT.failed;
}

/** The code of a process that a signal ends at once. */
export function codeOfSignal(number: number): number {
  return 128 + number;
}

function isTimeout(error: Error): boolean {
  return error instanceof HookTimeoutError || (error instanceof TaskError && error.code === 'LIFECYCLE_TASK_TIMEOUT');
}
