import type { Unit } from '../lifecycle/unit.ts';

/** A service crashed while it ran, outside any start or stop. */
export interface Incident {
  readonly unit: Unit;
  readonly error: Error;
}

/** What is done about an incident. */
export type Action = { readonly kind: 'stop the app' };

/** The policy, as a pure value. */
export type Decide = (incident: Incident) => Action;

/** The default of Mode, fx and .NET: an application that has lost a service ends, in order and with the error. */
export const stopTheApp: Decide = () => ({ kind: 'stop the app' });

/** Incidents are taken one after the other: each is decided on what the ones before it have left. */
export class IncidentQueue {
  readonly #decide: Decide;
  readonly #act: (incident: Incident, action: Action) => Promise<void>;
  #last: Promise<void> | undefined;

  /** @param act does what was decided; it must not reject */
  constructor(decide: Decide, act: (incident: Incident, action: Action) => Promise<void>) {
    this.#decide = decide;
    this.#act = act;
  }

  /** Fulfils when the last incident so far is dealt with; undefined when none is open. */
  get busy(): Promise<void> | undefined {
    return this.#last;
  }

  push(incident: Incident): void {
    const last = (this.#last ?? Promise.resolve()).then(() => this.#act(incident, this.#decide(incident)));
    this.#last = last;
    void last.then(() => {
      if (this.#last === last) this.#last = undefined;
    });
  }
}
