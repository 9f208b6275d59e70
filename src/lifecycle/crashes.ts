import { humanize } from '../duration.ts';
import { CrashError } from '../errors.ts';
import { type Action, decide } from '../supervision/decide.ts';
import { type Incident, IncidentQueue } from '../supervision/incidents.ts';
import type { Strategy } from '../supervision/policy.ts';
import type { Attempt } from '../supervision/supervisor.ts';
import type { Supervisors } from '../supervision/supervisors.ts';
import { withDependents, withTheNeedy } from './closure.ts';
import type { Host } from './host.ts';
import type { Starts } from './starts.ts';
import { errorOf, originOf } from './step.ts';
import type { StopReason } from './stop-reason.ts';
import type { Realm, Stops } from './stops.ts';
import type { Unit } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';

type Restart = Extract<Action<Unit>, { kind: 'restart' }>;
type GivingUp = Extract<Action<Unit>, { kind: 'give up' }>;

/** So many restarts of one service may follow each other without a turn of the event loop. */
const IN_A_ROW = 100;

/** Milliseconds. */
const A_TURN = 1;

/** What happens when a service fails by its own doing: it is reported, its supervisors decide, and that is done. */
export class Crashes {
  readonly #realm: Realm;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #supervisors: Supervisors<Unit>;
  readonly #incidents: IncidentQueue;
  /** Optional services that have crashed in the present life of the application; some are gone for good by now. */
  #missing = new WeakSet<Unit>();
  /** Those whose work came to its end while the application starts. */
  readonly #early = new Set<Unit>();

  constructor(realm: Realm, starts: Starts, stops: Stops, supervisors: Supervisors<Unit>) {
    this.#realm = realm;
    this.#starts = starts;
    this.#stops = stops;
    this.#supervisors = supervisors;
    this.#incidents = new IncidentQueue((incident) => this.#act(incident));
  }

  /** Fulfils when every crash so far is dealt with, restarts included; undefined when none is open. Ask again after it. */
  get busy(): Promise<unknown> | undefined {
    return this.#incidents.busy ?? this.#realm.recovery.busy;
  }

  /** Fulfils when every crash so far is decided on, and what is to go down is down; undefined when that is so. Ask again after it. */
  get acting(): Promise<unknown> | undefined {
    return this.#incidents.busy;
  }

  /** A life of the application begins: what was missing in the one before is none of its business. */
  begin(): void {
    this.#missing = new WeakSet();
  }

  /** Whether the application does without this service of its own, which is to run. */
  misses(unit: Unit): boolean {
    return unit.state.at === 'crashed' && this.#missing.has(unit);
  }

