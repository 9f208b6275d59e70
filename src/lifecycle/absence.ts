import type { Events } from '../events/events.ts';
import type { ServiceSpec } from '../spec.ts';
import { withDependents } from './closure.ts';

/** A vertex of the running graph, as far as it is missed or misses others. */
interface Vertex<V> {
  readonly host: { readonly events: Events };
  readonly label: string;
  readonly spec: ServiceSpec | undefined;
  readonly tasks: Iterable<{ hold(isDown: boolean): void }>;
  readonly dependents: Iterable<V>;
  /** The event of its last move. */
  readonly lastEvent: number | undefined;
}

/** One unit is down alone, for a while: what depends on it stays up, is told, and runs no timers meanwhile. */
export class Absence<V extends Vertex<V>> {
  readonly #missing: V;
  readonly #missedBy: ReadonlySet<V>;

  constructor(missing: V) {
    const users = withDependents([missing]);
    users.delete(missing);
    this.#missing = missing;
    this.#missedBy = users;
  }

  begin(): void {
    for (const user of this.#missedBy) {
      this.#tell(user, 'service:dependencyDown');
      this.#hold(user, true);
    }
  }

  /** @param isBack it runs; false where it is down for good */
  end(isBack: boolean): void {
    for (const user of this.#missedBy) {
      if (isBack) this.#tell(user, 'service:dependencyUp');
      this.#hold(user, false);
    }
  }

  #tell({ host, label, lastEvent }: V, kind: 'service:dependencyDown' | 'service:dependencyUp'): void {
    const missing = this.#missing;
    const cause = missing.host === host ? missing.lastEvent : lastEvent;
    host.events.emit({ kind, service: label, dependency: missing.label }, cause);
  }

  /** Whoever does without something altogether goes on. */
  #hold({ tasks }: V, isDown: boolean): void {
    if (this.#missing.spec?.optional !== true) for (const task of tasks) task.hold(isDown);
  }
}
