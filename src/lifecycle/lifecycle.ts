import type { Door } from '../current.ts';
import type { CrashError } from '../errors.ts';
import { EventStream, type WatchOptions } from '../events/event-stream.ts';
import { Events } from '../events/events.ts';
import type { LifecycleListener } from '../events/lifecycle-event.ts';
import type { Graph } from '../graph/graph.ts';
import { isThreshold, LOG_THRESHOLDS, type LogThreshold } from '../log.ts';
import { checkOption } from '../option-check.ts';
import { type Ref, type RefTarget, resolveRef } from '../refs.ts';
import type { SupervisorOptions } from '../supervision/policy.ts';
import { Supervisors } from '../supervision/supervisors.ts';
import { TaskRegistry } from '../tasks/registry.ts';
import { type Scheduler, TimerQueue } from '../timer-queue.ts';
import { Adoptions } from './adoptions.ts';
import { Application } from './application.ts';
import { BoundServices } from './bound-services.ts';
import { withDependents } from './closure.ts';
import { Completion } from './completion.ts';
import { Crashes } from './crashes.ts';
import { logEvents } from './event-log.ts';
import { type Health, healthOf } from './health.ts';
import type { Host, NodeKey } from './host.ts';
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
import { Recovery } from './recovery.ts';
import { refuseInside, unitInside } from './reentry.ts';
import { Replacements } from './replacements.ts';
import type { StartReport, StopReport } from './report.ts';
import { Restarts } from './restarts.ts';
import { RunningGraph } from './running-graph.ts';
import { type ServiceSnapshot, snapshotOf } from './snapshot.ts';
import type { NodeOwner, Source } from './source.ts';
import { Starts } from './starts.ts';
import type { State, StateName } from './state.ts';
import { nothingStopped, type Realm, Stops } from './stops.ts';
import { type SupervisionRealm, SupervisorHandle } from './supervisor-handle.ts';
import type { Unit } from './unit.ts';
import { unitGraph } from './unit-graph.ts';
import { whenRunning } from './when-running.ts';

/** What a test puts around a lifecycle. */
export interface Surroundings {
  readonly clock: Scheduler;
  /** Default: as it was. */
  readonly random?: () => number;
  readonly door?: Door;
}

/**
 * Starts and stops the services of one container, in the order of their dependencies, and knows how they are. Inject it
 * or get it: `container.get(Lifecycle)`.
 */
export class Lifecycle implements Host<Unit>, NodeOwner {
  /** All tasks of all services: see `TaskRegistry`. */
  readonly tasks: TaskRegistry;
  /** @internal */ clock: Scheduler;
  /** @internal */ readonly events: Events;
  /** @internal */ readonly loggers: Loggers<Unit>;
  /** @internal Whether a logger was given, and is not the one that stands in. */ readonly hasLogger: boolean;
  /** @internal */ random: () => number;
  /** @internal */ door: Door | undefined;
  /** @internal */ readonly slowAfter: number;
  /** @internal */ readonly guards: boolean;
  /** @internal */ readonly source: Source;
  /** @internal */ readonly runningGraph: RunningGraph;
  /** @internal */ readonly starts: Starts;
  /** @internal */ readonly stops: Stops;
  /** @internal */ readonly crashes: Crashes;
  /** @internal */ readonly recovery: Recovery;
  /** @internal */ readonly adoptions: Adoptions;
  /** @internal */ readonly bound: BoundServices;
  /** @internal What makes it unready besides its services, in words. */
  readonly obstacles: Set<string> = new Set();
  /** @internal */ readonly supervisors: Supervisors<Unit>;
  readonly #realm: Realm;
  readonly #app: Application;
  readonly #restarts: Restarts;
  readonly #supervision: SupervisionRealm;

