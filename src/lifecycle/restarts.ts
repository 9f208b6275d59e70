import type { Ref } from '../refs.ts';
import type { Crashes } from './crashes.ts';
import { startSettings } from './options.ts';
import { StartReport } from './report.ts';
import { abortedStart } from './start-error.ts';
import type { Starts } from './starts.ts';
import type { Realm, Stops } from './stops.ts';
import { type Unit, withDependents } from './unit.ts';
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
    const turn = this.#turn.then(() => this.#restart(unit, ref));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #restart(unit: Unit, ref: Ref): Promise<StartReport> {
    for (let start = this.#starts.over; start !== undefined; start = this.#starts.over) await start;
    if (this.#stops.underWay !== undefined) throw stoppedInstead('the application is stopping');
    if (this.#realm.recovery.has(unit)) return this.#hasten(unit);
    if (!unit.up) return this.#starts.start(startSettings({}), { refs: [ref] });
    const units = new Set([...withDependents([unit])].filter(({ up }) => up));
    await this.#stops.stopPart(units, { kind: 'restart', service: unit.label }, () => 'restarting');
    for (const each of units) each.restarts++;
    for (let start = this.#starts.over; start !== undefined; start = this.#starts.over) await start;
    if (this.#realm.app.state.at !== 'running') {
      throw stoppedInstead('the application was stopped during the restart');
    }
    const { walk, report } = this.#starts.begin(startSettings({}), (begun) => begun.add(units));
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

function stoppedInstead(detail: string): Error {
  return abortedStart({ kind: 'requested', detail });
}
