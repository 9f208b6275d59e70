import { CrashError } from '../errors.ts';
import type { TaskHandle } from '../tasks/handle.ts';
import { withTheNeeded } from './closure.ts';
import { tasksOf } from './snapshot.ts';
import type { Starts } from './starts.ts';
import { originOf } from './step.ts';
import type { Realm } from './stops.ts';
import type { Unit } from './unit.ts';

/**
 * A run to completion. It is over when background and spawned work is done; what a crash or a restart has taken down and comes
 * up again has its work yet to do.
 */
export class Completion {
  readonly #realm: Realm;
  readonly #starts: Starts;
  readonly #named: ReadonlySet<Unit>;
  /** As it was when all of it ran: what is down has let go of what it needed of parent containers. */
  readonly #needed: ReadonlySet<Unit>;

  /** @param named what is to be completed; none: everything */
  constructor(realm: Realm, starts: Starts, named: Iterable<Unit>) {
    this.#realm = realm;
    this.#starts = starts;
    this.#named = new Set(named);
    this.#needed = this.#whatIsNeeded();
  }

  /** Fulfils when it is over, or the application has ended before. @returns the crash of what is down for good */
  async over(): Promise<CrashError | undefined> {
    const { app } = this.#realm;
    while (app.state.at === 'running') {
      const starting = this.#starts.over;
      const busy = this.#busy();
      if (starting !== undefined) await starting;
      else if (busy !== undefined) await nextOf(busy);
      else return this.#crash();
    }
    await app.done.promise.catch(() => {});
    return undefined;
  }

  /** One that is at work, or may be again. */
  #busy(): Unit | undefined {
    const own = [...this.#realm.graph.units];
    const atWork = own.find((unit) => tasksOf(unit).some(isAtWork));
    return atWork ?? [...own.filter((unit) => this.#counts(unit)), ...this.#needed].find(isOnItsWay);
  }

  #crash(): CrashError | undefined {
    for (const { label, state, up } of new Set([...this.#needed, ...this.#whatIsNeeded()])) {
      if (state.at === 'crashed' && !up) return new CrashError(label, state.error, originOf(state.error));
    }
    return undefined;
  }

  #whatIsNeeded(): ReadonlySet<Unit> {
    const all = [...this.#realm.graph.units].filter((unit) => this.#counts(unit));
    return withTheNeeded(this.#named.size > 0 ? this.#named : all);
  }

  /** Nobody waits for what is optional, unless it is what is to be completed. */
  #counts(unit: Unit): boolean {
    return unit.spec?.optional !== true || this.#named.has(unit);
  }
}

/** It goes down or comes up, or waits for that. */
function isOnItsWay({ state, up, waits }: Unit): boolean {
  return waits || state.at === 'restarting' || (up && state.at !== 'running');
}

/** Timers and crontabs have no end. */
function isAtWork({ kind, state }: TaskHandle): boolean {
  const hasEnd = kind === 'background' || kind === 'spawned';
  return hasEnd && (state === 'running' || state === 'restarting' || state === 'paused');
}

/** Fulfils right after the next event that tells of a unit or of the application: what they are at is settled by then. */
function nextOf({ label, host }: Unit): Promise<void> {
  return new Promise((resolve) => {
    const undo = host.events.on(
      (event) => {
        if ('service' in event && event.service !== label) return;
        undo();
        resolve();
      },
      (kind) => kind === 'task:ended' || kind.startsWith('service:') || kind.startsWith('app:'),
    );
  });
}
