import type { Clock } from '../clock.ts';
import type { Deadline } from '../deadline.ts';
import { andThen, type Eventual, Later } from '../eventual.ts';
import { withDependencies } from './closure.ts';
import { deferred } from './deferred.ts';
import { LifeEnded } from './life.ts';
import type { UnitTimes } from './report.ts';
import type { Outcome } from './step.ts';
import type { StopReason } from './stop-reason.ts';
import { type Turn, Turns } from './turns.ts';
import type { Unit } from './unit.ts';
import { type StartOutcome, type StartParty, UnitStart } from './unit-start.ts';
import { takeDown } from './unit-stop.ts';

/** What went wrong first in a walk, and with whom. */
export interface StartFailure {
  /** Undefined where it was not a unit of this walk: a parent container's start failed. */
  readonly unit: Unit | undefined;
  readonly error: Error;
  /** When, on the clock's `now()`. */
  readonly at: number;
}

export interface StartWalkOptions {
  readonly clock: Clock;
  /** How many units may be on their way at once. */
  readonly concurrency: number;
  /** The end of the whole start on the clock's `now()`; `Infinity` for none. */
  readonly latest: number;
  /** The event that caused a unit's start, where none of its dependencies did. */
  readonly causeOf: (unit: Unit) => number | undefined;
  /** Told of what fails it, before anything follows from that. */
  readonly failed: (failure: StartFailure) => void;
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
  /** Those that were to be tried again anyway: what else there is runs without them. */
  readonly spare = new Set<Unit>();
  readonly #options: StartWalkOptions;
  readonly #turns = new Turns();
  /** In the order they began. */
  readonly #begun: Turn[] = [];
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
  /** Optional ones that failed. */
  readonly #absent = new Map<Unit, Error>();

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
  get reason(): StopReason {
    return this.#ended?.reason ?? { kind: 'requested', detail: undefined };
  }

  /** Whether it failed because its time was up. */
  get timedOut(): boolean {
    return this.#failure !== undefined && this.#failure.at >= this.#options.latest;
  }

