/** A program and its process at one moment, as plain data: what a cry tells. Lengths of time are in milliseconds, sizes in bytes. */

import type { HandleOwner, HandleSnapshot } from '../handles/handle.ts';
import type { Health } from '../lifecycle/health.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';

export interface CrySnapshot {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly process: ProcessCry;
  readonly state: StateName;
  /** How long it has been in that state; undefined where it never left it. */
  readonly stateFor: number | undefined;
  /** Why it stops or crashed; empty where it does not. */
  readonly reason: string;
  readonly health: Health;
  /** The tree of what needs what. */
  readonly graph: string;
  readonly services: readonly ServiceCry[];
  readonly underWay: readonly StepCry[];
  readonly tasks: readonly TaskSnapshot[];
  readonly supervisors: readonly SupervisorCry[];
  readonly handles: readonly HandleSnapshot[];
  readonly memory: MemoryCry;
  /** How busy the main thread was since it began, from 0 to 1. */
  readonly utilisation: number;
  readonly threads: readonly ThreadCry[];
}

export interface ProcessCry {
  readonly pid: number;
  readonly node: string;
  readonly uptime: number;
  /** The program and its arguments. */
  readonly command: string;
}

export interface ServiceCry {
  readonly name: string;
  readonly state: StateName;
  readonly stateFor: number | undefined;
  readonly restarts: number;
  readonly flags: readonly string[];
  /** What brought it down. */
  readonly failure: string | undefined;
  /** The next try, of a service that waits for it. */
  readonly nextTry: { readonly count: number; readonly max: number; readonly wait: number } | undefined;
}

/** What a service that is starting or stopping waits for. */
export interface StepCry {
  readonly service: string;
  readonly state: StateName;
  readonly stateFor: number;
  /** The hook in hand, if it is one. */
  readonly step: { readonly name: string; readonly lasting: number } | undefined;
  /** Tasks of it that are at work, which a stop waits for. */
  readonly tasks: readonly string[];
  readonly awaitedBy: readonly string[];
}

export interface SupervisorCry {
  readonly name: string;
  readonly strategy: string;
  /** Crashes that count at this moment. */
  readonly count: number;
  readonly max: number;
  readonly within: number;
  /** Crashes that came one soon after the other, by which the back-off grows. */
  readonly inARow: number;
}

export interface MemoryCry {
  readonly resident: number;
  readonly heapUsed: number;
  readonly heapLimit: number;
  /** Outside of the heap, for objects in it; array buffers are among it. */
  readonly external: number;
  readonly buffers: number;
}

export interface ThreadCry {
  readonly id: number;
  readonly owner: HandleOwner | undefined;
  /** Undefined where it says nothing. */
  readonly utilisation: number | undefined;
  /** The limit of its old generation, in megabytes; undefined where it has none of its own. */
  readonly heapLimit: number | undefined;
}