  /** @throws OptionError */
  constructor(source: Source, options: LifecycleOptions = {}) {
    const settings = lifecycleSettings(options);
    this.clock = new TimerQueue(settings.clock);
    this.random = settings.random;
    this.slowAfter = settings.slowAfter;
    this.guards = settings.guard;
    this.events = new Events(() => this.clock.date());
    this.source = source;
    this.runningGraph = new RunningGraph(this);
    this.#app = new Application(this.events);
    this.tasks = new TaskRegistry(() => this.runningGraph.tasks());
    this.hasLogger = settings.hasLogger;
    this.loggers = new Loggers(
      settings.logger,
      () => this.runningGraph.units,
      (unit) => this.runningGraph.beaconOf(unit).depth,
    );
    const startUnderWay = (): ReturnType<Realm['startUnderWay']> => this.starts.underWay?.walk;
    const { stopTimeout, strict } = settings;
    this.recovery = new Recovery(this, this.#app, {
      failed: (unit, error) => this.crashes.failed(unit, error),
      absent: (unit, error) => this.crashes.absent(unit, error),
    });
    const { runningGraph: graph, recovery } = this;
    const realm: Realm = { host: this, app: this.#app, graph, stopTimeout, startUnderWay, recovery };
    this.#realm = realm;
    this.stops = new Stops(realm);
    this.adoptions = new Adoptions(realm, source, this.stops);
    this.starts = new Starts(realm, {
      source,
      stops: this.stops,
      strict,
      incident: () => this.crashes.busy,
      begins: () => {
        this.supervisors.forget();
        this.crashes.begin();
      },
      absent: (unit, error) => this.crashes.absent(unit, error),
    });
    this.supervisors = new Supervisors(settings.supervision);
    this.crashes = new Crashes(realm, this.starts, this.stops, this.supervisors);
    this.#restarts = new Restarts(realm, this.starts, this.stops, this.crashes);
    this.bound = new BoundServices(realm, this.starts, this.stops, this.crashes);
    const replacements = new Replacements(source, this.#restarts);
    this.#supervision = { graph: this.runningGraph, supervisors: this.supervisors, replacements };
    logEvents(this.events, this.loggers, (label) => this.runningGraph.labelled(label));
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
    return [...this.runningGraph.units].filter(({ spec }) => spec !== undefined).map(snapshotOf);
  }

  /**
   * One service or component as it is now.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   */
  get(ref: Ref): ServiceSnapshot {
    return snapshotOf(this.runningGraph.find(ref, 'get()'));
  }

  /** Calls the listener with everything that happens from now on. @returns the undo */
  on(listener: LifecycleListener): () => void {
    return this.events.on(listener);
  }

  /**
   * Everything that happens from this call on, to be read at the reader's own pace:
   * `for await (const event of lifecycle.watch({ signal }))`. It ends with the signal, or when the loop is left.
   *
   * @throws OptionError
   */
  watch(options: WatchOptions = {}): EventStream {
    return new EventStream(this.events, options);
  }

  /**
   * The end of this life of the application: fulfils after a stop that was requested, rejects with a CrashError after a
   * crash (once everything is down), also of a parent container's service if that leaves nothing up. A start that fails
   * rejects `startAll` only. After a stop, a new start has a new one.
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
    return this.starts.start(settings, settings.only && { refs: settings.only });
  }

  /**
   * Stops all services, each as soon as all that depend on it are down. It never gives up: every hook is called, and all is
   * over by the end of the budget. Aborts a start under way. From inside a hook or a task it only requests the stop.
   *
   * @throws StopError with everything that went wrong on the way; the stop is over all the same
   * @throws OptionError for its arguments
   */
  async stopAll(options: StopOptions = {}): Promise<StopReport> {
    const budget = stopBudgetOf(options, this.#realm.stopTimeout);
    const inside = unitInside();
    // What a stop would wait for: a hook or task of this container, or of a child that needs it.
    const isAwaited = inside !== undefined && withDependents(this.runningGraph.units).has(inside);
    const stop = this.stops.stopAll({ kind: 'requested', detail: options.reason }, budget);
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
    const { delay, timeout } = stopRequestOf(options, this.#realm.stopTimeout);
    this.stops.stopLater({ kind: 'requested', detail: reason }, timeout, delay);
  }

  /** Whether somebody has asked for the end, from that moment on; a server then keeps no connection for a further request. */
  get stopRequested(): boolean {
    const { at } = this.#app.state;
    return this.stops.isRequested || at === 'stopping' || at === 'crashed';
  }

  /** What is bound, who needs whom, what is wrong with it, and how it is; nothing is made for it. It never throws. */
  graph(): Graph {
    return this.source.picture?.(this) ?? unitGraph(this.source.blueprint(), this.runningGraph.units);
  }

  /** How the application is at this moment, for probes: see `Health`. */
  health(): Health {
    const draining = this.stops.isRequested ? ['a stop was requested'] : [];
    const obstacles = [...draining, ...this.obstacles];
    return healthOf(this.#app.state.at, obstacles, this.runningGraph.units, this.clock.now());
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
    if (this.#app.state.at === 'idle') return this.starts.start(startSettings({}), { refs: [ref], call: 'restart()' });
    return this.#restarts.restart(this.runningGraph.find(ref, 'restart()'), ref);
  }

  /**
   * A new supervisor below the root, for services that come and go; `add` has it supervise some.
   *
   * @param options default: `restForGraph`, 3 restarts in 60 s, back-off from 100 ms
   * @throws OptionError for a name that is taken, and for options that make no sense
   */
  supervise(name: string, options: SupervisorOptions = {}): SupervisorHandle {
    return new SupervisorHandle(this.supervisors.create(name, options), this.#supervision);
  }

  /** The root (`'root'`), a group, or one made with `supervise`. @throws OptionError for a name that none has */
  supervisor(name: string): SupervisorHandle {
    return new SupervisorHandle(this.supervisors.find(name), this.#supervision);
  }

  /**
   * Fulfils when a service runs: at once if it does, else when its start or restart is through. Whoever found it down may
   * wait for it here.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   * @throws LifecycleError with code LIFECYCLE_NOT_RUNNING when it is down for good
   */
  async running(ref: Ref, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const unit = this.runningGraph.find(ref, 'running()');
    return whenRunning(unit, () => this.starts.over ?? this.crashes.acting, options.signal);
  }

  /**
   * The finest level of lines that is written now: of the log as a whole, or of a service and its tasks.
   *
   * @returns undefined where the logger that was given does not tell
   * @throws RefError for a ref that is unknown or ambiguous
   */
  logLevel(ref?: Ref): string | undefined {
    return this.loggers.level(ref === undefined ? undefined : this.#labelOf(ref, 'logLevel()'));
  }

  /**
   * Sets the finest level of lines that is written from now on: of the log as a whole, or of a service and its tasks. A service
   * that has a level of its own keeps it, also over restarts, until `resetLogLevel`. Loggers handed out before follow at once.
   *
   * @throws OptionError for a level that there is none of, and where the logger that was given has no level that can be set
   * @throws RefError for a ref that is unknown or ambiguous
   */
  setLogLevel(level: LogThreshold, ref?: Ref): void {
    checkOption(isThreshold(level), 'setLogLevel()', `one of ${LOG_THRESHOLDS.join(', ')}`, level);
    this.loggers.setLevel(level, ref === undefined ? undefined : this.#labelOf(ref, 'setLogLevel()'));
  }

  /**
   * Takes back what `setLogLevel` has set: a service has the level of the log as a whole again, and that the level that it was
   * given.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   */
  resetLogLevel(ref?: Ref): void {
    this.loggers.setLevel(undefined, ref === undefined ? undefined : this.#labelOf(ref, 'resetLogLevel()'));
  }

  /** Before the first start no unit is known, and what is bound since then is known by its binding only. @throws RefError */
  #labelOf(ref: Ref, call: string): string {
    const bound = this.source.blueprint().nodes.filter(({ key }) => this.runningGraph.get(key) === undefined);
    return resolveRef<RefTarget>(ref, [...this.runningGraph.units, ...bound], call).label;
  }

  // What the Worker, the container's side and child containers call.

  /** @internal What the application is at, with all that belongs to that. */
  get appState(): State {
    return this.#app.state;
  }

  /** @internal The budget of a stop that does not say, in milliseconds. */
  get stopTimeout(): number {
    return this.#realm.stopTimeout;
  }

  /** @internal Stops that do not say have this budget from now on, in milliseconds. @returns the undo */
  useStopTimeout(timeout: number): () => void {
    const before = this.#realm.stopTimeout;
    this.#realm.stopTimeout = timeout;
    return () => {
      this.#realm.stopTimeout = before;
    };
  }

  /** @internal @param call the call that was given these. @throws RefError */
  checkRefs(refs: readonly Ref[], call: string): void {
    this.source.blueprint({ refs, call });
  }

  /** @internal Has it live in other surroundings; before its first start only, since what waits is not moved over. */
  surround({ clock, random, door }: Surroundings): void {
    this.clock = clock;
    this.random = random ?? this.random;
    this.door = door;
  }

  /**
   * @internal Fulfils when all background and spawned work is done, over restarts too.
   *
   * @param refs what is to be completed; none: everything
   * @returns the crash of what is down for good, and so has not done its work
   * @throws RefError
   */
  workDone(refs: readonly Ref[] = []): Promise<CrashError | undefined> {
    const named = refs.map((ref) => this.runningGraph.find(ref, 'runUntilComplete()'));
    return new Completion(this.#realm, this.starts, named).over();
  }

  /** @internal Starts the units behind these nodes, and what they need, for a child container. */
  async provide(keys: readonly NodeKey[]): Promise<readonly Unit[]> {
    const running = keys.every((key) => this.runningGraph.get(key)?.state.at === 'running');
    if (!running) {
      refuseInside(this, 'startAll() of a child container');
      await this.starts.start(startSettings({}), { keys });
    }
    return keys.map((key) => this.runningGraph.get(key)).filter((unit) => unit !== undefined);
  }
}
