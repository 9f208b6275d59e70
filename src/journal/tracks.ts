/** One row of a trace. */
export interface Track {
  /** Counts up from 1. */
  readonly tid: number;
  readonly name: string;
  /** Rows are drawn in this order: each service, and its tasks below it. */
  readonly order: number;
}

/** How many rows a service can have before those of the next one. */
const ROWS = 10_000;

/** The rows of a trace. Runs of one task that go on at once have a row each, since spans of one row lie within each other. */
export class Tracks {
  readonly all: Track[] = [];
  readonly #owners = new Map<string, { readonly track: Track; rows: number }>();
  /** Rows of each task that no run is drawn on. */
  readonly #free = new Map<string, number[]>();
  readonly #counts = new Map<string, number>();
  readonly #labels = new Map<number, string>();

  /** @param first the name of the uppermost row */
  constructor(first: string) {
    this.of(first);
  }

  /** The row of a service. */
  of(owner: string): number {
    return this.#owner(owner).track.tid;
  }

  /** A row of a task that is free; there may be more than one by now. */
  take(owner: string, label: string): number {
    const free = this.#free.get(label)?.shift();
    if (free !== undefined) return free;
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    const place = this.#owner(owner);
    const order = place.track.order + ++place.rows;
    const { tid } = this.#add(count === 1 ? label : `${label} (${count})`, order);
    this.#labels.set(tid, label);
    return tid;
  }

  giveBack(tid: number): void {
    const label = this.#labels.get(tid);
    if (label === undefined) return;
    const free = [...(this.#free.get(label) ?? []), tid];
    this.#free.set(
      label,
      free.sort((one, other) => one - other),
    );
  }

  #owner(name: string): { readonly track: Track; rows: number } {
    const known = this.#owners.get(name);
    if (known !== undefined) return known;
    const owner = { track: this.#add(name, this.#owners.size * ROWS), rows: 0 };
    this.#owners.set(name, owner);
    return owner;
  }

  #add(name: string, order: number): Track {
    const track = { tid: this.all.length + 1, name, order };
    this.all.push(track);
    return track;
  }
}
