import type { Unit } from '../lifecycle/unit.ts';

/** A service failed while the application ran, outside any stop. */
export interface Incident {
  readonly unit: Unit;
  readonly error: Error;
  /** It has not crashed: its work has come to its end, and it is one that is always to be at work. */
  readonly hasEnded?: boolean;
  /** It is down already: it has not come up. */
  readonly isAbsent?: boolean;
}

/**
 * Incidents are taken in the order they came, each on what the ones before it have decided. What follows from a decision
 * takes its time beside the others: a crash does not wait for the restart of another service.
 */
export class IncidentQueue {
  readonly #act: (incident: Incident) => Promise<void>;
  readonly #open = new Set<Promise<void>>();

  /** @param act decides, and does what was decided; it must not reject */
  constructor(act: (incident: Incident) => Promise<void>) {
    this.#act = act;
  }

  /** Fulfils when what is open now is dealt with; undefined when nothing is. Ask again after it. */
  get busy(): Promise<unknown> | undefined {
    return this.#open.size > 0 ? Promise.all(this.#open) : undefined;
  }

  push(incident: Incident): void {
    // Whoever reports it is in the middle of something.
    const dealtWith = Promise.resolve().then(() => this.#act(incident));
    this.#open.add(dealtWith);
    void dealtWith.then(() => this.#open.delete(dealtWith));
  }
}
