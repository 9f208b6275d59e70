import type { Events } from '../events.ts';
import type { Logger } from '../log.ts';
import type { Ref, RefTarget } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import type { TaskOwner } from '../tasks/owner.ts';
import { Task } from '../tasks/task.ts';
import type { Scheduler } from '../timer-queue.ts';
import type { Beacon } from './beacon.ts';
import { Flags } from './flags.ts';
import type { Life } from './life.ts';
import type { Loggers } from './loggers.ts';
import { checkMove, type State, type StateName } from './state.ts';
import type { StopReason } from './stop-reason.ts';

/** What names a node for as long as its binding exists; the engine only compares it. */
export type NodeKey = number | object;

/** Whom a unit belongs to: the lifecycle of one container. */
export interface Host {
  readonly clock: Scheduler;
  readonly events: Events;
  readonly loggers: Loggers<Unit>;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  /** Milliseconds after which a step that is awaited is reported as slow. */
  readonly slowAfter: number;
  create(unit: Unit): unknown;
  inspect(instance: object): ServiceSpec | undefined;
  beaconOf(unit: Unit): Beacon;
  /** @throws RefError for a ref that is unknown or ambiguous */
  find(ref: Ref, call: string): Unit;
  /** A unit failed by its own doing, outside a start or stop hook. */
  crash(unit: Unit, thrown: unknown, cause?: number): void;
  /** Two nodes hold one object: this key now means that unit. */
  merged(unit: Unit, into: Unit): void;
  /** Starts the units behind these nodes, and what they need, for another host. */
  provide(keys: readonly NodeKey[]): Promise<readonly Unit[]>;
  /** Something else stops units of this host (a parent container): abandon a start that is under way. */
  interrupt(reason: StopReason): void;
  /** Units of this host were stopped by somebody else. */
  subside(reason: StopReason): void;
}

/** What a node brings along: all that is known before its object exists. */
export interface UnitNode extends RefTarget {
  readonly key: NodeKey;
  readonly spec: ServiceSpec | undefined;
  readonly built: boolean;
}

/** A start of one unit. */
export interface StartUnderWay {
  readonly life: Life;
  /** The hook that had not settled at its deadline and was left behind. */
  readonly leftBehind: Error | undefined;
  /** Fulfils when nothing of it is under way any more. */
  readonly finished: Promise<void>;
  /** Leaves it less time than it had. */
  shrink(latest: number): void;
}

/** A stop of one unit. */
export interface StopUnderWay {
  /** Fulfils when the unit is down; undefined where nothing had to be awaited. */
  readonly finished: Promise<void> | undefined;
  readonly errors: Error[];
  /** Leaves it less time than it had. */
  shrink(latest: number): void;
}

/** Written out, since a text put together for each move would be as many texts. */
const KINDS: Readonly<Record<StateName, `service:${StateName}`>> = {
  idle: 'service:idle',
  starting: 'service:starting',
  running: 'service:running',
  stopping: 'service:stopping',
  stopped: 'service:stopped',
  crashed: 'service:crashed',
  restarting: 'service:restarting',
};

const IDLE: State = { at: 'idle' };

const NONE: readonly never[] = [];

/**
 * One instance that lives: a service, or a component that only orders services. It is a vertex of the running graph, which
 * gains and loses vertices and edges while it runs.
 */
export class Unit implements RefTarget, TaskOwner {
  readonly host: Host;
  readonly key: NodeKey;
  readonly label: string;
  readonly implementation: unknown;
  readonly built: boolean;
  /** Units that have to run before this one starts. */
  readonly dependencies = new Set<Unit>();
  /** Units that have to be down before this one stops. */
  readonly dependents = new Set<Unit>();
  identifiers: readonly unknown[];
  /** Undefined for a component. */
  spec: ServiceSpec | undefined;
  instance: unknown;
  /** Whether `instance` is there; it may be there and be undefined. */
  created = false;
  /** Whether `onFirstStart` has been called on this instance. */
  firstStarted = false;
  /** Set once the instance was disposed of; it cannot start again. */
  disposed = false;
  restarts = 0;
  /** The unit that this one's object turned out to live in; this one is no vertex any more. */
  mergedInto: Unit | undefined;
  /** The present start-to-stop, or the last one while its leftovers are being cleaned up. */
  life: Life | undefined;
  /** The start under way. */
  start: StartUnderWay | undefined;
  /** The stop under way. */
  stop: StopUnderWay | undefined;
  /** The event of the last move: the cause of what happens next. */
  lastEvent: number | undefined;
  #state: State = IDLE;
  #tasks: readonly Task[] = NONE;
  /** Most never have any. */
  #flags: Flags | undefined;

