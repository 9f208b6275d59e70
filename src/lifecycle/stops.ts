import { CrashError, StopError } from '../errors.ts';
import type { Application } from './application.ts';
import { withDependents } from './closure.ts';
import { deferred } from './deferred.ts';
import type { Host } from './host.ts';
import { type StopOptions, stopBudgetOf } from './options.ts';
import type { Recovery } from './recovery.ts';
import { unitInside } from './reentry.ts';
import { StopReport } from './report.ts';
import type { RunningGraph } from './running-graph.ts';
import type { StartWalk } from './start-walk.ts';
import { originOf } from './step.ts';
import type { StopReason } from './stop-reason.ts';
import { StopWalk } from './stop-walk.ts';
import type { Unit } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';

/** What the starts and the stops of one lifecycle share. */
export interface Realm {
  readonly host: Host<Unit>;
  readonly app: Application;
  readonly graph: RunningGraph;
  /** The budget of a stop that does not say, in milliseconds; a Worker brings its own. */
  stopTimeout: number;
  /** The start under way. */
  readonly startUnderWay: () => StartWalk | undefined;
  /** What is down and on its way up again. */
  readonly recovery: Recovery;
}

/** How a part is stopped. */
interface PartOptions {
  /** What becomes of each. Default: it stays down. */
  readonly goalOf?: (unit: Unit) => StopGoal;
  /** The event that leads to it. Default: what the application is at. */
  readonly cause?: number | undefined;
  /** In milliseconds. Default: that of the lifecycle. */
  readonly budget?: number;
}

/** A stop of the whole application under way. */
interface Stopping {
  readonly walk: StopWalk;
  readonly report: Promise<StopReport>;
}

/** The stops of one lifecycle: of the whole application, and of parts of it. */
export class Stops {
  readonly #realm: Realm;
  #stopping: Stopping | undefined;
  #requests = 0;
  /** Calls off the stop that was requested for later. */
  #callOff: (() => void) | undefined;
  /** Why another lifecycle has stopped units of this one, and how that went, until it is clear whether any is left. */
  #subsided: { readonly reason: StopReason; readonly report: StopReport } | undefined;
  /** Stops of a part that are under way, and what fulfils when each is over. */
  readonly #partial = new Map<StopWalk, Promise<void>>();

  constructor(realm: Realm) {
    this.#realm = realm;
  }

  /** The stop of the whole under way; its promise rejects with a StopError, and need not be handled. */
  get underWay(): Stopping | undefined {
    return this.#stopping;
  }

  /** Counts the requests to stop: a start that waits for a stop is cancelled by a later one. */
  get requests(): number {
    return this.#requests;
  }

  /** Fulfils when the parts that are being stopped are down: what is about to start waits for it. Ask again after it. */
  get parts(): Promise<unknown> | undefined {
    return this.#partial.size > 0 ? Promise.all(this.#partial.values()) : undefined;
  }

  /** Whether a stop of a part is under way that has yet to bring this one down. */
  isGoingDown(unit: Unit): boolean {
    if (unit.leaving === 0) return false;
    for (const { units, done } of this.#partial.keys()) if (units.has(unit) && !done.has(unit)) return true;
    return false;
  }

  /** Whether a stop was requested and has not begun. */
  get isRequested(): boolean {
    return this.#callOff !== undefined;
  }

  /** Stops the application later, if it runs by then; a start under way is stopped at once, and a stop that comes first counts. */
  stopLater(reason: StopReason, budget: number, delay: number): void {
    const { app, host } = this.#realm;
    const stop = (): void => void this.stopAll(reason, budget).catch(() => {});
    if (delay === 0 || app.state.at !== 'running') stop();
    else if (this.#callOff === undefined) {
      this.#callOff = host.clock.timer(delay, stop);
      this.#tell(reason, delay);
    }
  }

  /**
   * Stops the application; a stop under way is joined, and shortened.
   *
   * @param crash what brings it down, if it is that
   */
  stopAll(reason: StopReason, budget: number, crash?: CrashError): Promise<StopReport> {
    const { app, host } = this.#realm;
    const wasRequested = this.isRequested;
    this.#callOff?.();
    this.#callOff = undefined;
    if (crash === undefined) this.#requests++;
    const end = host.clock.now() + budget;
    if (this.#stopping !== undefined) {
      this.#stopping.walk.shrink(end);
      if (crash !== undefined) this.#stopping.walk.errors.push(crash);
      return this.#stopping.report;
    }
    const { at } = app.state;
    if (at !== 'starting' && at !== 'running' && crash === undefined) return Promise.resolve(nothingStopped(host));
    if (crash !== undefined) app.move({ at: 'crashed', since: host.clock.now(), error: crash });
    const endLife = (report: StopReport): void => {
      if (crash === undefined) app.done.fulfil(report);
      else app.done.reject(crash);
    };
    const isNews = crash === undefined && !wasRequested;
    return this.#begin(reason, end, endLife, () => isNews && this.#tell(reason, 0)).report;
  }

  /** The request is what causes the stop. */
  #tell(reason: StopReason, delay: number): void {
    const { app, host } = this.#realm;
    const detail = 'detail' in reason ? reason.detail : undefined;
    app.causedBy(host.events.emit({ kind: 'stop:requested', reason: detail, delay }, app.lastEvent));
  }

