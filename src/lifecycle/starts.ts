import { Deadline } from '../deadline.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { GraphIssue } from '../graph/model.ts';
import { NOTHING_ABROAD, needsAbroad, provideAbroad } from './abroad.ts';
import { withDependencies, withDependents } from './closure.ts';
import type { NodeKey } from './host.ts';
import type { StartSettings } from './options.ts';
import { StartReport } from './report.ts';
import type { Blueprint, Selection, Source } from './source.ts';
import { abortedStart, startErrorOf } from './start-error.ts';
import { type StartFailure, StartWalk } from './start-walk.ts';
import { errorOf } from './step.ts';
import type { StopReason } from './stop-reason.ts';
import { causesIn, type Realm, type Stops } from './stops.ts';
import type { Unit } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';

/** A start under way. */
export interface Starting {
  readonly walk: StartWalk;
  readonly report: Promise<StartReport>;
}

/** What the starts ask of others. */
export interface StartsOptions {
  readonly source: Source;
  readonly stops: Stops;
  /** Warnings of the graph are errors. */
  readonly strict: boolean;
  /** Crashes and restarts that are being dealt with, which a new start waits for. */
  readonly incident: () => Promise<unknown> | undefined;
  /** A life of the application begins. */
  readonly begins: () => void;
  /** An optional service did not start, and the application runs without it. */
  readonly absent: (unit: Unit, error: Error) => void;
}

/** The starts of one lifecycle. There is one at a time: what is asked for meanwhile joins it. */
export class Starts {
  readonly #realm: Realm;
  readonly #options: StartsOptions;
  #starting: Starting | undefined;
  /** The faults that were told. */
  readonly #warned = new Set<string>();

  constructor(realm: Realm, options: StartsOptions) {
    this.#realm = realm;
    this.#options = options;
  }

  get underWay(): Starting | undefined {
    return this.#starting;
  }

  /** Fulfils when the start under way is over, however it ends. Ask again after it: the next one may have begun. */
  get over(): Promise<unknown> | undefined {
    return this.#starting?.report.catch(() => {});
  }

