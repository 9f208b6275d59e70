import { type ErrorCode, LifecycleError } from '../errors.ts';
import type { StopReason } from '../lifecycle/stop-reason.ts';

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

/** Errors may be those of another copy of the package, so their codes say what they are. */
const codeOf = (error: unknown): ErrorCode | undefined => (error instanceof LifecycleError ? error.code : undefined);

/** The code of a start that rejected. A start that was aborted by a stop was stopped on request, unless a crash led to it. */
export function codeOfStart(error: unknown): number {
  switch (codeOf(error)) {
    case 'LIFECYCLE_INVALID_OPTION':
    case 'LIFECYCLE_UNKNOWN_REF':
    case 'LIFECYCLE_AMBIGUOUS_REF':
      return EXIT.usage;
    case 'LIFECYCLE_START_ABORTED':
      return reasonOf(error as LifecycleError)?.kind === 'crash' ? EXIT.failed : EXIT.ok;
    case 'LIFECYCLE_START_TIMEOUT':
      return EXIT.startTimeout;
    case 'LIFECYCLE_START_FAILED':
      return codeOf((error as Error).cause) === 'LIFECYCLE_HOOK_TIMEOUT' ? EXIT.startTimeout : EXIT.failed;
    default:
      return EXIT.failed;
  }
}

/** Why a start was aborted. */
function reasonOf({ data }: LifecycleError): Partial<StopReason> | undefined {
  return data.reason as StopReason | undefined;
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
  const code = codeOf(error);
  return code === 'LIFECYCLE_HOOK_TIMEOUT' || code === 'LIFECYCLE_TASK_TIMEOUT';
}
