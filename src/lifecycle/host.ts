import type { Door } from '../current.ts';
import type { Events } from '../events/events.ts';
import type { Ref } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import type { Scheduler } from '../timer-queue.ts';
import type { Beacon } from './beacon.ts';
import type { Life, LifeEnded } from './life.ts';
import type { Loggers, Writer } from './loggers.ts';
import type { StopReport } from './report.ts';
import type { StopReason } from './stop-reason.ts';

/** What names a node for as long as its binding exists; the engine only compares it. */
export type NodeKey = number | object;

/** Whoever knows the objects. */
export interface ObjectSource {
  /** The object of a node, created now unless it exists. Dependencies come first: theirs exist already. */
  create(key: NodeKey): unknown;
  /** What an object says of itself. */
  inspect(instance: object): ServiceSpec | undefined;
  /** Methods of an object that the source calls by itself, after the stop for one. Default: none. */
  spared?(instance: object): Iterable<PropertyKey>;
}

/** Whom a unit belongs to: the lifecycle of one container, as far as its units and other hosts know it. */
export interface Host<U extends Writer & object> {
  readonly clock: Scheduler;
  readonly events: Events;
  readonly loggers: Loggers<U>;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  /** Milliseconds after which a step that is awaited is reported as slow. */
  readonly slowAfter: number;
  /** Between the engine and the code of services; only in tests. */
  readonly door?: Door | undefined;
  /** Whether calls of services that do not run are caught. */
  readonly guards: boolean;
  readonly source: ObjectSource;
  readonly runningGraph: {
    beaconOf(unit: U): Beacon;
    /** Two nodes hold one object: the first one's key now means the second unit. */
    merge(unit: U, into: U): void;
    /** @throws RefError for a ref that is unknown or ambiguous */
    find(ref: Ref, call: string): U;
  };
  readonly stops: {
    /** Something else stops units of this host (a parent container): abandon a start that is under way. */
    interrupt(reason: StopReason): void;
    /** Units of this host were stopped by somebody else. @param report how that went with them */
    subside(reason: StopReason, report: StopReport): void;
  };
  readonly crashes: {
    /** A unit failed by its own doing, outside a start or stop hook. */
    report(unit: U, thrown: unknown, cause?: number): void;
    /** The background work of a unit has come to its end by itself. */
    ended(unit: U): void;
    /** Whether the application does without this unit of its own, which is to run: optional, and crashed in its present life. */
    misses(unit: U): boolean;
  };
  readonly recovery: {
    /** These units of this host are down, in state `restarting`: bring them up again. @param delay before the victims, in milliseconds */
    add(units: readonly U[], victims: ReadonlySet<U>, delay: number): void;
    /** Something that a unit of this host needs has changed. */
    look(unit: U): void;
  };
  readonly adoptions: {
    /** Has it live within the present life of the parent. @returns its object @throws LifecycleError, GraphError, RefError */
    adopt(parent: U, life: Life, child: Ref): Promise<unknown>;
    /** Stops what a unit has adopted, before its time. @throws LifecycleError, StopError */
    letGo(parent: U, child: Ref): Promise<void>;
    /** Stops these children of a unit, and what needs them, by their deadlines; never rejects. @returns what went wrong */
    stopChildren(
      children: ReadonlySet<U>,
      ended: LifeEnded,
      deadlineOf: (unit: U) => number,
    ): Promise<readonly Error[]>;
  };
  /** Starts the units behind these nodes, and what they need, for another host. */
  provide(keys: readonly NodeKey[]): Promise<readonly U[]>;
}
