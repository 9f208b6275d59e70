/** How a start and a life of the application came out: told in the log, and as an exit code. */

import { humanize } from '../duration.ts';
import { LifecycleError, messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { StartReport, StopReport } from '../lifecycle/report.ts';
import { HookTimeoutError } from '../lifecycle/step.ts';
import type { Logger } from '../log.ts';
import { codeOfStart, codeOfStop, EXIT } from './exit-code.ts';

type Ended = Pick<StopReport, 'errors'>;

const NOTHING_BEGAN: Ended = { errors: [] };

/** @param isDetailed what took how long, too */
export function started(log: Logger, report: StartReport, { services: all }: Lifecycle, isDetailed: boolean): void {
  const services = report.entries.filter(({ kind }) => kind === 'service').length;
  const [, ...tree] = isDetailed ? `${report}`.split('\n') : [];
  const head = `Started ${services} ${services === 1 ? 'service' : 'services'} in ${humanize(report.makespan)}`;
  log.info([head, ...tree].join('\n'));
  if (all.length > 0) return;
  log.warn(
    'There is nothing to run: no service is bound. A service is a class with a hook such as onStart() {}, or with a task such as @Timer; write container.add(Heartbeat), or container.bind(Heartbeat).toSelf().inSingletonScope()',
  );
}

/** What fails the start is told at once: undoing it takes its time, and may be cut short. @returns the undo */
export function tellFailure(log: Logger, { events }: Lifecycle): () => void {
  return events.on(
    (event) => {
      // A hook that was left behind is told as such.
      if (event.kind !== 'start:failed' || event.error instanceof HookTimeoutError) return;
      log.error({ err: causeOf(event.error) }, event.error.message);
    },
    (kind) => kind === 'start:failed',
  );
}

/**
 * Has the process end with a failure from the moment of a crash on: the code of its stop may end it, before the exit code is
 * known. @returns the undo
 */
export function noteCrash({ events }: Lifecycle): () => void {
  return events.on(
    () => {
      process.exitCode = EXIT.failed;
    },
    (kind) => kind === 'app:crashed',
  );
}

/** @returns the exit code */
export async function notStarted(log: Logger, error: unknown, done: Promise<Ended>): Promise<number> {
  const code = codeOfStart(error);
  // The stop that aborted it is over by now, and so is this life, if it had begun.
  if (code === EXIT.ok) return ended(log, Promise.race([done, NOTHING_BEGAN]));
  const isFailure = error instanceof LifecycleError && error.code === 'LIFECYCLE_START_FAILED';
  log.error({ err: causeOf(error) }, `${isFailure ? 'Not started: ' : ''}${messageOf(error)}`);
  return code;
}

/**
 * @param done the end of this life
 * @param crash what has kept its work from being done, if anything has
 * @returns the exit code
 */
export async function ended(log: Logger, done: Promise<Ended>, crash?: Error): Promise<number> {
  try {
    const { errors } = await done;
    const code = codeOfStop(errors);
    if (code !== EXIT.ok) {
      const what = errors.length === 1 ? 'One thing' : `${errors.length} things`;
      log.error(`${what} went wrong in the stop: ${errors.map(({ message }) => message).join('; ')}`);
    }
    if (crash !== undefined) throw crash;
    return code;
  } catch (error) {
    log.error({ err: causeOf(error) }, messageOf(error));
    return EXIT.failed;
  }
}

/** Something outside of any service has brought it to its end: the last word says so, whatever came after it. */
export function failed(log: Logger, error: Error): void {
  log.error({ err: causeOf(error) }, error.message);
}

/** The stack to show is that of the program's own error. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
