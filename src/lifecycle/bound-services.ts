import { withDependents } from './closure.ts';
import type { Crashes } from './crashes.ts';
import type { NodeKey } from './host.ts';
import { startSettings } from './options.ts';
import { refuseInsideOf, unitInside } from './reentry.ts';
import type { Starts } from './starts.ts';
import { errorOf } from './step.ts';
import type { Realm, Stops } from './stops.ts';
import type { Unit } from './unit.ts';

/** The services of a container whose bindings come and go while the application runs. */
export class BoundServices {
  readonly #realm: Realm;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #crashes: Crashes;

  constructor(realm: Realm, starts: Starts, stops: Stops, crashes: Crashes) {
    this.#realm = realm;
    this.#starts = starts;
    this.#stops = stops;
    this.#crashes = crashes;
  }

  /** Starts what came to be while the application runs. @throws StartError */
  async include(keys: readonly NodeKey[]): Promise<void> {
    const { app, host } = this.#realm;
    if (app.state.at !== 'running') return;
    try {
      await this.#starts.start(startSettings({}), { keys });
    } catch (error) {
      host.events.emit({ kind: 'bind:failed', error: errorOf(error) }, app.lastEvent);
      throw error;
    }
  }

  /** Stops these units and what depends on them, since their bindings are about to go. @throws StopError */
  async release(units: readonly Unit[]): Promise<void> {
    const affected = withDependents(units.filter(({ wanted }) => wanted));
    refuseInsideOf(affected, 'unbinding a service');
    await this.#stops.takeDown(affected, { kind: 'unbound' }, this.#realm.stopTimeout);
  }

  /** Whether this is called from a hook or task of one of them. */
  isInside(): boolean {
    return unitInside()?.host === this.#realm.host;
  }

  /** Fulfils when no start, stop or restart is under way. */
  async quiet(): Promise<void> {
    const open = (): Promise<unknown> | undefined =>
      this.#starts.over ?? this.#stops.underWay?.report.catch(() => {}) ?? this.#crashes.busy;
    for (let next = open(); next !== undefined; next = open()) await next;
  }
}