  /** Undoes a start of the application, on a budget of its own; `done` has nothing to do with it. */
  async rollBack(reason: StopReason, failure: Error | undefined): Promise<void> {
    const { app, host, stopTimeout } = this.#realm;
    if (failure !== undefined) app.move({ at: 'crashed', since: host.clock.now(), error: failure });
    const nothing = (): void => {};
    await this.#begin(reason, host.clock.now() + stopTimeout, nothing, nothing).report.catch(nothing);
  }

  /** Stops a part while the rest goes on. */
  async stopPart(
    units: ReadonlySet<Unit>,
    reason: StopReason,
    { goalOf = STAY_DOWN, cause, budget = this.#realm.stopTimeout }: PartOptions = {},
  ): Promise<StopWalk> {
    const walk = this.#walk(units, reason, this.#realm.host.clock.now() + budget, goalOf, cause);
    const over = deferred<void>();
    this.#partial.set(walk, over.promise);
    for (const unit of walk.units) unit.leaving++;
    try {
      await walk.run();
    } finally {
      this.#partial.delete(walk);
      for (const unit of walk.units) leave(unit);
      over.resolve();
    }
    this.#tellOthers(walk, reason);
    return walk;
  }

  /**
   * Stops a service and all that depend on it, by hand; the rest goes on. From inside a hook or a task of theirs it only
   * requests that.
   *
   * @throws StopError, and OptionError for its options
   */
  async stopService(unit: Unit, options: StopOptions): Promise<void> {
    const budget = stopBudgetOf(options, this.#realm.stopTimeout);
    const affected = withDependents(unit.wanted ? [unit] : []);
    const inside = unitInside();
    const stop = this.takeDown(affected, { kind: 'requested', detail: options.reason }, budget);
    if (inside === undefined || !affected.has(inside)) return stop;
    stop.catch(() => {});
  }

  /**
   * Stops a part that somebody takes away; a start that was to bring it up cannot succeed.
   *
   * @throws StopError with what went wrong on the way
   */
  async takeDown(units: ReadonlySet<Unit>, reason: StopReason, budget: number): Promise<void> {
    if (units.size === 0) return;
    const start = this.#realm.startUnderWay();
    const how = reason.kind === 'unbound' ? 'unbound' : 'stopped';
    const failure = ({ label }: Unit): Error => new Error(`${label} was ${how} while it was being started`);
    for (const unit of units) if (start?.has(unit) && unit.state.at !== 'running') start.fail(undefined, failure(unit));
    this.#realm.recovery.callOff(units, failure);
    const { errors } = await this.stopPart(units, reason, { budget });
    if (errors.length > 0) throw new StopError(errors);
  }

  /**
   * @param endLife told the report, before the last event: a listener may begin the next life
   * @param tell called before the first event
   */
  #begin(reason: StopReason, end: number, endLife: (report: StopReport) => void, tell: () => void): Stopping {
    const { app, graph, host, recovery } = this.#realm;
    const failed = app.state.at === 'crashed' ? { crash: app.state.error } : {};
    const walk = this.#walk(withDependents(graph.units), reason, end, STAY_DOWN);
    recovery.clear();
    const { promise: report, resolve, reject } = deferred<StopReport>();
    report.catch(() => {});
    const stopping = { walk, report };
    // Set before anybody else's code runs: a hook or a listener may ask for a stop or a start at once.
    this.#stopping = stopping;
    tell();
    app.move({ at: 'stopping', since: host.clock.now(), reason, ...failed });
    this.#realm.startUnderWay()?.abort(reason);
    this.#follow(walk, reason, endLife).then(resolve, reject);
    return stopping;
  }

  async #follow(walk: StopWalk, reason: StopReason, endLife: (report: StopReport) => void): Promise<StopReport> {
    const { app, host } = this.#realm;
    await walk.run();
    this.#tellOthers(walk, reason);
    const report = new StopReport(walk.beganAt, walk.times, walk.errors);
    this.#stopping = undefined;
    const since = host.clock.now();
    const error = app.state.at === 'stopping' ? app.state.crash : undefined;
    endLife(report);
    app.move(error === undefined ? { at: 'stopped', since } : { at: 'crashed', since, error });
    if (walk.errors.length > 0) throw new StopError(walk.errors);
    return report;
  }

