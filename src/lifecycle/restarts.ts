import type { Ref } from '../refs.ts';
import { withDependents } from './closure.ts';
import { byHost, type Crashes } from './crashes.ts';
import { startSettings } from './options.ts';
import { StartReport, type UnitTimes } from './report.ts';
import { abortedStart, failedRestart } from './start-error.ts';
import type { Starts } from './starts.ts';
import type { Realm, Stops } from './stops.ts';
import type { Unit } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';
import { whenRunning } from './when-running.ts';

/** Units that a restart by hand has taken down, and brings up again. */
interface Comeback {
  readonly units: ReadonlySet<Unit>;
  readonly beganAt: number;
  /** The first of them that did not come up. */
  readonly failure: () => { readonly unit: Unit; readonly error: Error } | undefined;
  /** Nobody wants to know of failures any more. */
  readonly close: () => void;
}

/** What is done on the way. */
interface Cycle {
  readonly goalOf: (unit: Unit) => StopGoal;
  /** Called while all of it is down. */
  readonly meanwhile: () => void;
  /** What depends on the unit goes down also where the unit is down already. */
  readonly isWhole: boolean;
}

/**
 * Restarts by hand. They take turns until what is restarted is down. It comes up as it does after a crash: what does not is one
 * more incident.
 */
export class Restarts {
  readonly #realm: Realm;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #crashes: Crashes;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(realm: Realm, starts: Starts, stops: Stops, crashes: Crashes) {
    this.#realm = realm;
    this.#starts = starts;
    this.#stops = stops;
    this.#crashes = crashes;
  }

  /**
   * Stops a unit and all that depend on it, and starts them again; those that wait for that need not wait any longer. One that
   * is down is just started.
   *
   * @throws StartError
   */
  async restart(unit: Unit, ref: Ref): Promise<StartReport> {
    const comeback = await this.#inTurn(() => this.#cycle(unit, RESTART));
    return comeback === undefined
      ? this.#starts.start(startSettings({}), { refs: [ref], call: 'restart()' })
      : this.#follow(comeback);
  }

  /** The same, with new objects. @param meanwhile puts them in, while all of it is down; throws StartError */
  async rebuild(unit: Unit, rebuilt: ReadonlySet<Unit>, meanwhile: () => void): Promise<StartReport | undefined> {
    const goalOf = (each: Unit): StopGoal => (rebuilt.has(each) ? 'rebuilding' : 'restarting');
    const comeback = await this.#inTurn(() => this.#cycle(unit, { goalOf, meanwhile, isWhole: true }));
    return comeback && this.#follow(comeback);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Down, and on the way up again. @returns undefined where the unit is down for good and nothing is done */
  async #cycle(unit: Unit, { goalOf, meanwhile, isWhole }: Cycle): Promise<Comeback | undefined> {
    const { app, host, recovery } = this.#realm;
    for (let open = this.#openOn(unit); open !== undefined; open = this.#openOn(unit)) await open;
    if (this.#stops.underWay !== undefined) throw stoppedInstead('the application is stopping');
    if (!isWhole && !unit.inService) return undefined;
    const affected = affectedBy(unit);
    // A crash meanwhile may restart some of these too.
    const letGo = recovery.hold(affected);
    try {
      if (isWhole || unit.up)
        await this.#stops.stopPart(affected, { kind: 'restart', service: unit.label }, { goalOf });
      if (app.state.at !== 'running') throw stoppedInstead('the application was stopped during the restart');
      meanwhile();
    } finally {
      letGo();
    }
    const units = new Set([...affected].filter((each) => each === unit || each.state.at === 'restarting'));
    const comeback = { units, beganAt: host.clock.now(), ...watch(units) };
    for (const each of units) each.hurry();
    for (const [owner, own] of byHost(units)) owner.recovery.add(own, units, 0);
    return comeback;
  }

  /** What has to be over before a unit can be restarted: a start, or what a crash has begun. */
  #openOn(unit: Unit): Promise<unknown> | undefined {
    const { state, start } = unit;
    if (this.#starts.over !== undefined) return this.#starts.over;
    if (state.at === 'starting') return start?.finished;
    const isOnItsWay = state.at === 'restarting' && !this.#realm.recovery.has(unit);
    return isOnItsWay || this.#stops.isGoingDown(unit) ? this.#crashes.acting : undefined;
  }

  async #follow({ units, beganAt, failure, close }: Comeback): Promise<StartReport> {
    try {
      for (const unit of units) await this.#up(unit);
      return new StartReport(beganAt, timesOf(units));
    } catch {
      const { state } = this.#realm.app;
      const isStopping = state.at === 'stopped' || (state.at === 'stopping' && state.crash === undefined);
      const failed = failure();
      if (failed !== undefined && !isStopping) throw failedRestart(failed.unit, failed.error, units);
      throw stoppedInstead(`${state.at === 'running' ? 'it' : 'the application'} was stopped during the restart`);
    } finally {
      close();
    }
  }

  /** Its `onStarted` included. */
  async #up(unit: Unit): Promise<void> {
    do {
      await whenRunning(unit, () => this.#starts.over ?? this.#crashes.acting);
      await unit.start?.finished;
    } while (unit.state.at !== 'running');
  }
}

const RESTART: Cycle = { goalOf: () => 'restarting', meanwhile: () => {}, isWhole: false };

/** It and what depends on it, as far as that runs or is to run. A child goes down and up with its parent. */
function affectedBy(unit: Unit): Set<Unit> {
  const all = withDependents([unit]);
  const isOfAnother = ({ parent }: Unit): boolean => parent !== undefined && all.has(parent);
  return new Set([...all].filter((each) => each.inService && !isOfAnother(each)));
}

/** Remembers the first of these that fails. */
function watch(units: ReadonlySet<Unit>): Pick<Comeback, 'failure' | 'close'> {
  let failure: ReturnType<Comeback['failure']>;
  const undos = [...byHost(units)].map(([{ events }, own]) => {
    const byLabel = new Map(own.map((unit) => [unit.label, unit]));
    return events.on(
      (event) => {
        const unit = event.kind === 'service:crashed' ? byLabel.get(event.service) : undefined;
        if (unit?.state.at === 'crashed') failure ??= { unit, error: unit.state.error };
      },
      (kind) => kind === 'service:crashed',
    );
  });
  const close = (): void => {
    for (const undo of undos) undo();
  };
  return { failure: () => failure, close };
}

function timesOf(units: Iterable<Unit>): Map<Unit, UnitTimes> {
  const times = new Map<Unit, UnitTimes>();
  for (const unit of units) {
    const { state } = unit;
    if (state.at === 'running') times.set(unit, { beganAt: state.since - state.startDuration, endedAt: state.since });
  }
  return times;
}

function stoppedInstead(detail: string): Error {
  return abortedStart({ kind: 'requested', detail });
}
