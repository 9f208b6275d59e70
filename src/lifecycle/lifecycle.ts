import { StopError } from '../errors.ts';
import { Events, type LifecycleListener } from '../events.ts';
import type { Ref } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import { workDone } from '../tasks/completion.ts';
import type { TaskHandle } from '../tasks/handle.ts';
import { TaskRegistry } from '../tasks/registry.ts';
import { type Scheduler, TimerQueue } from '../timer-queue.ts';
import { Application } from './application.ts';
import type { Beacon } from './beacon.ts';
import { Crashes } from './crashes.ts';
import { logEvents } from './event-log.ts';
import { type Health, healthOf } from './health.ts';
import { Loggers } from './loggers.ts';
import {
  type LifecycleOptions,
  lifecycleSettings,
  type StartOptions,
  type StopOptions,
  type StopRequestOptions,
  startSettings,
  stopBudgetOf,
  stopRequestOf,
} from './options.ts';
import { refuseInside, refuseInsideOf, unitInside } from './reentry.ts';
import type { StartReport, StopReport } from './report.ts';
import { Restarts } from './restarts.ts';
import { RunningGraph } from './running-graph.ts';
import { type ServiceSnapshot, snapshotOf, tasksOf } from './snapshot.ts';
import type { NodeOwner, Source } from './source.ts';
import { Starts } from './starts.ts';
import type { StateName } from './state.ts';
import type { StopReason } from './stop-reason.ts';
import { nothingStopped, type Realm, Stops } from './stops.ts';
import { type Host, type NodeKey, type Unit, withDependents } from './unit.ts';

/**
 * Starts and stops the services of one container, in the order of their dependencies, and knows how they are. Inject it
 * or get it: `container.get(Lifecycle)`.
 */
export class Lifecycle implements Host, NodeOwner {
  /** All tasks of all services: see `TaskRegistry`. */
  readonly tasks: TaskRegistry;
  /** @internal */ readonly clock: Scheduler;
  /** @internal */ readonly events: Events;
  /** @internal */ readonly loggers: Loggers<Unit>;
  /** @internal Whether a logger was given, and is not the one that stands in. */ readonly hasLogger: boolean;
  /** @internal */ readonly random: () => number;
  /** @internal */ readonly slowAfter: number;
  readonly #source: Source;
  readonly #stopTimeout: number;
  readonly #graph: RunningGraph;
  readonly #app: Application;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #crashes: Crashes;
  readonly #restarts: Restarts;

