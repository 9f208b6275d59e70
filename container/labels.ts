/** The labels of bindings: unique, and the same for as long as the binding exists. */
export class Labels {
  readonly #byId = new Map<number, string>();
  readonly #taken = new Set<string>();
  /** Where the search for a free number begins. */
  readonly #next = new Map<string, number>();
  readonly #isTaken: (label: string) => boolean;

  /** @param isTaken whether something that is no binding is called so */
  constructor(isTaken: (label: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** The label of a binding, which would like to be called `wanted`: `Db`, or `Db#2` where another one is called so. */
  of(id: number, wanted: string): string {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    let label = wanted;
    for (let count = this.#next.get(wanted) ?? 2; this.#taken.has(label) || this.#isTaken(label); count++) {
      label = `${wanted}#${count}`;
      this.#next.set(wanted, count + 1);
    }
    this.#byId.set(id, label);
    this.#taken.add(label);
    return label;
  }

  /** Gives back the labels of bindings that are gone. */
  keep(ids: ReadonlyMap<number, unknown>): void {
    for (const [id, label] of this.#byId) {
      if (ids.has(id)) continue;
      this.#byId.delete(id);
      this.#taken.delete(label);
      this.#next.clear();
    }
  }
}
