import type { Clock } from '../clock.ts';
import { run, type Steps, settled } from '../coroutine.ts';
import type { Deadline } from '../deadline.ts';
import { deferred } from './deferred.ts';
import { LifeEnded } from './life.ts';
import { errorOf } from './step.ts';
import { type Unit, withDependencies } from './unit.ts';
import { type StartOutcome, type StartParty, UnitStart } from './unit-start.ts';
import { UnitStop } from './unit-stop.ts';

/** What went wrong first in a walk, and with whom. */
export interface StartFailure {
  /** Undefined where it was not a unit of this walk: a parent container's start failed. */
  readonly unit: Unit | undefined;
  readonly error: Error;
  /** When, on the clock's `now()`. */
  readonly at: number;
}

/** The times of one unit's start, on the clock's `now()`. */
export interface StartTimes {
  readonly beganAt: number;
  /** When its dependents could go on. */
  readonly releasedAt: number;
  readonly endedAt: number;
}

export interface StartWalkOptions {
  readonly clock: Clock;
  /** How many units may be on their way at once. */
  readonly concurrency: number;
  /** The end of the whole start on the clock's `now()`; `Infinity` for none. */
  readonly latest: number;
  /** The event that caused a unit's start, where none of its dependencies did. */
  readonly causeOf: (unit: Unit) => number | undefined;
}

/**
 * Starts units, each as soon as all its dependencies run. It counts down to each unit's turn: no levels, and no recursion
 * over the depth of the graph. Units may be added while it goes on.
 *
 * The first failure (or `abort`) ends it: the signals of what is on its way abort, and nothing new begins. It is over when
 * nothing is on its way any more; bringing down what had started is the stop's job.
 */
export class StartWalk implements StartParty {
  readonly beganAt: number;
  /** All that was to start, in the order it was added. */
  readonly units = new Set<Unit>();
  /** What was begun, in the order it began. */
  readonly begun = new Map<Unit, UnitStart>();
  readonly times = new Map<Unit, StartTimes>();
  readonly #options: StartWalkOptions;
  /** For each unit that has not begun, how many of its dependencies are not yet there. */
  readonly #waiting = new Map<Unit, number>();
  /** Units whose dependents may go on, whether they run or not (background, optional). */
  readonly #released = new Set<Unit>();
  readonly #ready: Unit[] = [];
  #next = 0;
  #active = 0;
  /** Units on their way, `onStarted` included, and holds. */
  #open = 0;
  /** Those of them that run already; a walk that was ended leaves their `onStarted` to the stop. */
  #trailing = 0;
  #draining = false;
  #isOver = false;
  #ended: LifeEnded | undefined;
  #failure: StartFailure | undefined;
  readonly #over = deferred<void>();
  readonly #holds = new Set<Deadline>();

  constructor(options: StartWalkOptions) {
    this.#options = options;
    this.beganAt = options.clock.now();
  }

  get latest(): number {
    return this.#options.latest;
  }

  get failure(): StartFailure | undefined {
    return this.#failure;
  }

  /** Why it was ended before its time. */
  get reason(): unknown {
    return this.#ended?.reason;
  }

