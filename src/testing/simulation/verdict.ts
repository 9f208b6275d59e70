import { LifecycleError } from '../../errors.ts';

/** What must hold in every life, whatever happens; each in the words of a report. */
export const INVARIANTS = {
  /** Of the engine: who starts and stops when. Not for what runs under `oneForOne`, which keeps dependents up. */
  order: 'no service runs while one that it needs does not',
  hooks: 'the hooks of a service are called in order',
  once: 'what was started is stopped, once',
  budget: 'a stop ends within its budget',
  settles: 'every start and stop settles',
  /** Of the services. */
  healthy: 'nothing fails where no fault was injected',
  ends: 'every hook and task ends in time where no fault was injected',
  alive: 'nothing is left alive after the stop',
  handled: 'every error is handled',
  io: 'time is only what the clock says',
  own: 'the invariant of your own',
} as const;

export type InvariantName = keyof typeof INVARIANTS;

/** What came of a simulation in which nothing was broken. */
export interface Simulation {
  /** How many seeds there were. */
  readonly seeds: number;
  /** How many lives of the application, from a start to the end of its stop. */
  readonly lives: number;
  /** How many faults were injected. */
  readonly faults: number;
  /** The last one. */
  readonly seed: number;
  /** What happened under the last seed, line by line; the same seed gives the same. */
  readonly trace: readonly string[];
}

/** How an invariant was broken. */
export interface Violation {
  readonly invariant: InvariantName;
  /** The service that is to blame, as far as can be told. */
  readonly service: string | undefined;
  /** What happened, in a sentence. */
  readonly detail: string;
  readonly cause?: unknown;
}

/** What an error of a simulation knows; all that is needed to see it again. */
export interface SimulationErrorData {
  readonly seed: number;
  /** What of the seed's faults and steps the failure does without: `simulate(..., { seed, omit })` is the same failure. */
  readonly omit: readonly string[];
  readonly invariant: InvariantName;
  readonly service: string | undefined;
  /** The faults that were injected, in order. */
  readonly injected: readonly string[];
  /** What happened, line by line. */
  readonly trace: readonly string[];
}

/** An invariant was broken under some seed; `cause` is the error behind it, where there is one. */
export class SimulationError extends LifecycleError {
  declare readonly data: Readonly<SimulationErrorData & Record<string, unknown>>;
}

/** So many lines of the trace are in the text of an error. */
const TOLD = 25;

/** @param number which of how many seeds it was, in words */
export function simulationError(violation: Violation, data: SimulationErrorData, number: string): SimulationError {
  const { invariant, detail, cause } = violation;
  const { seed, omit, injected, trace } = data;
  const told = trace.slice(-TOLD);
  const replay = omit.length === 0 ? `{ seed: ${seed} }` : `{ seed: ${seed}, omit: [${omit.map(quoted).join(', ')}] }`;
  const lines = [
    `${detail}`,
    `  broken:   ${INVARIANTS[invariant]}`,
    `  seed:     ${seed} (${number})`,
    `  injected: ${injected.length === 0 ? 'nothing' : injected.join(', ')}`,
    `  replay:   await simulate(makeContainer, ${replay})`,
    `  trace, the last ${told.length} of ${trace.length} lines:`,
    ...told.map((line) => `    ${line}`),
  ];
  return new SimulationError(
    'LIFECYCLE_SIMULATION',
    lines.join('\n'),
    { ...data },
    cause === undefined ? {} : { cause },
  );
}

function quoted(text: string): string {
  return `'${text}'`;
}
