import type { Ref } from '../refs.ts';
import { byHost, type Crashes } from './crashes.ts';
import { startSettings } from './options.ts';
import { StartReport, type UnitTimes } from './report.ts';
import { abortedStart, failedRestart } from './start-error.ts';
import type { Starts } from './starts.ts';
import type { Realm, Stops } from './stops.ts';
import { type Unit, withDependents } from './unit.ts';
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
    const turn = this.#turn.then(() => this.#begin(unit));
    this.#turn = turn.catch(() => {});
    const comeback = await turn;
    return comeback === undefined ? this.#starts.start(startSettings({}), { refs: [ref] }) : this.#follow(comeback);
  }

  /** @returns undefined for a unit that is down */
  async #begin(unit: Unit): Promise<Comeback | undefined> {
    const { app, host } = this.#realm;
    for (let open = this.#openOn(unit); open !== undefined; open = this.#openOn(unit)) await open;
    if (this.#stops.underWay !== undefined) throw stoppedInstead('the application is stopping');
    if (!isInService(unit)) return undefined;
    const affected = new Set([...withDependents([unit])].filter(isInService));
    if (unit.up) await this.#stops.stopPart(affected, { kind: 'restart', service: unit.label }, () => 'restarting');
    if (app.state.at !== 'running') throw stoppedInstead('the application was stopped during the restart');
    const units = new Set([unit, ...[...affected].filter(({ state }) => state.at === 'restarting')]);
    const comeback = { units, beganAt: host.clock.now(), ...watch(units) };
    for (const [owner, own] of byHost(units)) owner.revive(own, units, 0);
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
    } catch (thrown) {
      const { state } = this.#realm.app;
      const isStopped = state.at === 'stopped' || (state.at === 'stopping' && state.crash === undefined);
      const failed = failure();
      if (isStopped || (failed === undefined && state.at !== 'running')) {
        throw stoppedInstead('the application was stopped during the restart');
      }
      throw failed === undefined ? thrown : failedRestart(failed.unit, failed.error, units);
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

/** It runs, or is to run. */
function isInService({ up, state }: Unit): boolean {
  return up || state.at === 'restarting';
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