  #walk(
    units: ReadonlySet<Unit>,
    reason: StopReason,
    end: number,
    goalOf: (unit: Unit) => StopGoal,
    cause?: number,
  ): StopWalk {
    const { host } = this.#realm;
    for (const other of othersOf(host, units)) other.stops.interrupt(reason);
    return new StopWalk(units, { clock: host.clock, end, reason, goalOf, causeOf: causesIn(this.#realm, cause) });
  }

  /** Other lifecycles whose units these were. */
  #tellOthers(walk: StopWalk, reason: StopReason): void {
    for (const other of othersOf(this.#realm.host, walk.units)) other.stops.subside(reason, walk.reportOf(other));
    this.#letGoOfParents();
  }

  /** Another lifecycle, of a parent container, stops units of this one: a start under way is abandoned. */
  interrupt(reason: StopReason): void {
    this.#realm.startUnderWay()?.abort(reason);
  }

  /** Another lifecycle has stopped units of this one; when none is left, this life of the application is over. */
  subside(reason: StopReason, report: StopReport): void {
    this.#subsided = { reason, report };
    this.#letGoOfParents();
    this.endIfDown();
  }

  /** Ends this life of the application if another lifecycle has left nothing of it; a start under way is to be over first. */
  endIfDown(): void {
    const { app, graph, startUnderWay } = this.#realm;
    if (this.#subsided === undefined || startUnderWay() !== undefined) return;
    const { reason, report } = this.#subsided;
    this.#subsided = undefined;
    const isDown = [...graph.units].every(({ inService }) => !inService);
    if (isDown && app.state.at === 'running') this.#endWith(reason, report);
  }

  #endWith(reason: StopReason, report: StopReport): void {
    const { app, host } = this.#realm;
    const since = host.clock.now();
    if (reason.kind !== 'crash') {
      app.move({ at: 'stopping', since, reason });
      app.done.fulfil(report);
      app.move({ at: 'stopped', since });
      return;
    }
    const error = new CrashError(reason.service, reason.error, originOf(reason.error));
    app.move({ at: 'stopping', since, reason, crash: error });
    // Whose crash it is tells of it.
    app.done.promise.catch(() => {});
    app.done.reject(error);
    app.move({ at: 'crashed', since, error });
  }

  /** A parent container must not keep what its children had, once that is down. The next start links them anew. */
  #letGoOfParents(): void {
    const walk = this.#realm.startUnderWay();
    this.#realm.graph.letGoOfOthers((unit) => walk?.aborted === false && walk.has(unit));
  }
}

/** What the application is at, or this event, causes what its units do; it means nothing to a unit of another lifecycle. */
export function causesIn({ host, app }: Realm, cause?: number): (unit: Unit) => number | undefined {
  return (unit) => (unit.host === host ? (cause ?? app.lastEvent) : undefined);
}

/** A stop that it was part of is over. */
function leave(unit: Unit): void {
  unit.leaving--;
  if (unit.leaving === 0 && unit.waits) unit.host.recovery.look(unit);
}

const STAY_DOWN = (): StopGoal => 'stopped';

/** The report of a stop that had nothing to do. */
export function nothingStopped({ clock }: Host<Unit>): StopReport {
  return new StopReport(clock.now(), new Map(), []);
}

function othersOf(host: Host<Unit>, units: Iterable<Unit>): Set<Host<Unit>> {
  const hosts = new Set<Host<Unit>>();
  for (const unit of units) if (unit.host !== host) hosts.add(unit.host);
  return hosts;
}