  /** A service failed, while it starts, runs or stops. @param cause the event that led to it */
  report(unit: Unit, thrown: unknown, cause?: number): void {
    const error = errorOf(thrown);
    const { at } = unit.state;
    const walk = this.#starts.underWay?.walk;
    const stopping = this.#stops.underWay?.walk;
    if ((at === 'starting' || at === 'running') && walk?.hasBegun(unit)) {
      unit.life?.quiesce();
      stopping?.errors.push(error);
      if (unit.spec?.optional !== true || walk.aborted) walk.fail(unit, error, cause);
      else {
        const reason: StopReason = { kind: 'crash', service: unit.label, error };
        walk.lose(unit, error, cause, () => this.#stops.stopPart(new Set([unit]), reason));
      }
    } else if (at === 'running' || (at === 'starting' && unit.life?.aborted !== true)) {
      if (stopping === undefined) this.#crashed(unit, error, cause);
      else {
        stopping.errors.push(error);
        unit.life?.quiesce();
        unit.move({ at: 'crashed', since: this.#realm.host.clock.now(), error }, cause);
      }
    } else {
      const isOnItsWay = at === 'stopping' || at === 'starting';
      if (isOnItsWay) (unit.stop ?? stopping)?.errors.push(error);
      // The stop of the application tells of it; one that is part of a restart tells nobody.
      if (isOnItsWay && stopping !== undefined) return;
      const facts = { service: unit.label, error, action: `nothing is done, since it is ${at}` };
      this.#realm.host.events.emit({ kind: 'incident', ...facts }, unit.lastEvent);
    }
  }

  /** A service did not come up again after a restart: one more crash, so that a stop may come in between. */
  failed(unit: Unit, error: Error): void {
    this.#crashed(unit, error);
  }

  /** An optional service did not start; the others go on without it, and it is tried again. */
  absent(unit: Unit, error: Error): void {
    this.#missing.add(unit);
    const starting = this.#realm.app.state.at === 'starting' ? this.#starts.over : undefined;
    if (starting === undefined) this.#incidents.push({ unit, error, isAbsent: true });
    else
      void starting.then(() => {
        if (this.#realm.app.state.at === 'running') this.absent(unit, error);
      });
  }

  /** The background work of a service has come to its end by itself. */
  ended(unit: Unit): void {
    // Whoever tells is in the middle of the run's end.
    queueMicrotask(() => this.#ended(unit));
  }

  #ended(unit: Unit): void {
    const supervised = unit.spec?.supervised;
    const { at } = this.#realm.app.state;
    const starting = at === 'starting' ? this.#starts.over : undefined;
    if (starting !== undefined) this.#askAfter(starting, unit);
    if (unit.state.at !== 'running' || at !== 'running') return;
    if (supervised?.significant) {
      const reason: StopReason = { kind: 'ended', service: unit.label };
      this.#stops.stopAll(reason, this.#realm.stopTimeout).catch(() => {});
    } else if (supervised?.type === 'permanent' && unit.tasks.length > 0) {
      this.#incidents.push({ unit, error: new Error('its work has come to an end'), hasEnded: true });
    }
  }

  /** It may have other work by then, or be down. */
  #askAfter(start: Promise<unknown>, unit: Unit): void {
    if (this.#early.has(unit)) return;
    this.#early.add(unit);
    void start.then(() => {
      this.#early.delete(unit);
      unit.workEnded();
    });
  }

  #crashed(unit: Unit, error: Error, cause?: number): void {
    unit.life?.quiesce();
    // Before its event: a listener may ask for a start, which is to wait until the incident is dealt with.
    this.#incidents.push({ unit, error });
    unit.move({ at: 'crashed', since: this.#realm.host.clock.now(), error }, cause);
    if (unit.spec?.optional === true) this.#missing.add(unit);
    else this.#callOff(withDependents([unit]), unit, error);
  }

  /** What is on its way up may need these. */
  #callOff(units: ReadonlySet<Unit>, { label }: Unit, error: Error): void {
    const walk = this.#starts.underWay?.walk;
    if (walk === undefined) return;
    const isAffected = [...walk.units].some((each) => units.has(each));
    if (isAffected) walk.abort({ kind: 'crash', service: label, error });
  }

  async #act(incident: Incident): Promise<void> {
    const { unit, error } = incident;
    const { host, app, graph } = this.#realm;
    if (unit.parent !== undefined && app.state.at === 'starting' && unit.state.at === 'crashed') {
      return this.#blame(unit.parent, unit, error);
    }
    const settled = this.#settledBy(incident);
    if (settled !== undefined) {
      const facts = { service: unit.label, error, action: `nothing is done, since ${settled}` };
      host.events.emit({ kind: 'incident', ...facts }, unit.lastEvent);
      return;
    }
    if (app.state.at === 'stopping') return this.#stopTheApp(incident, error);
    const action = decide(unit, error, {
      now: host.clock.now(),
      date: host.clock.date(),
      random: host.random,
      supervisorOf: (child) => this.#supervisors.of(child),
      membersOf: (supervisor) => this.#supervisors.membersOf(supervisor, graph.units),
    });
    switch (action.kind) {
      case 'stop the app':
        if (unit.parent !== undefined) return this.#blame(unit.parent, unit, action.error);
        return this.#stopTheApp(incident, action.error);
      case 'give up':
        return this.#giveUp(incident, action);
      case 'restart':
        return this.#restart(incident, action);
    }
  }

  /** The incident before this one, or a stop, may have dealt with it while it waited for its turn: what has, in words. */
  #settledBy({ unit, error, hasEnded, isAbsent }: Incident): string | undefined {
    const { state } = this.#realm.app;
    // What crashes while a stop that was asked for begins is told to whoever asked.
    const isOpen = state.at === 'running' || (state.at === 'stopping' && state.crash === undefined);
    if (!isOpen || (hasEnded && state.at !== 'running')) return `the application is ${state.at}`;
    const isAsItWas = hasEnded
      ? unit.state.at === 'running'
      : unit.state.at === 'crashed' && unit.state.error === error && (isAbsent || unit.up);
    if (!isAsItWas) return `it is ${unit.state.at}`;
    // A crash of what is about to be stopped anyway is no incident of its own.
    return state.at === 'running' && this.#stops.isGoingDown(unit) ? 'it is being stopped already' : undefined;
  }

  async #stopTheApp({ unit, error: own }: Incident, error: Error): Promise<void> {
    const { app, host, stopTimeout } = this.#realm;
    const { label, lastEvent } = unit;
    app.causedBy(
      host.events.emit({ kind: 'incident', service: label, error, action: 'the application is stopped' }, lastEvent),
    );
    const crash = new CrashError(label, error, error === own ? originOf(error) : error);
    await this.#stops.stopAll({ kind: 'crash', service: label, error }, stopTimeout, crash).catch(() => {});
  }

  /** What nobody has mended within a service is a crash of that service. */
  #blame(parent: Unit, child: Unit, error: Error): void {
    this.#tell(child, error, () => `this is a crash of ${parent.label}, which has adopted it`);
    parent.crash(new CrashError(child.label, error, originOf(error)), child.lastEvent);
  }

