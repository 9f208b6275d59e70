import { type ErrorCode, LifecycleError } from '../errors.ts';
import type { StartWalk } from './start-walk.ts';
import { originOf } from './step.ts';
import { reasonText, type StopReason } from './stop-reason.ts';
import type { Unit } from './unit.ts';

/** What a failed or aborted start tells. */
export interface StartErrorData {
  /** The service that failed; undefined when the start was aborted. */
  readonly service: string | undefined;
  /** From a service that nothing depends on, along what depends on what, to the one that failed. */
  readonly path: readonly string[];
  /** Services that ran already. */
  readonly completed: readonly string[];
  /** Services and components that were brought down again. */
  readonly rolledBack: readonly string[];
  /** Services and components that were never begun. */
  readonly neverBegun: readonly string[];
  /** Optional services that the one that failed needs, and that had failed before it: it may be their fault. */
  readonly without: readonly string[];
  /** Hooks that had not settled when their time was up, in words. */
  readonly leftBehind: readonly string[];
}

/** A start that failed, ran out of time, or was aborted. What had started is down again; `startAll` may be called again. */
export class StartError extends LifecycleError {
  declare readonly data: Readonly<StartErrorData & Record<string, unknown>>;
}

/** The story of a walk that was ended before its time. Call it when what had started is down again. */
export function startErrorOf(walk: StartWalk): StartError {
  const { failure } = walk;
  const path = failure?.unit === undefined ? [] : pathTo(failure.unit, (unit) => walk.has(unit));
  const data: StartErrorData = {
    service: failure?.unit?.label,
    path: path.map(({ label }) => label),
    completed: labels([...walk.times.keys()].filter(({ spec }) => spec !== undefined)),
    rolledBack: labels(walk.begun.filter(({ state }) => state.at === 'stopped')),
    neverBegun: labels([...walk.units].filter((unit) => !walk.hasBegun(unit))),
    without: failure?.unit === undefined ? [] : labels([...failure.unit.dependencies].filter(isMissedOptional)),
    leftBehind: walk.leftBehind.filter((error) => error !== failure?.error).map(({ message }) => message),
  };
  if (failure === undefined) return abortedStart(walk.reason, data);
  const code: ErrorCode = walk.timedOut ? 'LIFECYCLE_START_TIMEOUT' : 'LIFECYCLE_START_FAILED';
  const head = walk.timedOut ? `The start ran out of time: ${failure.error.message}` : failure.error.message;
  return new StartError(code, `${head}${story(data)}`, { ...data }, { cause: originOf(failure.error) });
}

const NOTHING: StartErrorData = {
  service: undefined,
  path: [],
  completed: [],
  rolledBack: [],
  neverBegun: [],
  without: [],
  leftBehind: [],
};

/** A start that never got to begin, or was aborted on its way. */
export function abortedStart(reason: StopReason, data: StartErrorData = NOTHING): StartError {
  const why = reasonText(reason);
  const by = reason.kind === 'signal' ? 'its signal' : 'a stop';
  const message = `The start was aborted by ${by}${why === '' ? '' : `: ${why}`}${story(data)}`;
  const cause = 'detail' in reason ? reason.detail : 'error' in reason ? reason.error : undefined;
  return new StartError('LIFECYCLE_START_ABORTED', message, { ...data, reason }, cause === undefined ? {} : { cause });
}

/** The story of a restart by hand that did not bring these units up again; its supervisors have given up on it. */
export function failedRestart(unit: Unit, error: Error, units: ReadonlySet<Unit>): StartError {
  const data: StartErrorData = {
    ...NOTHING,
    service: unit.label,
    path: labels(pathTo(unit, (each) => units.has(each))),
    rolledBack: labels([...units].filter(({ state }) => state.at === 'stopped')),
  };
  return new StartError(
    'LIFECYCLE_START_FAILED',
    `${error.message}${story(data)}`,
    { ...data },
    { cause: originOf(error) },
  );
}

function story({ path, completed, rolledBack, neverBegun, without, leftBehind }: StartErrorData): string {
  const rows = [
    path.length > 1 ? `\n  needed by:   ${path.join(' -> ')}` : '',
    without.length > 0 ? `\n  without:     ${shorten(without)}, which is optional and had failed` : '',
    completed.length > 0 ? `\n  completed:   ${shorten(completed)}` : '',
    rolledBack.length > 0 ? `\n  rolled back: ${shorten(rolledBack)}` : '',
    neverBegun.length > 0 ? `\n  never begun: ${shorten(neverBegun)}` : '',
    ...leftBehind.map((message) => `\n  left behind: ${message}`),
  ];
  return rows.join('');
}

function shorten(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
}

function isMissedOptional({ spec, state }: Unit): boolean {
  return spec?.optional === true && state.at === 'crashed';
}

function labels(units: readonly Unit[]): string[] {
  return units.map(({ label }) => label);
}

/** A shortest way up to a unit that nothing depends on, given from the top. */
function pathTo(unit: Unit, isPart: (unit: Unit) => boolean): Unit[] {
  const below = new Map<Unit, Unit | undefined>([[unit, undefined]]);
  for (const [next] of below) {
    const above = [...next.dependents].filter(isPart);
    if (above.length === 0) {
      const path: Unit[] = [];
      for (let at: Unit | undefined = next; at !== undefined; at = below.get(at)) path.push(at);
      return path;
    }
    for (const dependent of above) if (!below.has(dependent)) below.set(dependent, next);
  }
  return [unit];
}