  /** Whether it was ended before its time. */
  get aborted(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether it is too late to add to it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Adds units to start; what they depend on runs, is part of this walk already, or is among them. */
  add(units: Iterable<Unit>): void {
    const added: Unit[] = [];
    for (const unit of units) {
      if (this.units.has(unit) || unit.state.at === 'running') continue;
      this.units.add(unit);
      added.push(unit);
    }
    for (const unit of added) this.#enqueue(unit);
    this.#drain();
  }

  /** Fulfils when nothing is on its way, nothing is left to begin, and nobody holds the walk. */
  get over(): Promise<void> {
    this.#settleIfOver();
    return this.#over.promise;
  }

  /** Ends the walk: signals abort, nothing new begins. */
  abort(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = new LifeEnded(reason);
    this.#waiting.clear();
    this.#ready.length = this.#next;
    for (const { unit, life } of this.begun.values()) {
      if (unit.life === life && unit.state.at !== 'running') life.abort(this.#ended);
    }
    for (const patience of this.#holds) patience.moveTo(this.#options.clock.now());
    this.#settleIfOver();
  }

  /**
   * Keeps the walk from being over until the returned function is called: more units may come.
   *
   * @param patience moved to now when the walk is aborted, so that nobody waits for them in vain
   */
  hold(patience: Deadline): () => void {
    this.#open++;
    this.#holds.add(patience);
    return () => {
      this.#open--;
      this.#holds.delete(patience);
      this.#settleIfOver();
    };
  }

  /** A unit of this walk failed: with the first one the whole start fails. */
  fail(unit: Unit | undefined, error: Error, cause?: number): void {
    if (this.#ended === undefined) this.#failure = { unit, error, at: this.#options.clock.now() };
    if (unit?.state.at === 'starting' || unit?.state.at === 'running') {
      unit.move({ at: 'crashed', since: this.#options.clock.now(), error }, cause);
    }
    this.abort(error);
  }

  /** Units of the walk that wait for this one. */
  waitingFor(unit: Unit): string[] {
    return [...unit.dependents].filter((dependent) => this.#waiting.has(dependent)).map(({ label }) => label);
  }

  #enqueue(unit: Unit): void {
    const count = this.#missing(unit);
    if (count === 0) this.#ready.push(unit);
    else this.#waiting.set(unit, count);
  }

  #missing(unit: Unit): number {
    let count = 0;
    for (const dependency of unit.dependencies) {
      if (this.units.has(dependency) && !this.#released.has(dependency)) count++;
    }
    return count;
  }

  /** Begins what can begin. A unit that is through at once makes others ready; the loop takes them, not the stack. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#ended === undefined && this.#next < this.#ready.length && this.#active < this.#options.concurrency) {
      this.#begin(this.#ready[this.#next++] as Unit);
    }
    this.#draining = false;
    this.#settleIfOver();
  }

  #begin(unit: Unit): void {
    this.#active++;
    this.#open++;
    const start = new UnitStart(unit, this);
    this.begun.set(unit, start);
    void run(this.#start(unit, start));
  }

  *#start(unit: Unit, start: UnitStart): Steps<void> {
    const outcome = yield* this.#outcomeOf(unit, start);
    this.#active--;
    yield* this.#conclude(unit, start, outcome);
    if (unit.start === start) unit.start = undefined;
    this.#open--;
    start.finish();
    this.#drain();
  }

  *#outcomeOf(unit: Unit, start: UnitStart): Steps<StartOutcome> {
    try {
      return yield* start.run(this.#causeOf(unit), () => this.#created(unit));
    } catch (thrown) {
      return { kind: 'failed', error: errorOf(thrown) };
    }
  }

  *#conclude(unit: Unit, start: UnitStart, outcome: StartOutcome): Steps<void> {
    if (unit.start !== start || unit.state.at !== 'starting') return;
    switch (outcome.kind) {
      case 'complete':
        if (!this.aborted) yield* this.#run(unit, start);
        return;
      case 'failed':
        return yield* this.#failed(unit, outcome.error);
      case 'merged':
        if (!this.aborted) this.#merge(unit, outcome.into);
        return;
      case 'interrupted':
        return;
    }
  }

  *#run(unit: Unit, start: UnitStart): Steps<void> {
    const now = this.#options.clock.now();
    unit.move({ at: 'running', since: now, startDuration: now - start.beganAt });
    this.#release(unit);
    this.#time(unit, start, now);
    this.#drain();
    const call = start.started();
    if (call === undefined) return;
    this.#trailing++;
    this.#settleIfOver();
    const outcome = yield* settled(call);
    this.#trailing--;
    this.#time(unit, start, this.#options.clock.now());
    if (outcome.kind === 'done' || this.aborted || unit.start !== start || unit.state.at !== 'running') return;
    this.fail(unit, outcome.error);
  }

  /**
   * An optional unit that fails is cleaned up at once, and the others go on without it. One that fails because its start
   * was aborted is no culprit: the stop takes it down with the others.
   */
  *#failed(unit: Unit, error: Error): Steps<void> {
    if (this.aborted) return;
    if (unit.spec?.optional !== true) return this.fail(unit, error);
    const now = this.#options.clock.now();
    unit.move({ at: 'crashed', since: now, error });
    this.#release(unit);
    this.#drain();
    yield* settled(
      new UnitStop(unit, now + unit.spec.startTimeout, new LifeEnded(error), 'stopped', unit.lastEvent).finished,
    );
  }

  #created(unit: Unit): void {
    if (unit.spec?.background === true && !this.aborted) {
      this.#release(unit);
      this.#drain();
    }
  }

  /** What waits for the unit waits for the one that it is part of now. */
  #merge(unit: Unit, into: Unit): void {
    const dependents = [...unit.dependents];
    unit.host.merged(unit, into);
    this.begun.delete(unit);
    this.units.delete(unit);
    this.add(withDependencies([into]));
    for (const dependent of dependents) {
      if (!this.#waiting.has(dependent)) continue;
      this.#waiting.delete(dependent);
      this.#enqueue(dependent);
    }
  }

  #release(unit: Unit): void {
    if (this.#released.has(unit)) return;
    this.#released.add(unit);
    for (const dependent of unit.dependents) {
      const count = this.#waiting.get(dependent);
      if (count === undefined) continue;
      if (count > 1) this.#waiting.set(dependent, count - 1);
      else {
        this.#waiting.delete(dependent);
        this.#ready.push(dependent);
      }
    }
  }

  #time(unit: Unit, start: UnitStart, endedAt: number): void {
    const background = unit.spec?.background === true;
    const releasedAt = background ? (start.createdAt ?? endedAt) : (this.times.get(unit)?.releasedAt ?? endedAt);
    this.times.set(unit, { beganAt: start.beganAt, releasedAt, endedAt });
  }

  /** The last of its dependencies to run caused it to start. */
  #causeOf(unit: Unit): number | undefined {
    let cause = this.#options.causeOf(unit);
    for (const { host, lastEvent } of unit.dependencies) {
      if (host === unit.host && lastEvent !== undefined && lastEvent > (cause ?? 0)) cause = lastEvent;
    }
    return cause;
  }

  #settleIfOver(): void {
    const open = this.#ended === undefined ? this.#open : this.#open - this.#trailing;
    if (open > 0 || (this.#ended === undefined && this.#next < this.#ready.length)) return;
    this.#isOver = true;
    this.#over.resolve();
  }
}
