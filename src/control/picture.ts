/** A program as it is at one moment, as it goes over the socket: plain data. */

import type { Health } from '../lifecycle/health.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { snapshotOf } from '../lifecycle/snapshot.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { Unit } from '../lifecycle/unit.ts';
import type { TaskKind, TaskSnapshot, TaskState } from '../tasks/handle.ts';
import type { EventLine } from './event-tail.ts';
import type { LoopLoad } from './loop-meter.ts';

export interface Picture {
  /** Milliseconds since the epoch, like all times here. */
  readonly at: number;
  readonly state: StateName;
  /** How long the process has been there, in milliseconds. */
  readonly uptime: number;
  /** Its resident memory, in bytes. */
  readonly memory: number;
  readonly health: Health;
  /** How busy the event loop was, from 0 to 1; missing until it was measured. */
  readonly utilisation?: number | undefined;
  readonly services: readonly ServicePicture[];
  readonly tasks: readonly TaskPicture[];
  /** What has happened since somebody watches, the latest last. */
  readonly lines: readonly EventLine[];
}

export interface ServicePicture {
  readonly name: string;
  readonly state: StateName;
  readonly startedAt?: number | undefined;
  readonly restarts: number;
  /** The error that brought it down. */
  readonly failure?: string | undefined;
  readonly flags: readonly string[];
  /** The services that it needs, be it through components, and those that it has adopted. */
  readonly needs: readonly string[];
  /** Its share of the event loop's time, from 0 to 1; missing until it was measured. */
  readonly share?: number | undefined;
}

export interface TaskPicture {
  readonly name: string;
  readonly service: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  readonly runs: number;
  readonly failures: number;
  readonly nextRun?: number | undefined;
  readonly lastRun?: LastRunPicture | undefined;
}

export interface LastRunPicture {
  readonly startedAt: number;
  /** Milliseconds; missing while it is under way. */
  readonly duration?: number | undefined;
  readonly error?: string | undefined;
}

/**
 * @param load what was measured of the event loop
 * @param lines what has happened
 */
export function pictureOf(lifecycle: Lifecycle, load?: LoopLoad, lines: readonly EventLine[] = []): Picture {
  const services = [...lifecycle.runningGraph.units].filter(({ spec }) => spec !== undefined);
  return {
    at: lifecycle.clock.date(),
    state: lifecycle.state,
    uptime: process.uptime() * 1_000,
    memory: process.memoryUsage.rss(),
    health: lifecycle.health(),
    utilisation: load?.utilisation,
    services: services.map((unit) => servicePicture(unit, load)),
    tasks: Array.from(lifecycle.tasks, (task) => taskPicture(task.snapshot())),
    lines,
  };
}

function servicePicture(unit: Unit, load: LoopLoad | undefined): ServicePicture {
  const { name, state, startedAt, restarts, crashReason, flags } = snapshotOf(unit);
  const base = { name, state, startedAt, restarts, failure: crashReason?.message, flags };
  return { ...base, needs: needsOf(unit), share: load?.shareOf(unit) };
}

function needsOf(unit: Unit): string[] {
  const passed = new Set<Unit>([unit]);
  const found = new Set<Unit>(unit.children);
  for (const next of passed) {
    for (const dependency of next.dependencies) (dependency.spec === undefined ? passed : found).add(dependency);
  }
  return [...found].map(({ label }) => label);
}

function taskPicture({ name, service, kind, state, runs, failures, nextRun, lastRun }: TaskSnapshot): TaskPicture {
  const last = lastRun && {
    startedAt: lastRun.startedAt,
    duration: lastRun.duration,
    error: lastRun.error?.message,
  };
  return { name, service, kind, state, runs, failures, nextRun, lastRun: last };
}
