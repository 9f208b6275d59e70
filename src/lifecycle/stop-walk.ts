import type { Clock } from '../clock.ts';
import { StopBudget, stopsAfter } from './budget.ts';
import { withChildren } from './closure.ts';
import type { Host } from './host.ts';
import { LifeEnded } from './life.ts';
import { StopReport } from './report.ts';
import type { StopReason } from './stop-reason.ts';
import type { StopUnderWay, Unit } from './unit.ts';
import { type StopGoal, UnitStop } from './unit-stop.ts';

export interface StopWalkOptions {
  readonly clock: Clock;
  /** The instant, on the clock's `now()`, by which all is over. */
  readonly end: number;
  readonly reason: StopReason;
  /** What becomes of each once it is down. */
  readonly goalOf: (unit: Unit) => StopGoal;
  /** The event that caused a unit's stop. */
  readonly causeOf: (unit: Unit) => number | undefined;
  /** By when each has to be down, where a walk around this one has divided the time. */
  readonly deadlineOf?: (unit: Unit) => number;
}

const NONE: readonly never[] = [];

/** The times of one unit's stop, on the clock's `now()`. */
export interface StopTimes {
  readonly beganAt: number;
  readonly endedAt: number;
}

/**
 * Stops units, each as soon as all that depend on it are down. It never gives up: errors are collected, what hangs is left
 * behind at its deadline, and all is over by the end of the budget.
 */
export class StopWalk {
  readonly beganAt: number;
  readonly units: ReadonlySet<Unit>;
  /** Those that no other one of them stops as its child. */
  readonly #own: ReadonlySet<Unit>;
  readonly errors: Error[] = [];
  /** What went wrong with each. */
  readonly #faults = new Map<Unit, readonly Error[]>();
  readonly times = new Map<Unit, StopTimes>();
  /** Those whose turn is over: it was down already, or it is by now. */
  readonly done = new Set<Unit>();
  readonly #options: StopWalkOptions;
  readonly #ended: LifeEnded;
  /** For each unit how many of its dependents are not yet down. */
  readonly #waiting = new Map<Unit, number>();
  /** What each needs, as it was when the walk began: what is down may let go of it before its turn is over. */
  readonly #needs = new Map<Unit, Unit[]>();
  readonly #ready: Unit[] = [];
  #next = 0;
  #left: number;
  #budget: StopBudget;
  #settle: (() => void) | undefined;

  constructor(units: ReadonlySet<Unit>, options: StopWalkOptions) {
    this.units = withChildren(units);
    this.#own = new Set([...this.units].filter(({ parent }) => parent?.up !== true || !this.units.has(parent)));
    this.beganAt = options.clock.now();
    this.#options = options;
    this.#ended = new LifeEnded(options.reason);
    this.#left = this.#own.size;
    this.#budget = new StopBudget(this.beganAt, options.end, stopsAfter(this.units));
  }

  /** Fulfils, never rejects, when all is down. */
  async run(): Promise<void> {
    const own = this.#own;
    for (const unit of this.units) this.#endStart(unit);
    for (const unit of own) {
      let count = 0;
      for (const dependent of unit.dependents) {
        if (!own.has(dependent)) continue;
        count++;
        const needs = this.#needs.get(dependent);
        if (needs === undefined) this.#needs.set(dependent, [unit]);
        else needs.push(unit);
      }
      if (count === 0) this.#ready.push(unit);
      else this.#waiting.set(unit, count);
    }
    this.#drain();
    if (this.#left > 0) await new Promise<void>((resolve) => (this.#settle = resolve));
  }

  /** All has to be over by then, if that is earlier than planned. */
  shrink(end: number): void {
    if (end >= this.#budget.end) return;
    this.#budget = this.#budget.endingAt(this.#options.clock.now(), end);
    for (const unit of this.units) {
      const deadline = this.#budget.deadlineOf(unit);
      unit.start?.shrink(deadline);
      unit.stop?.shrink(deadline);
    }
  }

  /** How it went with the units of one host. */
  reportOf(host: Host<Unit>): StopReport {
    const times = [...this.times].filter(([unit]) => unit.host === host);
    const faults = [...this.#faults].filter(([unit]) => unit.host === host);
    return new StopReport(
      this.beganAt,
      new Map(times),
      faults.flatMap(([, errors]) => errors),
    );
  }

  /** By when a unit has to be down. */
  deadlineOf(unit: Unit): number {
    return this.#options.deadlineOf?.(unit) ?? this.#budget.deadlineOf(unit);
  }

  /** What is on its way up learns at once that it is not wanted any more; what runs learns it when its turn comes. */
  #endStart(unit: Unit): void {
    if (unit.start === undefined) return;
    if (unit.state.at !== 'running') unit.start.life.abort(this.#ended);
    unit.start.shrink(this.deadlineOf(unit));
    unit.stop?.shrink(this.deadlineOf(unit));
  }

  #drain(): void {
    while (this.#next < this.#ready.length) {
      const unit = this.#ready[this.#next++] as Unit;
      const stopping = this.#stop(unit);
      if (stopping === undefined) this.#down(unit);
      else void stopping.then(() => this.#downLater(unit));
    }
    if (this.#left === 0) this.#settle?.();
  }

  /** @returns a promise only where something is to be awaited; it never rejects */
  #stop(unit: Unit): Promise<void> | undefined {
    if (unit.start !== undefined) {
      const { start } = unit;
      start.life.abort(this.#ended);
      return start.finished.then(() => {
        if (start.leftBehind !== undefined) this.#collect(unit, [start.leftBehind]);
        return this.#stop(unit);
      });
    }
    const { stop } = unit;
    if (stop?.finished !== undefined) {
      stop.shrink(this.deadlineOf(unit));
      return stop.finished.then(() => {
        this.#note(stop);
        return this.#stop(unit);
      });
    }
    if (unit.state.at === 'restarting' && this.#options.goalOf(unit) === 'stopped') {
      unit.move({ at: 'stopped', since: this.#options.clock.now() }, this.#options.causeOf(unit));
    }
    if (!unit.up) return undefined;
    return this.#bringDown(unit);
  }

  #bringDown(unit: Unit): Promise<void> | undefined {
    const { goalOf, causeOf } = this.#options;
    const stop = new UnitStop(unit, {
      latest: this.deadlineOf(unit),
      ended: this.#ended,
      goal: goalOf(unit),
      cause: causeOf(unit),
      deadlineOf: (child) => this.deadlineOf(child),
    });
    if (stop.finished === undefined) this.#note(stop);
    return stop.finished?.then(() => this.#note(stop));
  }

  /** How it went, whoever began it. */
  #note({ unit, errors, beganAt, endedAt }: StopUnderWay): void {
    this.#collect(unit, errors);
    this.times.set(unit, { beganAt: Math.max(beganAt, this.beganAt), endedAt });
  }

  #collect(unit: Unit, errors: readonly Error[]): void {
    if (errors.length === 0) return;
    this.errors.push(...errors);
    this.#faults.set(unit, [...(this.#faults.get(unit) ?? []), ...errors]);
  }

  #downLater(unit: Unit): void {
    this.#down(unit);
    this.#drain();
  }

  #down(unit: Unit): void {
    this.#left--;
    this.done.add(unit);
    for (const dependency of this.#needs.get(unit) ?? NONE) {
      const count = this.#waiting.get(dependency) ?? 0;
      if (count > 1) this.#waiting.set(dependency, count - 1);
      else {
        this.#waiting.delete(dependency);
        this.#ready.push(dependency);
      }
    }
  }
}
