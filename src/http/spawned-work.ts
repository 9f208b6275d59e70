import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import type { RunBeganEvent, RunEndedEvent, RunFailedEvent } from '../events/task-events.ts';

/** How many names of a service's spawned work are told apart: each is a series for as long as the process lives. */
const NAMES = 20;

/** What there was of one name. */
export interface SpawnedCounts {
  runs: number;
  failures: number;
}

/**
 * Spawned work is gone once it is over, and each may have a name of its own: so it is counted as it happens, and under few
 * names.
 */
export class SpawnedWork {
  /** By label, such as `Hub.send`. */
  readonly counts = new Map<string, SpawnedCounts>();
  readonly #names = new Map<string, number>();
  /** By the event of its beginning. */
  readonly #atWork = new Map<number, string>();

  began(event: RunBeganEvent): void {
    const label = this.#labelFor(event);
    this.#atWork.set(event.id, label);
    this.#countsOf(label).runs++;
  }

  failed({ parent }: RunFailedEvent): void {
    const label = this.#atWork.get(parent ?? 0);
    if (label !== undefined) this.#countsOf(label).failures++;
  }

  ended({ parent }: RunEndedEvent): void {
    this.#atWork.delete(parent ?? 0);
  }

  /** What it is counted under, while it lasts; undefined for runs that were not spawned. */
  labelOf({ id, parent }: LifecycleEvent): string | undefined {
    return this.#atWork.get(id) ?? this.#atWork.get(parent ?? 0);
  }

  #labelFor({ service, task }: RunBeganEvent): string {
    const label = `${service}.${task}`;
    if (this.counts.has(label)) return label;
    const names = this.#names.get(service) ?? 0;
    if (names >= NAMES) return `${service}.(other)`;
    this.#names.set(service, names + 1);
    return label;
  }

  #countsOf(label: string): SpawnedCounts {
    const known = this.counts.get(label);
    if (known !== undefined) return known;
    const counts = { runs: 0, failures: 0 };
    this.counts.set(label, counts);
    return counts;
  }
}