  /** @throws OptionError */
  constructor(source: Source, options: LifecycleOptions = {}) {
    const settings = lifecycleSettings(options);
    this.clock = new TimerQueue(settings.clock);
    this.random = settings.random;
    this.slowAfter = settings.slowAfter;
    this.events = new Events(() => this.clock.date());
    this.#source = source;
    this.#stopTimeout = settings.stopTimeout;
    this.#graph = new RunningGraph(this);
    this.#app = new Application(this.events);
    this.tasks = new TaskRegistry(() => this.#allTasks());
    this.hasLogger = settings.hasLogger;
    this.loggers = new Loggers(settings.logger, (unit) => this.beaconOf(unit).depth);
    const startUnderWay = (): ReturnType<Realm['startUnderWay']> => this.#starts.underWay?.walk;
    const { stopTimeout, strict } = settings;
    const realm: Realm = { host: this, app: this.#app, graph: this.#graph, stopTimeout, startUnderWay };
    this.#stops = new Stops(realm);
    this.#starts = new Starts(realm, { source, stops: this.#stops, strict, incident: () => this.#crashes.busy });
    this.#crashes = new Crashes(realm, this.#starts, this.#stops);
    this.#restarts = new Restarts(realm, this.#starts, this.#stops, this.#crashes);
    logEvents(this.events, this.loggers, (label) => this.#graph.labelled(label));
  }

  /** Itself: like a container with a lifecycle, it can be run by a Worker. */
  get lifecycle(): this {
    return this;
  }

  /** The state of the application as a whole. */
  get state(): StateName {
    return this.#app.state.at;
  }

  /** All services as they are now, in the order they were bound. Services are known from the first start on. */
  get services(): readonly ServiceSnapshot[] {
    return [...this.#graph.units].filter(({ spec }) => spec !== undefined).map(snapshotOf);
  }

  /**
   * One service or component as it is now.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   */
  get(ref: Ref): ServiceSnapshot {
    return snapshotOf(this.#graph.find(ref, 'get()'));
  }

  /** Calls the listener with everything that happens from now on. @returns the undo */
  on(listener: LifecycleListener): () => void {
    return this.events.on(listener);
  }

  /**
   * The end of this life of the application: fulfils after a stop that was requested, rejects with a CrashError after a
   * crash (once everything is down). A start that fails rejects `startAll` only. After a stop, a new start has a new one.
   */
  get done(): Promise<StopReport> {
    return this.#app.done.promise;
  }

  /**
   * Starts all services (or `only` some and what they need), each as soon as its dependencies run. While a start is under
   * way it joins and widens that one; while running it starts what is new; while stopping it waits, then starts.
   *
   * @throws GraphError before anything is started, with all faults of what would start
   * @throws StartError after what had started is down again
   * @throws OptionError, RefError for its arguments
   */
  async startAll(options: StartOptions = {}): Promise<StartReport> {
    const settings = startSettings(options);
    refuseInside(this, 'startAll()');
    return this.#starts.start(settings, settings.only && { refs: settings.only });
  }

  /**
   * Stops all services, each as soon as all that depend on it are down. It never gives up: every hook is called, and all is
   * over by the end of the budget. Aborts a start under way. From inside a hook or a task it only requests the stop.
   *
   * @throws StopError with everything that went wrong on the way; the stop is over all the same
   * @throws OptionError for its arguments
   */
  async stopAll(options: StopOptions = {}): Promise<StopReport> {
    const budget = stopBudgetOf(options, this.#stopTimeout);
    const inside = unitInside();
    // What a stop would wait for: a hook or task of this container, or of a child that needs it.
    const isAwaited = inside !== undefined && withDependents(this.#graph.units).has(inside);
    const stop = this.#stops.stopAll({ kind: 'requested', detail: options.reason }, budget);
    if (!isAwaited) return stop;
    stop.catch(() => {});
    return nothingStopped(this);
  }

  /**
   * Asks for a stop and does not wait for it: `done` tells when it is over, events and the log what went wrong.
   *
   * @throws OptionError for its arguments
   */
  requestStop(reason?: unknown, options: StopRequestOptions = {}): void {
    const { delay, timeout } = stopRequestOf(options, this.#stopTimeout);
    this.#stops.stopLater({ kind: 'requested', detail: reason }, timeout, delay);
  }

  /** Whether somebody has asked for the end, from that moment on; a server then keeps no connection for a further request. */
  get stopRequested(): boolean {
    const { at } = this.#app.state;
    return this.#stops.isRequested || at === 'stopping' || at === 'crashed';
  }

  /** How the application is at this moment, for probes: see `Health`. */
  health(): Health {
    return healthOf(this.#app.state.at, this.#stops.isRequested, this.#graph.units);
  }

  /**
   * Stops a service and all that depend on it, in reverse, and starts them again, in order. The objects stay the same.
   * A service that is down is just started.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   * @throws StartError when it does not come up again; the application is then stopped
   */
  async restart(ref: Ref): Promise<StartReport> {
    refuseInside(this, 'restart()');
    // Before the first start no service is known by name yet.
    if (this.#app.state.at === 'idle') return this.#starts.start(startSettings({}), { refs: [ref] });
    return this.#restarts.restart(this.#graph.find(ref, 'restart()'), ref);
  }

  // What the Worker, the container's side and child containers call.

  /** @internal Fulfils when all background and spawned work is done. */
  workDone(): Promise<void> {
    return workDone(this.events, this.tasks);
  }

  /** @internal The unit behind a node, once a start has made one. */
  unitOf(key: NodeKey): Unit | undefined {
    return this.#graph.get(key);
  }

  /** @internal All units of this lifecycle. */
  get units(): ReadonlySet<Unit> {
    return this.#graph.units;
  }

  /** @internal */
  async provide(keys: readonly NodeKey[]): Promise<readonly Unit[]> {
    const running = keys.every((key) => this.#graph.get(key)?.state.at === 'running');
    if (!running) {
      refuseInside(this, 'startAll() of a child container');
      await this.#starts.start(startSettings({}), { keys });
    }
    return keys.map((key) => this.#graph.get(key)).filter((unit) => unit !== undefined);
  }

  /** @internal Stops these units and what depends on them, since their bindings are about to go. @throws StopError */
  async release(units: readonly Unit[]): Promise<void> {
    const affected = withDependents(units.filter((unit) => unit.up));
    refuseInsideOf(affected, 'unbinding a service');
    await this.#takeDown(affected, { kind: 'unbound' }, this.#stopTimeout);
  }

  /**
   * @internal Stops a service and all that depend on it, by hand; the rest goes on. From inside a hook or a task of theirs it
   * only requests that.
   *
   * @throws StopError, and OptionError for its options
   */
  async stopService(unit: Unit, options: StopOptions): Promise<void> {
    const budget = stopBudgetOf(options, this.#stopTimeout);
    const affected = withDependents(unit.up ? [unit] : []);
    const inside = unitInside();
    const stop = this.#takeDown(affected, { kind: 'requested', detail: options.reason }, budget);
    if (inside === undefined || !affected.has(inside)) return stop;
    stop.catch(() => {});
  }

  async #takeDown(units: ReadonlySet<Unit>, reason: StopReason, budget: number): Promise<void> {
    if (units.size === 0) return;
    const walk = this.#starts.underWay?.walk;
    for (const { label, state } of [...units].filter((unit) => walk?.has(unit))) {
      // A start that was to bring up what is being taken away cannot succeed.
      const how = reason.kind === 'unbound' ? 'unbound' : 'stopped';
      if (state.at !== 'running') walk?.fail(undefined, new Error(`${label} was ${how} while it was being started`));
    }
    const stop = await this.#stops.stopPart(units, reason, 'stopped', budget);
    if (stop.errors.length > 0) throw new StopError(stop.errors);
  }

  /** @internal Forgets units that are down and whose nodes do not exist any more. */
  prune(exists: (key: NodeKey) => boolean): void {
    this.#starts.prune(exists);
  }

  // What units ask of their host.

  /** @internal */
  create(unit: Unit): unknown {
    return this.#source.create(unit.key);
  }

  /** @internal */
  inspect(instance: object): ServiceSpec | undefined {
    return this.#source.inspect(instance);
  }

  /** @internal */
  beaconOf(unit: Unit): Beacon {
    return this.#graph.beaconOf(unit);
  }

  /** @internal */
  find(ref: Ref, call: string): Unit {
    return this.#graph.find(ref, call);
  }

  /** @internal */
  merged(unit: Unit, into: Unit): void {
    this.#graph.merge(unit, into);
  }

  /** @internal */
  crash(unit: Unit, thrown: unknown, cause?: number): void {
    this.#crashes.report(unit, thrown, cause);
  }

  /** @internal */
  interrupt(reason: StopReason): void {
    this.#starts.underWay?.walk.abort(reason);
  }

  /** @internal */
  subside(reason: StopReason): void {
    this.#stops.letGoOfParents();
    const isDown = [...this.#graph.units].every((unit) => !unit.up);
    if (!isDown || this.#app.state.at !== 'running' || this.#starts.underWay !== undefined) return;
    this.#app.move({ at: 'stopping', since: this.clock.now(), reason });
    this.#app.done.fulfil(nothingStopped(this));
    this.#app.move({ at: 'stopped', since: this.clock.now() });
  }

  *#allTasks(): Iterable<TaskHandle> {
    for (const unit of this.#graph.units) yield* tasksOf(unit);
  }
}
