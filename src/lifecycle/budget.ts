import type { Unit } from './unit.ts';

/** The longest time one service is reserved, in milliseconds. */
const MAX_RESERVE = 1_000;

/**
 * How the time of a stop is divided, as a pure value.
 *
 * Services stop one after the other along a chain, so what is left for the last ones must not be eaten by the first: each
 * has to be done a reserve before the ones it depends on. `deadline(s) = end - reserve * (services on the longest chain that
 * stops after s)`, with `reserve = min(1 s, budget / (2 * longest chain))`. A service that ends early passes its time on.
 *
 * Hence: whatever hangs, every hook that needs no more than the reserve completes, and all is over by the end.
 */
export class StopBudget {
  readonly #begin: number;
  readonly #end: number;
  readonly #reserve: number;
  readonly #after: ReadonlyMap<Unit, number>;

  /** @param after for each unit, how many services on the longest chain stop after it (see `stopsAfter`) */
  constructor(begin: number, end: number, after: ReadonlyMap<Unit, number>) {
    let longest = 1;
    for (const count of after.values()) longest = Math.max(longest, count + 1);
    this.#begin = begin;
    this.#end = end;
    this.#after = after;
    this.#reserve = end === Number.POSITIVE_INFINITY ? 0 : Math.min(MAX_RESERVE, (end - begin) / (2 * longest));
  }

  get end(): number {
    return this.#end;
  }

  /** By when this unit has to be down. */
  deadlineOf(unit: Unit): number {
    return this.#end - this.#reserve * (this.#after.get(unit) ?? 0);
  }

  /** The same stop with less time. */
  endingAt(now: number, end: number): StopBudget {
    return new StopBudget(Math.max(this.#begin, now), end, this.#after);
  }
}

/** For each unit the number of services on the longest chain of its dependencies within these units; a child stops before its parent. */
export function stopsAfter(units: ReadonlySet<Unit>): Map<Unit, number> {
  const after = new Map<Unit, number>();
  const missing = new Map<Unit, number>();
  const ready: Unit[] = [];
  for (const unit of units) {
    let count = 0;
    for (const dependency of unit.dependencies) if (units.has(dependency)) count++;
    if (unit.parent !== undefined && units.has(unit.parent)) count++;
    missing.set(unit, count);
    after.set(unit, 0);
    if (count === 0) ready.push(unit);
  }
  for (const unit of ready) {
    const length = (after.get(unit) ?? 0) + (unit.spec === undefined ? 0 : 1);
    for (const dependent of unit.dependents) pass(dependent, length);
    for (const child of unit.children) pass(child, length);
  }
  return after;

  function pass(unit: Unit, length: number): void {
    const left = (missing.get(unit) ?? 0) - 1;
    if (left < 0) return;
    missing.set(unit, left);
    after.set(unit, Math.max(after.get(unit) ?? 0, length));
    if (left === 0) ready.push(unit);
  }
}
