import type { Clock } from '../clock.ts';
import { Deadline, EXPIRED } from '../deadline.ts';
import { CrashError, LifecycleError, StopError } from '../errors.ts';
import { Events, type LifecycleListener } from '../events.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { Logger } from '../log.ts';
import type { Ref } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import { type Action, type Incident, IncidentQueue, stopTheApp } from '../supervision/incidents.ts';
import { TimerQueue } from '../timer-queue.ts';
import type { Beacon } from './beacon.ts';
import { currentEntry } from './current.ts';
import { deferred } from './deferred.ts';
import { Done } from './done.ts';
import { logEvents } from './event-log.ts';
import {
  type LifecycleOptions,
  lifecycleSettings,
  type StartOptions,
  type StartSettings,
  type StopOptions,
  startSettings,
  stopBudgetOf,
} from './options.ts';
import { StartReport, StopReport } from './report.ts';
import { RunningGraph } from './running-graph.ts';
import { type ServiceSnapshot, snapshotOf } from './snapshot.ts';
import type { Blueprint, BlueprintNode, NodeOwner, Selection, Source } from './source.ts';
import { abortedStart, startErrorOf } from './start-error.ts';
import { StartWalk } from './start-walk.ts';
import { checkMove, type State, type StateName } from './state.ts';
import { errorOf, originOf } from './step.ts';
import { StopWalk } from './stop-walk.ts';
import { type Host, type NodeKey, type Unit, withDependencies, withDependents } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';

/** Why services stop; hooks see it as `reason`. */
export type StopReason =
  | { readonly kind: 'requested'; readonly detail: unknown }
  | { readonly kind: 'start failed'; readonly error: Error }
  | { readonly kind: 'crash'; readonly service: string; readonly error: Error }
  | { readonly kind: 'restart'; readonly service: string }
  | { readonly kind: 'unbound' };

/** A start under way. */
interface Starting {
  readonly walk: StartWalk;
  readonly report: Promise<StartReport>;
}

