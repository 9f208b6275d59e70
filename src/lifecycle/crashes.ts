import { CrashError } from '../errors.ts';
import { type Action, type Incident, IncidentQueue, stopTheApp } from '../supervision/incidents.ts';
import type { Starts } from './starts.ts';
import { errorOf, originOf } from './step.ts';
import type { Realm, Stops } from './stops.ts';
import type { Unit } from './unit.ts';

/** What happens when a service fails by its own doing. */
export class Crashes {
  readonly #realm: Realm;
  readonly #starts: Starts;
  readonly #stops: Stops;
  readonly #incidents: IncidentQueue;

  constructor(realm: Realm, starts: Starts, stops: Stops) {
    this.#realm = realm;
    this.#starts = starts;
    this.#stops = stops;
    this.#incidents = new IncidentQueue(stopTheApp, (incident, action) => this.#act(incident, action));
  }

  /** Fulfils when every crash so far is dealt with; undefined when none is open. */
  get busy(): Promise<void> | undefined {
    return this.#incidents.busy;
  }

  /** A service failed, while it starts, runs or stops. @param cause the event that led to it */
  report(unit: Unit, thrown: unknown, cause?: number): void {
    const { host } = this.#realm;
    const error = errorOf(thrown);
    const { at } = unit.state;
    const walk = this.#starts.underWay?.walk;
    const stopping = this.#stops.underWay?.walk;
    if ((at === 'starting' || at === 'running') && walk?.hasBegun(unit)) {
      unit.life?.quiesce();
      stopping?.errors.push(error);
      walk.fail(unit, error, cause);
    } else if (at === 'running') {
      unit.life?.quiesce();
      // Before its event: a listener may ask for a start, which is to wait until the incident is dealt with.
      if (stopping === undefined) this.#incidents.push({ unit, error });
      else stopping.errors.push(error);
      unit.move({ at: 'crashed', since: host.clock.now(), error }, cause);
      // What is on its way up may need it.
      walk?.abort({ kind: 'crash', service: unit.label, error });
    } else if (at === 'stopping') {
      unit.stop?.errors.push(error);
    } else {
      host.events.emit({ kind: 'incident', service: unit.label, error, action: `none, it is ${at}` }, unit.lastEvent);
    }
  }

  /** A service did not come up again after a restart. */
  push(incident: Incident): void {
    this.#incidents.push(incident);
  }

  async #act({ unit, error }: Incident, action: Action): Promise<void> {
    const { app, host, stopTimeout } = this.#realm;
    const { state, lastEvent, label } = unit;
    const { at } = app.state;
    const facts = { kind: 'incident', service: label, error } as const;
    // The incident before this one, or a stop, has dealt with it while it waited for its turn.
    const isOpen = (at === 'running' || at === 'stopping') && state.at === 'crashed' && state.error === error;
    if (!isOpen) {
      host.events.emit({ ...facts, action: `none, the application is ${at}` }, lastEvent);
      return;
    }
    switch (action.kind) {
      case 'stop the app': {
        app.causedBy(host.events.emit({ ...facts, action: action.kind }, lastEvent));
        const crash = new CrashError(label, error, originOf(error));
        await this.#stops.stopAll({ kind: 'crash', service: label, error }, stopTimeout, crash).catch(() => {});
      }
    }
  }
}
