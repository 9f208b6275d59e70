import type { Ref } from '../refs.ts';
import type { Crashes } from './crashes.ts';
import { startSettings } from './options.ts';
import { StartReport } from './report.ts';
import { abortedStart } from './start-error.ts';
import type { Starts } from './starts.ts';
import type { Realm, Stops } from './stops.ts';
import { type Unit, withDependents } from './unit.ts';
import type { StopGoal } from './unit-stop.ts';
import { whenRunning } from './when-running.ts';

/** Restarts by hand. They take turns. */
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

  /** Stops a unit and all that depend on it, and starts them again; one that is down is just started. @throws StartError */
  restart(unit: Unit, ref: Ref): Promise<StartReport> {
    return this.#inTurn(() => this.#restart(unit, ref));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Waits for the start under way. @throws StartError when the application stops */
  async #quiet(): Promise<void> {
    for (let start = this.#starts.over; start !== undefined; start = this.#starts.over) await start;
    if (this.#stops.underWay !== undefined) throw stoppedInstead('the application is stopping');
  }

  /** The same, with new objects. @param meanwhile puts them in, while all of it is down; throws StartError */
  rebuild(unit: Unit, rebuilt: ReadonlySet<Unit>, meanwhile: () => void): Promise<StartReport> {
    return this.#inTurn(async () => {
      await this.#quiet();
      const units = new Set([...withDependents([unit])].filter((each) => isUp(each)));
      return this.#cycle(unit, units, (each) => (rebuilt.has(each) ? 'rebuilding' : 'restarting'), meanwhile);
    });
  }

  async #restart(unit: Unit, ref: Ref): Promise<StartReport> {
    await this.#quiet();
    if (this.#realm.recovery.has(unit)) return this.#hasten(unit);
    if (!unit.up) return this.#starts.start(startSettings({}), { refs: [ref] });
    const units = new Set([...withDependents([unit])].filter(isUp));
    return this.#cycle(
      unit,
      units,
      () => 'restarting',
      () => {},
    );
  }

  /** Down and up again. @param meanwhile what is done while all of it is down */
  async #cycle(
    unit: Unit,
    units: ReadonlySet<Unit>,
    goalOf: (unit: Unit) => StopGoal,
    meanwhile: () => void,
  ): Promise<StartReport> {
    const { app, recovery } = this.#realm;
    // A crash meanwhile may restart some of these too.
    const letGo = recovery.hold(units);
    try {
      await this.#stops.stopPart(units, { kind: 'restart', service: unit.label }, goalOf);
      for (const each of units) each.restarts++;
      const open = (): Promise<unknown> | undefined => this.#starts.over ?? this.#crashes.busy;
      for (let next = open(); next !== undefined; next = open()) await next;
      if (app.state.at !== 'running') throw stoppedInstead('the application was stopped during the restart');
      meanwhile();
    } finally {
      letGo();
    }
    const down = [...units].filter(({ state }) => state.at === 'restarting');
    const { walk, report } = this.#starts.begin(startSettings({}), (begun) => begun.add(down));
    return report.catch((thrown: unknown) => {
      const { failure } = walk;
      if (failure?.unit !== undefined) this.#crashes.push({ unit: failure.unit, error: failure.error });
      throw thrown;
    });
  }

  /** It is about to come up again: it need not wait for that any longer. */
  async #hasten(unit: Unit): Promise<StartReport> {
    const { host, recovery } = this.#realm;
    const beganAt = host.clock.now();
    recovery.hasten(unit);
    await whenRunning(unit, host.events);
    return new StartReport(beganAt, new Map());
  }
}

/** A child goes down and up with its parent. */
function isUp({ up, parent }: Unit): boolean {
  return up && parent === undefined;
}

function stoppedInstead(detail: string): Error {
  return abortedStart({ kind: 'requested', detail });
}