  /**
   * Starts what is selected, or joins and widens the start under way; while the application stops it waits, then starts.
   *
   * @throws GraphError, RefError, StartError
   */
  async start(settings: StartSettings, selection: Selection | undefined): Promise<StartReport> {
    const { stops } = this.#options;
    refuseAborted(settings);
    for (let ending = this.#ending; ending !== undefined; ending = this.#ending) {
      const { requests } = stops;
      await ending.catch(() => {});
      if (stops.requests !== requests) {
        throw abortedStart({
          kind: 'requested',
          detail: 'a later stop cancelled it while it waited for the one before',
        });
      }
    }
    refuseAborted(settings);
    const blueprint = this.#plan(selection);
    const join = (walk: StartWalk): void => void this.#join(walk, blueprint, settings);
    if (this.#starting === undefined) return this.begin(settings, join).report;
    join(this.#starting.walk);
    return this.#starting.report;
  }

  /** Begins a start. @param fill adds the first units, or holds the walk until it can */
  begin({ concurrency, timeout }: StartSettings, fill: (walk: StartWalk) => void): Starting {
    const { app, host } = this.#realm;
    const now = host.clock.now();
    const latest = now + timeout;
    const isWidening = app.state.at === 'running';
    const walk = new StartWalk({
      clock: host.clock,
      concurrency,
      latest,
      causeOf: causesIn(this.#realm),
      failed: (failure) => this.#failed(failure),
    });
    const release = walk.hold(new Deadline(host.clock, latest));
    const starting = { walk, report: this.#follow(walk, isWidening) };
    // Set before anybody else's code runs: a listener or a constructor may ask for a stop at once.
    this.#starting = starting;
    if (!isWidening) {
      this.#options.begins();
      app.done.renew();
      app.move({ at: 'starting', since: now });
    }
    fill(walk);
    release();
    return starting;
  }

  #failed({ unit, error }: StartFailure): void {
    const { app, host } = this.#realm;
    const who = unit === undefined ? {} : { service: unit.label };
    const event = host.events.emit({ kind: 'start:failed', ...who, error }, unit?.lastEvent ?? app.lastEvent);
    if (app.state.at === 'starting') app.causedBy(event);
  }

  /** What a new start waits for: a stop, a crash that is being dealt with, or a start that is too far to be joined. */
  get #ending(): Promise<unknown> | undefined {
    const { stops, incident } = this.#options;
    return (
      stops.underWay?.report ?? incident() ?? (this.#starting?.walk.isOver === true ? this.#starting.report : undefined)
    );
  }

  /** Parts that are being stopped, crashes and restarts: what is added to a start counts on what runs. Ask again after it. */
  get #open(): Promise<unknown> | undefined {
    return this.#options.stops.parts ?? this.#options.incident();
  }

  #plan(selection: Selection | undefined): Blueprint {
    const { source, strict } = this.#options;
    const blueprint = source.blueprint(selection);
    if (blueprint.exists !== undefined) this.prune(blueprint.exists);
    this.warn(blueprint.warnings);
    const errors = strict ? [...blueprint.errors, ...blueprint.warnings] : blueprint.errors;
    if (errors.length > 0) throw new GraphError(errors);
    return blueprint;
  }

  /** Forgets units of nodes that are gone; not while a start or a stop counts the edges: the next start does. */
  prune(exists: (key: NodeKey) => boolean): void {
    if (this.#starting === undefined && this.#options.stops.underWay === undefined) this.#realm.graph.prune(exists);
  }

  /** Each fault once: `graph().warnings` has them all at any time. */
  warn(warnings: readonly GraphIssue[]): void {
    for (const issue of warnings) {
      if (this.#warned.has(issue.message)) continue;
      this.#warned.add(issue.message);
      this.#realm.host.events.emit({ kind: 'graph:warning', issue });
    }
  }

  /** Brings a blueprint's nodes, and first those of other lifecycles, into a start under way. */
  async #join(walk: StartWalk, blueprint: Blueprint, { timeout, signal }: StartSettings): Promise<void> {
    const { graph, host, recovery } = this.#realm;
    const patience = new Deadline(host.clock, host.clock.now() + timeout);
    const release = walk.hold(patience);
    const abort = (): void => walk.abort({ kind: 'signal', detail: signal?.reason });
    signal?.addEventListener('abort', abort);
    void walk.over.then(() => signal?.removeEventListener('abort', abort));
    try {
      if (walk.aborted) return;
      const abroad = needsAbroad(blueprint) ? await provideAbroad(blueprint, patience) : NOTHING_ABROAD;
      for (let open = this.#open; open !== undefined && !walk.aborted; open = this.#open) await open;
      if (walk.aborted) return;
      const units = graph.integrate(blueprint, abroad);
      for (const unit of units) if (unit.host !== host) await patience.race(unit.host.provide([unit.key]));
      for (let open = this.#open; open !== undefined && !walk.aborted; open = this.#open) await open;
      if (walk.aborted) return;
      const own = withDependencies(units.filter((unit) => unit.host === host));
      // What is optional and waits for its next try has it now.
      for (const unit of own) if (recovery.has(unit)) walk.spare.add(unit);
      recovery.drop(walk.spare);
      walk.add(own);
    } catch (thrown) {
      walk.fail(undefined, errorOf(thrown));
    } finally {
      release();
    }
  }

  /**
   * Waits for a start to be over; one that was ended before its time is undone, and rejects.
   *
   * @param isWidening the application ran already, and this adds to it: only what it added is undone
   */
  async #follow(walk: StartWalk, isWidening: boolean): Promise<StartReport> {
    const { app, host } = this.#realm;
    await walk.over;
    if (!walk.aborted) {
      this.#starting = undefined;
      const since = host.clock.now();
      if (!isWidening) app.move({ at: 'running', since, startDuration: since - walk.beganAt });
      for (const [unit, error] of walk.absent) this.#options.absent(unit, error);
      this.#options.stops.endIfDown();
      return new StartReport(walk.beganAt, walk.times);
    }
    try {
      await this.#undo(walk, isWidening);
    } finally {
      this.#starting = undefined;
      this.#options.stops.endIfDown();
    }
    throw startErrorOf(walk);
  }

  async #undo(walk: StartWalk, isWidening: boolean): Promise<void> {
    const { app } = this.#realm;
    const { stops } = this.#options;
    const { failure } = walk;
    const reason: StopReason = failure === undefined ? walk.reason : { kind: 'start failed', error: failure.error };
    // A stop of the application has taken over, and may be through already.
    if (app.state.at !== (isWidening ? 'running' : 'starting')) await stops.underWay?.report.catch(() => {});
    else if (isWidening) await this.#takeBack(walk, reason);
    else await stops.rollBack(reason, failure?.error);
  }

  /** What was added to a running application goes down again. What was only tried before its time waits for its next try. */
  async #takeBack({ begun, spare, absent }: StartWalk, reason: StopReason): Promise<void> {
    const fresh = withDependents(begun.filter((unit) => !spare.has(unit)));
    const tried = [...spare].filter(({ up, state }) => up && state.at !== 'running');
    const goalOf = (unit: Unit): StopGoal => (spare.has(unit) ? 'restarting' : 'stopped');
    await this.#options.stops.stopPart(new Set([...fresh, ...tried]), reason, { goalOf });
    this.#realm.recovery.add(spare, new Set(), 0);
    for (const [unit, error] of absent) if (spare.has(unit)) this.#options.absent(unit, error);
  }
}

function refuseAborted({ signal }: StartSettings): void {
  if (signal?.aborted) throw abortedStart({ kind: 'signal', detail: signal.reason });
}