/** A stop of the whole application under way. */
interface Stopping {
  readonly walk: StopWalk;
  readonly report: Promise<StopReport>;
}

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
  readonly #strict: boolean;
  readonly #graph: RunningGraph;
  readonly #incidents: IncidentQueue;
  readonly #done = new Done();
  #app: State = { at: 'idle' };
  #lastEvent: number | undefined;
  #starting: Starting | undefined;
  #stopping: Stopping | undefined;
  /** Counts the requests to stop: a start that waits for a stop is cancelled by a later one. */
  #stopRequests = 0;
  /** Restarts and the like take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Stops of a part that are under way: what is about to start waits for them. */
  readonly #partialStops = new Set<Promise<void>>();

  /** @throws OptionError */
  constructor(source: Source, options: LifecycleOptions = {}) {
    const settings = lifecycleSettings(options);
    this.clock = new TimerQueue(settings.clock);
    this.logger = settings.logger;
    this.slowAfter = settings.slowAfter;
    this.events = new Events(() => settings.clock.date());
    this.#source = source;
    this.#stopTimeout = settings.stopTimeout;
    this.#strict = settings.strict;
    this.#graph = new RunningGraph(this);
    this.#incidents = new IncidentQueue(stopTheApp, (incident, action) => this.#act(incident, action));
    logEvents(this.events, this.logger);
  }

  /** The state of the application as a whole. */
  get state(): StateName {
    return this.#app.at;
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
    return this.#done.promise;
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
    this.#refuseReentry('startAll()');
    if (settings.signal?.aborted) throw abortedStart(settings.signal.reason);
    return this.#startWhenDown(settings, settings.only && { refs: settings.only });
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
    const isAwaited = this.#isAwaitedByStop();
    const stop = this.#stopApp({ kind: 'requested', detail: options.reason }, budget);
    if (!isAwaited) return stop;
    stop.catch(() => {});
    return new StopReport(this.clock.now(), new Map(), []);
  }

  /** Asks for a stop and does not wait for it: `done` tells when it is over, events and the log what went wrong. */
  requestStop(reason?: unknown): void {
    this.#stopApp({ kind: 'requested', detail: reason }, this.#stopTimeout).catch(() => {});
  }

  /**
   * Stops a service and all that depend on it, in reverse, and starts them again, in order. The objects stay the same.
   * A service that is down is just started.
   *
   * @throws RefError for a ref that is unknown or ambiguous
   * @throws StartError when it does not come up again; the application is then stopped
   */
  async restart(ref: Ref): Promise<StartReport> {
    this.#refuseReentry('restart()');
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
      this.#refuseReentry('startAll() of a child container');
      await this.#startWhenDown(startSettings({}), { keys });
    }
    return keys.map((key) => this.#graph.get(key)).filter((unit) => unit !== undefined);
  }

  /** @internal Stops these units and what depends on them, since their bindings are about to go. @throws StopError */
  async release(units: readonly Unit[]): Promise<void> {
    const affected = withDependents(units.filter((unit) => unit.up));
    if (affected.size === 0) return;
    const entry = currentEntry();
    if (entry?.active && affected.has(entry.unit)) throw this.#reentrant('unbinding a service', entry.unit);
    const reason: StopReason = { kind: 'unbound' };
    this.#abandonStartOf(affected, reason);
    const stop = await this.#bringDown(affected, reason, 'stopped');
    if (stop.errors.length > 0) throw new StopError(stop.errors);
  }

  /** @internal Forgets units that are down and whose nodes do not exist any more. */
  prune(exists: (key: NodeKey) => boolean): void {
    // A start or a stop under way counts the edges; the next start prunes.
    if (this.#starting === undefined && this.#stopping === undefined) this.#graph.prune(exists);
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
    const walk = this.#starting?.walk;
    if ((at === 'starting' || at === 'running') && walk?.hasBegun(unit)) {
      this.#stopping?.walk.errors.push(error);
      walk.fail(unit, error);
      return;
    }
    if (at === 'running') {
      unit.move({ at: 'crashed', since: this.clock.now(), error });
      // What is on its way up may need it.
      walk?.abort(error);
      if (this.#stopping === undefined) this.#incidents.push({ unit, error, cause: unit.lastEvent });
      else this.#stopping.walk.errors.push(error);
    } else if (at === 'stopping') unit.stop?.errors.push(error);
    else
      this.events.emit({ kind: 'incident', service: unit.label, error, action: `none, it is ${at}` }, unit.lastEvent);
  }

  /** @internal */
  interrupt(reason: unknown): void {
    this.#starting?.walk.abort(reason);
  }

  /** @internal */
  subside(reason: unknown): void {
    this.#letGoOfParents();
    const down = [...this.#graph.units].every((unit) => !unit.up);
    if (!down || this.#app.at !== 'running' || this.#starting !== undefined) return;
    this.#move({ at: 'stopping', since: this.clock.now(), reason });
    this.#move({ at: 'stopped', since: this.clock.now() });
    this.#done.fulfil(new StopReport(this.clock.now(), new Map(), []));
  }

  // Starting.

  async #startWhenDown(settings: StartSettings, selection: Selection | undefined): Promise<StartReport> {
    for (let ending = this.#ending; ending !== undefined; ending = this.#ending) {
      const requests = this.#stopRequests;
      await ending.catch(() => {});
      if (this.#stopRequests !== requests)
        throw abortedStart('a later stop cancelled it while it waited for the one before');
    }
    if (settings.signal?.aborted) throw abortedStart(settings.signal.reason);
    const blueprint = this.#plan(selection);
    const join = (walk: StartWalk): void => void this.#join(walk, blueprint, settings);
    if (this.#starting === undefined) return this.#beginStart(settings, this.#app.at === 'running', join).report;
    join(this.#starting.walk);
    return this.#starting.report;
  }

  /** What a new start waits for: a stop, a crash that is being dealt with, or a start that is too far to be joined. */
  get #ending(): Promise<unknown> | undefined {
    if (this.#stopping !== undefined) return this.#stopping.report;
    if (this.#incidents.busy !== undefined) return this.#incidents.busy;
    return this.#starting?.walk.isOver === true ? this.#starting.report : undefined;
  }

  /** @throws GraphError */
  #plan(selection: Selection | undefined): Blueprint {
    const blueprint = this.#source.blueprint(selection);
    if (blueprint.exists !== undefined) this.prune(blueprint.exists);
    for (const issue of blueprint.warnings) this.events.emit({ kind: 'graph:warning', issue });
    const errors = this.#strict ? [...blueprint.errors, ...blueprint.warnings] : blueprint.errors;
    if (errors.length > 0) throw new GraphError(errors);
    return blueprint;
  }

  /**
   * @param widening the application runs already, and this adds to it
   * @param fill adds the first units, or holds the walk until it can
   */
  #beginStart(settings: StartSettings, widening: boolean, fill: (walk: StartWalk) => void): Starting {
    const now = this.clock.now();
    const { concurrency, timeout } = settings;
    const latest = now + timeout;
    const walk = new StartWalk({ clock: this.clock, concurrency, latest, causeOf: (unit) => this.#causeOf(unit) });
    const release = walk.hold(new Deadline(this.clock, latest));
    const starting = { walk, report: this.#followStart(walk, latest, widening) };
    // Set before anybody else's code runs: a listener or a constructor may ask for a stop at once.
    this.#starting = starting;
    if (!widening) {
      this.#done.renew();
      this.#move({ at: 'starting', since: now });
    }
    fill(walk);
    release();
    return starting;
  }

  /** Brings a blueprint's nodes, and first those of other lifecycles, into a start under way. */
  async #join(walk: StartWalk, blueprint: Blueprint, { timeout, signal }: StartSettings): Promise<void> {
    const patience = new Deadline(this.clock, this.clock.now() + timeout);
    const release = walk.hold(patience);
    const abort = (): void => walk.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    void walk.over.then(() => signal?.removeEventListener('abort', abort));
    try {
      if (walk.aborted) return;
      const abroad = foreignOf(blueprint);
      const provided = abroad.size === 0 ? new Map() : await this.#provideAll(abroad, patience);
      while (this.#partialStops.size > 0) await Promise.all(this.#partialStops);
      if (walk.aborted) return;
      const unitsOf = (node: BlueprintNode): Unit[] =>
        node.foreign.flatMap(({ owner, key }) => provided.get(owner)?.get(key) ?? []);
      walk.add(withDependencies(this.#graph.integrate(blueprint, unitsOf)));
    } catch (thrown) {
      walk.fail(undefined, errorOf(thrown));
    } finally {
      release();
    }
  }

  async #provideAll(
    abroad: ReadonlyMap<NodeOwner, ReadonlySet<NodeKey>>,
    patience: Deadline,
  ): Promise<Map<NodeOwner, Map<NodeKey, Unit>>> {
    const provided = new Map<NodeOwner, Map<NodeKey, Unit>>();
    for (const [owner, wanted] of abroad) {
      const keys = [...wanted];
      const units = await patience.race(owner.provide(keys));
      if (units === EXPIRED) throw new Error('the parent container had not started what this one needs');
      provided.set(owner, new Map(units.map((unit, index) => [keys[index] as NodeKey, unit])));
    }
    return provided;
  }

  /** Waits for a start to be over; one that was ended before its time is undone, and rejects. */
  async #followStart(walk: StartWalk, latest: number, widening: boolean): Promise<StartReport> {
    await walk.over;
    if (!walk.aborted) {
      this.#starting = undefined;
      if (!widening)
        this.#move({ at: 'running', since: this.clock.now(), startDuration: this.clock.now() - walk.beganAt });
      return new StartReport(walk.beganAt, walk.times);
    }
    const { failure } = walk;
    const timedOut = failure !== undefined && failure.at >= latest;
    const error = failure?.error ?? walk.reason;
    const reason: StopReason =
      failure === undefined
        ? { kind: 'requested', detail: walk.reason }
        : { kind: 'start failed', error: failure.error };
    // A stop of the application has taken over, and may be through already.
    if (this.#app.at !== (widening ? 'running' : 'starting')) await this.#stopping?.report.catch(() => {});
    else if (widening) await this.#bringDown(withDependents(walk.begun), reason, 'stopped');
    else await this.#rollBack(reason, failure?.error);
    this.#starting = undefined;
    throw startErrorOf(walk, timedOut, error);
  }

  /** What had started goes down again, on a budget of its own; `done` has nothing to do with it. */
  async #rollBack(reason: StopReason, failure: Error | undefined): Promise<void> {
    if (failure !== undefined) this.#move({ at: 'crashed', since: this.clock.now(), error: failure });
    await this.#beginStop(reason, this.clock.now() + this.#stopTimeout, false).report.catch(() => {});
  }

  // Stopping.

  #stopApp(reason: StopReason, budget: number, crash?: CrashError): Promise<StopReport> {
    if (crash === undefined) this.#stopRequests++;
    const end = this.clock.now() + budget;
    if (this.#stopping !== undefined) {
      this.#stopping.walk.shrink(end);
      if (crash !== undefined) this.#stopping.walk.errors.push(crash);
      return this.#stopping.report;
    }
    const { at } = this.#app;
    if (at !== 'starting' && at !== 'running' && crash === undefined) {
      return Promise.resolve(new StopReport(this.clock.now(), new Map(), []));
    }
    if (crash !== undefined) this.#move({ at: 'crashed', since: this.clock.now(), error: crash });
    return this.#beginStop(reason, end, true, crash).report;
  }

  #beginStop(reason: StopReason, end: number, endsLife: boolean, crash?: CrashError): Stopping {
    const failed = this.#app.at === 'crashed' ? { crash: this.#app.error } : {};
    const walk = this.#stopWalk(withDependents(this.#graph.units), reason, end, 'stopped');
    const { promise: report, resolve, reject } = deferred<StopReport>();
    report.catch(() => {});
    const stopping = { walk, report };
    // Set before anybody else's code runs: a hook or a listener may ask for a stop or a start at once.
    this.#stopping = stopping;
    this.#move({ at: 'stopping', since: this.clock.now(), reason, ...failed });
    this.#starting?.walk.abort(reason);
    this.#followStop(walk, reason, endsLife, crash).then(resolve, reject);
    return stopping;
  }

  #stopWalk(units: ReadonlySet<Unit>, reason: StopReason, end: number, goal: StopGoal): StopWalk {
    for (const host of hostsOf(units)) if (host !== this) host.interrupt(reason);
    return new StopWalk(units, { clock: this.clock, end, reason, goal, causeOf: (unit) => this.#causeOf(unit) });
  }

  /** The application's last event; one of another lifecycle means nothing to a unit. */
  #causeOf(unit: Unit): number | undefined {
    return unit.host === this ? this.#lastEvent : undefined;
  }

  /** @param endsLife a life of the application ends with it, so `done` is settled */
  async #followStop(walk: StopWalk, reason: StopReason, endsLife: boolean, crash?: CrashError): Promise<StopReport> {
    await walk.run();
    for (const host of hostsOf(walk.units)) if (host !== this) host.subside(reason);
    this.#letGoOfParents();
    const report = new StopReport(walk.beganAt, walk.times, walk.errors);
    this.#stopping = undefined;
    const since = this.clock.now();
    const error = this.#app.at === 'stopping' ? this.#app.crash : undefined;
    this.#move(error === undefined ? { at: 'stopped', since } : { at: 'crashed', since, error });
    if (crash !== undefined) this.#done.reject(crash);
    else if (endsLife) this.#done.fulfil(report);
    if (walk.errors.length > 0) throw new StopError(walk.errors);
    return report;
  }

  /** Stops a part while the rest goes on. */
  async #bringDown(units: ReadonlySet<Unit>, reason: StopReason, goal: StopGoal): Promise<StopWalk> {
    const walk = this.#stopWalk(units, reason, this.clock.now() + this.#stopTimeout, goal);
    const over = deferred<void>();
    this.#partialStops.add(over.promise);
    await walk.run();
    this.#partialStops.delete(over.promise);
    over.resolve();
    for (const host of hostsOf(units)) if (host !== this) host.subside(reason);
    this.#letGoOfParents();
    return walk;
  }

  /** A parent container must not keep what its children had, once that is down. The next start links them anew. */
  #letGoOfParents(): void {
    const walk = this.#starting?.walk;
    this.#graph.letGoOfOthers((unit) => walk?.aborted === false && walk.has(unit));
  }

  /** A start that was to bring up what is being taken away cannot succeed. */
  #abandonStartOf(units: ReadonlySet<Unit>, reason: StopReason): void {
    const walk = this.#starting?.walk;
    for (const unit of units) {
      if (!walk?.has(unit) || unit.state.at === 'running') continue;
      walk.fail(undefined, new Error(`${unit.label} was ${reason.kind} while it was being started`));
    }
  }

  // Restarting, and what is done about incidents.

  async #restart(unit: Unit, ref: Ref): Promise<StartReport> {
    for (let start = this.#startUnderWay(); start !== undefined; start = this.#startUnderWay()) await start;
    if (this.#stopping !== undefined) throw abortedStart('the application is stopping');
    if (!unit.up) return this.#startWhenDown(startSettings({}), { refs: [ref] });
    const units = new Set([...withDependents([unit])].filter(({ up }) => up));
    await this.#bringDown(units, { kind: 'restart', service: unit.label }, 'restarting');
    for (const each of units) each.restarts++;
    for (let start = this.#startUnderWay(); start !== undefined; start = this.#startUnderWay()) await start;
    if (this.#app.at !== 'running') throw abortedStart('the application was stopped during the restart');
    const starting = this.#beginStart(startSettings({}), true, (walk) => walk.add(units));
    return starting.report.catch((thrown: unknown) => {
      const { failure } = starting.walk;
      if (failure?.unit !== undefined)
        this.#incidents.push({ unit: failure.unit, error: failure.error, cause: failure.unit.lastEvent });
      throw thrown;
    });
  }

  /** Ask again after it: the next one may have begun. */
  #startUnderWay(): Promise<unknown> | undefined {
    return this.#starting?.report.catch(() => {});
  }

  async #act({ unit, error, cause }: Incident, action: Action): Promise<void> {
    const { state } = unit;
    const facts = { kind: 'incident', service: unit.label, error } as const;
    // The incident before this one, or a stop, has dealt with it while it waited for its turn.
    const isUp = this.#app.at === 'running' || this.#app.at === 'stopping';
    if (!isUp || state.at !== 'crashed' || state.error !== error) {
      this.events.emit({ ...facts, action: `none, the application is ${this.#app.at}` }, cause);
      return;
    }
    switch (action.kind) {
      case 'stop the app': {
        this.#lastEvent = this.events.emit({ ...facts, action: action.kind }, cause);
        const reason: StopReason = { kind: 'crash', service: unit.label, error };
        const crash = new CrashError(unit.label, error, originOf(error));
        await this.#stopApp(reason, this.#stopTimeout, crash).catch(() => {});
      }
    }
  }

  #isInside(): boolean {
    const entry = currentEntry();
    return entry?.active === true && entry.unit.host === this;
  }

  /** Whether this runs inside what a stop would wait for: a hook or task of this container, or of a child that needs it. */
  #isAwaitedByStop(): boolean {
    const entry = currentEntry();
    return entry?.active === true && (this.#isInside() || withDependents(this.#graph.units).has(entry.unit));
  }

  #refuseReentry(call: string): void {
    const entry = currentEntry();
    if (entry !== undefined && this.#isInside()) throw this.#reentrant(call, entry.unit);
  }

  #reentrant(call: string, unit: Unit): LifecycleError {
    const message = `${call} was called from inside ${unit.label}, which it would wait for; call it from outside the hooks and tasks of this container's services`;
    return new LifecycleError('LIFECYCLE_REENTRANT', message, { service: unit.label });
  }

  /** The only writer of the application's state. */
  #move(next: State): void {
    const from = this.#app.at;
    checkMove('the application', from, next.at);
    this.#app = next;
    const reason =
      next.at === 'stopping' ? { reason: next.reason } : next.at === 'crashed' ? { reason: next.error } : {};
    this.#lastEvent = this.events.emit({ kind: `app:${next.at}`, from, ...reason }, this.#lastEvent);
  }
}

function foreignOf(blueprint: Blueprint): Map<NodeOwner, Set<NodeKey>> {
  const needed = new Map<NodeOwner, Set<NodeKey>>();
  for (const node of blueprint.nodes) {
    for (const { owner, key } of node.foreign) {
      const keys = needed.get(owner) ?? new Set();
      needed.set(owner, keys.add(key));
    }
  }
  return needed;
}

function hostsOf(units: Iterable<Unit>): Set<Host> {
  const hosts = new Set<Host>();
  for (const { host } of units) hosts.add(host);
  return hosts;
}