  constructor(host: Host, node: UnitNode) {
    this.host = host;
    this.key = node.key;
    this.label = node.label;
    this.identifiers = node.identifiers;
    this.implementation = node.implementation;
    this.spec = node.spec;
    this.built = node.built;
  }

  get state(): State {
    return this.#state;
  }

  /** Its tasks, over all its lives. */
  get tasks(): readonly Task[] {
    const specs = this.spec?.tasks ?? NONE;
    if (specs.length !== this.#tasks.length) this.#tasks = specs.map((spec) => new Task(this, spec));
    return this.#tasks;
  }

  /** What it is at, in its own words. */
  get flags(): readonly string[] {
    return this.#flags?.names ?? NONE;
  }

  /** Holds a flag while the work goes on, and gives what that gives. */
  hold<T>(flag: string, work: () => T): T {
    this.#flags ??= new Flags((kind, flag) => {
      this.host.events.emit({ kind, service: this.label, flag }, this.lastEvent);
    });
    return this.#flags.hold(flag, work);
  }

  /** Whether there is anything of a life to bring down. */
  get up(): boolean {
    const { at } = this.#state;
    if (this.mergedInto !== undefined) return false;
    return at === 'starting' || at === 'running' || at === 'stopping' || this.life !== undefined;
  }

  /** The only writer of the state. */
  move(next: State, cause?: number): void {
    const from = this.#state.at;
    checkMove(this.label, from, next.at);
    this.#state = next;
    const { events } = this.host;
    const kind = KINDS[next.at];
    if (!events.wants(kind)) this.lastEvent = events.pass();
    else {
      const error = next.at === 'crashed' ? { error: next.error } : {};
      this.lastEvent = events.emit({ kind, service: this.label, from, ...error }, cause ?? this.lastEvent);
    }
  }

  /** It failed by its own doing, outside a start or stop hook. */
  crash(thrown: unknown, cause?: number): void {
    this.host.crash(this, thrown, cause);
  }

  logOf(task: string): Logger {
    return this.host.loggers.ofTask(this, task);
  }

  link(dependency: Unit): void {
    if (dependency === this || this.dependencies.has(dependency)) return;
    this.dependencies.add(dependency);
    dependency.dependents.add(this);
    this.host.events.emit({ kind: 'service:linked', service: this.label, dependency: dependency.label });
  }

  unlink(dependency: Unit): void {
    if (!this.dependencies.delete(dependency)) return;
    dependency.dependents.delete(this);
    this.host.events.emit({ kind: 'service:unlinked', service: this.label, dependency: dependency.label });
  }
}

/** These units and all that depend on them, in no particular order. */
export function withDependents(units: Iterable<Unit>): Set<Unit> {
  const found = new Set(units);
  for (const unit of found) for (const dependent of unit.dependents) found.add(dependent);
  return found;
}

/** These units and all that they need of the same host, in no particular order. */
export function withDependencies(units: Iterable<Unit>): Set<Unit> {
  const found = new Set(units);
  for (const unit of found) {
    for (const dependency of unit.dependencies) if (dependency.host === unit.host) found.add(dependency);
  }
  return found;
}

/** Whether one unit needs another one, directly or through others. */
export function dependsOn(unit: Unit, other: Unit): boolean {
  const found = new Set([unit]);
  for (const next of found) {
    if (next.dependencies.has(other)) return true;
    for (const dependency of next.dependencies) found.add(dependency);
  }
  return false;
}
