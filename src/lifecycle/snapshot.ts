import type { TaskHandle, TaskSnapshot } from '../tasks/handle.ts';
import { Spawned } from '../tasks/spawned.ts';
import type { StateName } from './state.ts';
import type { Unit } from './unit.ts';

/** One service as it is now; a plain value that does not change. */
export interface ServiceSnapshot {
  readonly name: string;
  readonly state: StateName;
  /** When its start began, in milliseconds since the epoch; undefined when it is not up. */
  readonly startedAt: number | undefined;
  /** How long its start took, in milliseconds; undefined unless it runs. */
  readonly startDuration: number | undefined;
  /** How often it was brought up again. */
  readonly restarts: number;
  /** How long its code has blocked the event loop, in milliseconds, as far as a watchdog has seen it. */
  readonly blocked: number;
  /** The error that brought it down; undefined unless it crashed. */
  readonly crashReason: Error | undefined;
  /** What it is at, in its own words: the flags that it holds at this moment (`during`, `@TransitionsTo`). */
  readonly flags: readonly string[];
  /** Names of what it depends on. */
  readonly dependencies: readonly string[];
  /** Names of what depends on it. */
  readonly dependents: readonly string[];
  /** The service that has adopted it. */
  readonly parent: string | undefined;
  /** Names of what it has adopted. */
  readonly children: readonly string[];
  /** Its tasks; what it has spawned is among them while it lasts. */
  readonly tasks: readonly TaskSnapshot[];
}

export function snapshotOf(unit: Unit): ServiceSnapshot {
  const { state } = unit;
  return {
    name: unit.label,
    state: state.at,
    startedAt: state.at === 'starting' || state.at === 'running' ? unit.startedAt : undefined,
    startDuration: state.at === 'running' ? state.startDuration : undefined,
    restarts: unit.restarts,
    blocked: unit.blocked,
    crashReason: state.at === 'crashed' ? state.error : state.at === 'stopping' ? state.crash : undefined,
    flags: unit.flags,
    dependencies: [...unit.dependencies].map(({ label }) => label),
    dependents: [...unit.dependents].map(({ label }) => label),
    parent: unit.parent?.label,
    children: [...unit.children].map(({ label }) => label),
    tasks: tasksOf(unit).map((task) => task.snapshot()),
  };
}

/** The tasks of a service, and what it has spawned while that lasts. */
export function tasksOf({ tasks, life }: Unit): TaskHandle[] {
  const spawned = [...(life?.tasks ?? [])].filter((task) => task instanceof Spawned);
  return [...tasks, ...spawned];
}