  /** Whether it was ended before its time. */
  get aborted(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether it is too late to add to it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** All that was to start, in the order it was added. */
  get units(): Iterable<Unit> {
    return this.#turns.units;
  }

  has(unit: Unit): boolean {
    return this.#turns.get(unit) !== undefined;
  }

  hasBegun(unit: Unit): boolean {
    return this.#turns.get(unit)?.start !== undefined;
  }

  /** What was begun, in that order. */
  get begun(): Unit[] {
    return this.#begun.map(({ unit }) => unit).filter((unit) => this.has(unit));
  }

  /** What hung and was left behind. */
  get leftBehind(): Error[] {
    return this.#begun.map(({ start }) => start?.leftBehind).filter((error) => error !== undefined);
  }

  /** Optional ones that did not come up, and why. */
  get absent(): ReadonlyMap<Unit, Error> {
    return this.#absent;
  }

  /** When each of those that ran was at it, on the clock's `now()`. */
  get times(): Map<Unit, UnitTimes> {
    const times = new Map<Unit, UnitTimes>();
    for (const { unit, start, releasedAt, endedAt } of this.#begun) {
      if (start === undefined || endedAt === undefined || !this.has(unit)) continue;
      times.set(unit, { beganAt: start.beganAt, releasedAt: releasedAt ?? endedAt, endedAt });
    }
    return times;
  }

  /** Adds units to start; what they depend on runs, is part of this walk already, or is among them. */
  add(units: Iterable<Unit>): void {
    this.#turns.add(units);
    this.#drain();
  }

  /** Fulfils when nothing is on its way, nothing is left to begin, and nobody holds the walk. */
  get over(): Promise<void> {
    this.#settleIfOver();
    return this.#over.promise;
  }

  /** Ends the walk: signals abort, nothing new begins. */
  abort(reason: StopReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = new LifeEnded(reason);
    this.#abortLives(this.#ended);
  }

  #abortLives(ended: LifeEnded): void {
    this.#turns.close();
    for (const { unit, start } of this.#begun) {
      if (start !== undefined && unit.life === start.life && unit.state.at !== 'running') start.life.abort(ended);
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
    const isFirst = this.#ended === undefined;
    // Ended before its event: a listener may ask for more, which must not begin any more.
    this.#ended ??= new LifeEnded({ kind: 'start failed', error });
    const failure = { unit, error, at: this.#options.clock.now() };
    if (isFirst) this.#failure = failure;
    if (unit?.state.at === 'starting' || unit?.state.at === 'running') {
      unit.move({ at: 'crashed', since: failure.at, error }, cause);
    }
    if (!isFirst) return;
    this.#options.failed(failure);
    this.#abortLives(this.#ended);
  }

  /**
   * One that the others do without has failed by its own doing: they go on.
   *
   * @param bringDown fulfils, never rejects, when it is down
   */
  lose(unit: Unit, error: Error, cause: number | undefined, bringDown: () => Promise<unknown>): void {
    const now = this.#options.clock.now();
    this.#absent.set(unit, error);
    this.#open++;
    unit.move({ at: 'crashed', since: now, error, isAbsent: true }, cause);
    void bringDown().then(() => {
      this.#open--;
      this.#settleIfOver();
    });
    const turn = this.#turns.get(unit);
    if (turn !== undefined) this.#turns.release(turn, now);
    this.#drain();
  }

  /** Units of the walk that wait for this one. */
  waitingFor(unit: Unit): string[] {
    if (this.#turns.get(unit)?.releasedAt !== undefined) return [];
    return this.#turns.waitingFor(unit).map(({ label }) => label);
  }

  /** Begins what can begin. A unit that is through at once makes others ready; the loop takes them, not the stack. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#active < this.#options.concurrency) {
      const turn = this.#turns.take();
      if (turn === undefined) break;
      this.#begin(turn);
    }
    this.#draining = false;
    this.#settleIfOver();
  }

  #begin(turn: Turn): void {
    this.#active++;
    this.#open++;
    const start = new UnitStart(turn.unit, this);
    turn.start = start;
    this.#begun.push(turn);
    void andThen(start.run(this.#causeOf(turn.unit)), (outcome) => this.#hooksOver(turn, start, outcome));
  }

  /** Its start hooks are through, or it failed. */
  #hooksOver(turn: Turn, start: UnitStart, outcome: StartOutcome): Eventual<void> {
    this.#active--;
    return andThen(this.#conclude(turn, start, outcome), () => this.#end(turn, start));
  }

  /** Nothing of its start is under way any more. */
  #end(turn: Turn, start: UnitStart): void {
    if (turn.unit.start === start) turn.unit.start = undefined;
    this.#open--;
    start.finish();
    this.#drain();
  }

  #conclude(turn: Turn, start: UnitStart, outcome: StartOutcome): Eventual<void> {
    const { unit } = turn;
    if (unit.start !== start || unit.state.at !== 'starting') return;
    switch (outcome.kind) {
      case 'complete':
        return this.aborted ? undefined : this.#run(turn, start);
      case 'failed':
        return this.#failed(turn, outcome.error);
      case 'merged':
        if (!this.aborted) this.#merge(unit, outcome.into);
        return;
      case 'interrupted':
        return;
    }
  }

  #run(turn: Turn, start: UnitStart): Eventual<void> {
    const { unit } = turn;
    const now = this.#options.clock.now();
    unit.move({ at: 'running', since: now, startDuration: now - start.beganAt });
    turn.endedAt = now;
    start.beginTasks();
    this.#turns.release(turn, now);
    this.#drain();
    const call = start.started();
    if (call === undefined) return;
    this.#trailing++;
    this.#settleIfOver();
    return andThen(call, (outcome) => this.#started(turn, start, outcome));
  }

  /** `onStarted` is through. */
  #started(turn: Turn, start: UnitStart, outcome: Outcome): Eventual<void> {
    const { unit } = turn;
    this.#trailing--;
    turn.endedAt = this.#options.clock.now();
    if (outcome.kind === 'done' || this.aborted || unit.start !== start || unit.state.at !== 'running') return;
    return this.#failed(turn, outcome.error);
  }

  /**
   * An optional unit that fails is cleaned up at once, and the others go on without it. One that fails because its start
   * was aborted is no culprit: the stop takes it down with the others.
   */
  #failed(turn: Turn, error: Error): Eventual<void> {
    const { unit } = turn;
    if (this.aborted) return;
    if (unit.spec?.optional !== true) {
      this.fail(unit, error);
      return;
    }
    this.#absent.set(unit, error);
    const finished = takeDown(unit, { error, isAbsent: true });
    this.#turns.release(turn, this.#options.clock.now());
    this.#drain();
    return finished && Later.of(finished);
  }

  /** Called by a unit's start: its object is there. */
  created(unit: Unit): void {
    const turn = this.#turns.get(unit);
    if (turn === undefined || unit.spec?.background !== true || this.aborted) return;
    this.#turns.release(turn, this.#options.clock.now());
    this.#drain();
  }

  /** What waits for the unit waits for the one that it is part of now. */
  #merge(unit: Unit, into: Unit): void {
    const waiting = this.#turns.waitingFor(unit);
    unit.host.runningGraph.merge(unit, into);
    this.#turns.replace(unit, waiting, withDependencies([into]));
    this.#drain();
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
    if (open > 0 || this.#turns.hasNext) return;
    this.#isOver = true;
    this.#over.resolve();
  }
}