  async #giveUp(incident: Incident, { units, error: reason }: GivingUp): Promise<void> {
    const { unit, error } = incident;
    const affected = withTheNeedy(units);
    // It goes down for good, whoever has brought it there.
    if ([...affected].some((each) => each.spec?.supervised?.significant && isToRun(each))) {
      return this.#stopTheApp(incident, reason);
    }
    this.#tell(unit, error, () => `${namesOf(affected)} given up`);
    this.#callOff(affected, unit, error);
    await this.#stops.stopPart(affected, { kind: 'crash', service: unit.label, error }, { cause: unit.lastEvent });
  }

  async #restart({ unit, error }: Incident, { units, withDependents: isWide, attempt, by }: Restart): Promise<void> {
    const victims = new Set(units).add(unit);
    const all = isWide ? withDependents(victims) : victims;
    const staying = stayingDown(all);
    const back = [...all].filter((each) => !staying.has(each) && isToRun(each));
    this.#tell(unit, error, () => restartText(by.policy.strategy, back, attempt));
    this.#supervisors.forgetBelow(by, victims);
    // Whoever was told may have stopped everything.
    if (this.#realm.app.state.at !== 'running') return;
    const now = this.#realm.host.clock.now();
    const due = now + attempt.delay;
    const { count, max } = attempt;
    for (const each of back) if (victims.has(each)) each.retry({ count, max, due, by });
    if (isWide) this.#callOff(all, unit, error);
    else for (const each of victims) each.missed();
    const restarting = back.length === all.size ? all : new Set(back);
    // What is down already is the supervisor's from now on; what a stop takes away meanwhile does not come back.
    for (const each of back) {
      const isDown = !each.up && each.state.at === 'crashed' && this.#realm.app.state.at === 'running';
      if (isDown) each.move({ at: 'restarting', since: now });
    }
    const reason: StopReason = { kind: 'crash', service: unit.label, error };
    const goalOf = (each: Unit): StopGoal => (restarting.has(each) ? 'restarting' : 'stopped');
    await this.#stops.stopPart(all, reason, { goalOf, cause: unit.lastEvent });
    // With no wait in between the loop has no turn: signals, timers and sockets have theirs now and then.
    const least = unit.restarts % IN_A_ROW === 0 ? A_TURN : 0;
    const delay = Math.max(least, due - this.#realm.host.clock.now());
    for (const [host, own] of byHost(restarting)) host.recovery.add(own, victims, delay);
  }

  /** @param action in words, which are put together only where somebody listens */
  #tell(unit: Unit, error: Error, action: () => string): void {
    const { events } = this.#realm.host;
    const cause = unit.lastEvent;
    if (!events.wants('incident')) unit.lastEvent = events.pass();
    else unit.lastEvent = events.emit({ kind: 'incident', service: unit.label, error, action: action() }, cause);
  }
}

/** It runs, or is to run: what was never started, is down for good, or cannot come up is no part of a restart. */
function isToRun(unit: Unit): boolean {
  return unit.inService || (unit.host.crashes.misses(unit) && [...unit.dependencies].every(isToBeThere));
}

function isToBeThere({ inService, spec }: Unit): boolean {
  return inService || spec?.optional === true;
}

const NONE: ReadonlySet<Unit> = new Set();

/** Those that are not started again, and those that cannot do without them. */
function stayingDown(units: ReadonlySet<Unit>): ReadonlySet<Unit> {
  const temporary = [...units].filter(({ spec }) => spec?.supervised?.type === 'temporary');
  return temporary.length === 0 ? NONE : withTheNeedy(temporary);
}

/** By whom they belong to. */
export function byHost(units: Iterable<Unit>): Map<Host<Unit>, Unit[]> {
  const hosts = new Map<Host<Unit>, Unit[]>();
  for (const unit of units) {
    const own = hosts.get(unit.host);
    if (own === undefined) hosts.set(unit.host, [unit]);
    else own.push(unit);
  }
  return hosts;
}

function restartText(strategy: Strategy, units: readonly Unit[], { count, max, delay }: Attempt): string {
  const which = max === Number.POSITIVE_INFINITY ? `${count}` : `${count} of ${max}`;
  return `${namesOf(units)} restarted${delay > 0 ? ` in ${humanize(delay)}` : ''} (${strategy}, ${which})`;
}

/** The first few, and "is" or "are"; a crash of something central affects them all. */
function namesOf(units: Iterable<Unit>): string {
  const names = [...units].filter(({ spec }) => spec !== undefined).map(({ label }) => label);
  if (names.length === 0) return 'nothing is';
  if (names.length > 8) return `${names.slice(0, 8).join(', ')} and ${names.length - 8} more are`;
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
}
