import type { Clock } from '../clock.ts';
import { CrashError, StopError } from '../errors.ts';
import { Events, type LifecycleListener } from '../events.ts';
import type { Logger } from '../log.ts';
import type { Ref } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import { type Action, type Incident, IncidentQueue, stopTheApp } from '../supervision/incidents.ts';
import { TimerQueue } from '../timer-queue.ts';
import { Application } from './application.ts';
import type { Beacon } from './beacon.ts';
import { logEvents } from './event-log.ts';
import {
  type LifecycleOptions,
  lifecycleSettings,
  type StartOptions,
  type StopOptions,
  startSettings,
  stopBudgetOf,
} from './options.ts';
import { refuseInside, refuseInsideOf, unitInside } from './reentry.ts';
import type { StartReport, StopReport } from './report.ts';
import { RunningGraph } from './running-graph.ts';
import { type ServiceSnapshot, snapshotOf } from './snapshot.ts';
import type { NodeOwner, Source } from './source.ts';
import { abortedStart } from './start-error.ts';
import { Starts } from './starts.ts';
import type { StateName } from './state.ts';
import { errorOf, originOf } from './step.ts';
import type { StopReason } from './stop-reason.ts';
import { nothingStopped, type Realm, Stops } from './stops.ts';
import { type Host, type NodeKey, type Unit, withDependents } from './unit.ts';

/**
 * Starts and stops the services of one container, in the order of their dependencies, and knows how they are. Inject it
 * or get it: `container.get(Lifecycle)`.
 */
export class Lifecycle implements Host, NodeOwner {
  /** @internal */ readonly clock: Clock;
  /** @internal */ readonly events: Events;
  /** @internal */ readonly logger: Logger;
  /** @internal */ readonly slowAfter: number;
  readonly #source: Source;
  readonly #stopTimeout: number;
  readonly #graph: RunningGraph;
  readonly #app: Application;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #incidents: IncidentQueue;
  /** Restarts take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws OptionError */
  constructor(source: Source, options: LifecycleOptions = {}) {
    const { clock, logger, slowAfter, stopTimeout, strict } = lifecycleSettings(options);
    this.clock = new TimerQueue(clock);
    this.logger = logger;
    this.slowAfter = slowAfter;
    this.events = new Events(() => clock.date());
    this.#source = source;
    this.#stopTimeout = stopTimeout;
    this.#graph = new RunningGraph(this);
    this.#app = new Application(this.events);
    this.#incidents = new IncidentQueue(stopTheApp, (incident, action) => this.#act(incident, action));
    const startUnderWay = (): ReturnType<Realm['startUnderWay']> => this.#starts.underWay?.walk;
    const realm: Realm = { host: this, app: this.#app, graph: this.#graph, stopTimeout, startUnderWay };
    this.#stops = new Stops(realm);
    this.#starts = new Starts(realm, { source, stops: this.#stops, strict, incident: () => this.#incidents.busy });
    logEvents(this.events, logger);
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

  /** Asks for a stop and does not wait for it: `done` tells when it is over, events and the log what went wrong. */
  requestStop(reason?: unknown): void {
    this.#stops.stopAll({ kind: 'requested', detail: reason }, this.#stopTimeout).catch(() => {});
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
    const unit = this.#graph.find(ref, 'restart()');
    const turn = this.#turn.then(() => this.#restart(unit, ref));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  // What the container's side and child containers call.

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
    if (affected.size === 0) return;
    refuseInsideOf(affected, 'unbinding a service');
    const walk = this.#starts.underWay?.walk;
    for (const unit of affected) {
      // A start that was to bring up what is being taken away cannot succeed.
      if (!walk?.has(unit) || unit.state.at === 'running') continue;
      walk.fail(undefined, new Error(`${unit.label} was unbound while it was being started`));
    }
    const stop = await this.#stops.stopPart(affected, { kind: 'unbound' }, 'stopped');
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
  merged(unit: Unit, into: Unit): void {
    this.#graph.merge(unit, into);
  }

  /** @internal */
  crash(unit: Unit, thrown: unknown): void {
    const error = errorOf(thrown);
    const { at } = unit.state;
    const walk = this.#starts.underWay?.walk;
    const stopping = this.#stops.underWay?.walk;
    if ((at === 'starting' || at === 'running') && walk?.hasBegun(unit)) {
      stopping?.errors.push(error);
      walk.fail(unit, error);
      return;
    }
    if (at === 'running') {
      // Before its event: a listener may ask for a start, which is to wait until the incident is dealt with.
      if (stopping === undefined) this.#incidents.push({ unit, error });
      else stopping.errors.push(error);
      unit.move({ at: 'crashed', since: this.clock.now(), error });
      // What is on its way up may need it.
      walk?.abort({ kind: 'crash', service: unit.label, error });
    } else if (at === 'stopping') {
      unit.stop?.errors.push(error);
    } else {
      this.events.emit({ kind: 'incident', service: unit.label, error, action: `none, it is ${at}` }, unit.lastEvent);
    }
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

  async #restart(unit: Unit, ref: Ref): Promise<StartReport> {
    for (let start = this.#starts.over; start !== undefined; start = this.#starts.over) await start;
    if (this.#stops.underWay !== undefined) throw stoppedInstead('the application is stopping');
    if (!unit.up) return this.#starts.start(startSettings({}), { refs: [ref] });
    const units = new Set([...withDependents([unit])].filter(({ up }) => up));
    await this.#stops.stopPart(units, { kind: 'restart', service: unit.label }, 'restarting');
    for (const each of units) each.restarts++;
    for (let start = this.#starts.over; start !== undefined; start = this.#starts.over) await start;
    if (this.#app.state.at !== 'running') throw stoppedInstead('the application was stopped during the restart');
    const { walk, report } = this.#starts.begin(startSettings({}), (begun) => begun.add(units));
    return report.catch((thrown: unknown) => {
      const { failure } = walk;
      if (failure?.unit !== undefined) this.#incidents.push({ unit: failure.unit, error: failure.error });
      throw thrown;
    });
  }

  async #act({ unit, error }: Incident, action: Action): Promise<void> {
    const { state, lastEvent, label } = unit;
    const { at } = this.#app.state;
    const facts = { kind: 'incident', service: label, error } as const;
    // The incident before this one, or a stop, has dealt with it while it waited for its turn.
    const isOpen = (at === 'running' || at === 'stopping') && state.at === 'crashed' && state.error === error;
    if (!isOpen) {
      this.events.emit({ ...facts, action: `none, the application is ${at}` }, lastEvent);
      return;
    }
    switch (action.kind) {
      case 'stop the app': {
        this.#app.causedBy(this.events.emit({ ...facts, action: action.kind }, lastEvent));
        const crash = new CrashError(label, error, originOf(error));
        await this.#stops.stopAll({ kind: 'crash', service: label, error }, this.#stopTimeout, crash).catch(() => {});
      }
    }
  }
}

function stoppedInstead(detail: string): Error {
  return abortedStart({ kind: 'requested', detail });
}
