import type { Unit } from './unit.ts';
import type { UnitStart } from './unit-start.ts';

/** One unit in a start. */
export interface Turn {
  readonly unit: Unit;
  /** How many of its dependencies are not yet there. */
  missing: number;
  /** Its dependents may go on, whether it runs or not (background, optional). */
  releasedAt: number | undefined;
  /** Once it has begun. */
  start: UnitStart | undefined;
  /** Once it runs; moved on by `onStarted`. */
  endedAt: number | undefined;
}

/** Whose turn it is: each unit's comes when all its dependencies that are to start too have been released. */
export class Turns {
  /** In the order they were added. */
  readonly #all = new Map<Unit, Turn>();
  /** Those whose turn has come; the ones before `#next` were taken. */
  readonly #ready: Turn[] = [];
  #next = 0;
  #isClosed = false;

  get units(): Iterable<Unit> {
    return this.#all.keys();
  }

  get(unit: Unit): Turn | undefined {
    return this.#all.get(unit);
  }

  /** What they depend on runs, has a turn already, or is among them. */
  add(units: Iterable<Unit>): void {
    const added: Turn[] = [];
    for (const unit of units) {
      if (this.#all.has(unit) || unit.state.at === 'running') continue;
      const turn = { unit, missing: 0, releasedAt: undefined, start: undefined, endedAt: undefined };
      this.#all.set(unit, turn);
      added.push(turn);
    }
    for (const turn of added) this.#count(turn);
  }

  get hasNext(): boolean {
    return !this.#isClosed && this.#next < this.#ready.length;
  }

  take(): Turn | undefined {
    return this.hasNext ? this.#ready[this.#next++] : undefined;
  }

  /** Nobody's turn comes any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** What waits for this unit may go on. */
  release(turn: Turn, now: number): void {
    if (turn.releasedAt !== undefined) return;
    turn.releasedAt = now;
    for (const dependent of turn.unit.dependents) {
      const waiting = this.#all.get(dependent);
      if (waiting === undefined || waiting.missing === 0) continue;
      waiting.missing--;
      if (waiting.missing === 0) this.#ready.push(waiting);
    }
  }

  /** Those that wait for this unit. */
  waitingFor({ dependents }: Unit): Unit[] {
    if (this.#isClosed) return [];
    return [...dependents].filter((dependent) => (this.#all.get(dependent)?.missing ?? 0) > 0);
  }

  /** A unit is part of others now, which are added: what waited for it waits for what it depends on by now. */
  replace(unit: Unit, waiting: Iterable<Unit>, others: Iterable<Unit>): void {
    this.#all.delete(unit);
    this.add(others);
    for (const each of waiting) {
      const turn = this.#all.get(each);
      if (turn !== undefined) this.#count(turn);
    }
  }

  #count(turn: Turn): void {
    turn.missing = 0;
    for (const dependency of turn.unit.dependencies) {
      const other = this.#all.get(dependency);
      if (other !== undefined && other.releasedAt === undefined) turn.missing++;
    }
    if (turn.missing === 0) this.#ready.push(turn);
  }
}
