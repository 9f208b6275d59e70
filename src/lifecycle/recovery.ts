import { andThen, type Eventual, Later } from '../eventual.ts';
import type { Application } from './application.ts';
import { withDependencies } from './closure.ts';
import type { Host } from './host.ts';
import type { Unit } from './unit.ts';
import { type StartOutcome, type StartParty, UnitStart } from './unit-start.ts';
import { takeDown } from './unit-stop.ts';

/** Told of a unit that was to be brought up and did not come up. */
type Failed = (unit: Unit, error: Error) => void;

/** A unit that is down and is to come up again. */
interface Wait {
  /** Not before this, on the clock's `now()`. */
  due: number;
  /** Calls off the timer that wakes it. */
  cancel: (() => void) | undefined;
  /** All who want it brought up; undefined for one that has crashed and is its supervisor's to see to. */
  readonly wanted?: Set<Failed>;
}

/** Whom it tells of what does not come up. */
export interface RecoveryListener {
  /** A unit did not come up again after a restart. */
  failed(unit: Unit, error: Error): void;
  /** One that the others do without did not come up, and is down. */
  absent(unit: Unit, error: Error): void;
}

/**
 * Brings up again what was restarted. Not a walk with a beginning and an end: a pool of units that are down, each of which
 * begins as soon as its wait is over and all that it needs runs. So crashes at the same time are dealt with at the same time,
 * whatever parts of the graph they share.
 */
export class Recovery implements StartParty {
  /** Each service has its own limit; there is none for a restart of many. */
  readonly latest = Number.POSITIVE_INFINITY;
  readonly #host: Host<Unit>;
  readonly #app: Application;
  readonly #listener: RecoveryListener;
  readonly #waiting = new Map<Unit, Wait>();
  /** Down, and brought up by somebody else. */
  readonly #held = new Set<Unit>();
  /** On their way up. */
  readonly #starting = new Map<Unit, Wait>();
  /** Those to look at: what kept them down may be over. */
  readonly #looks = new Set<Unit>();
  #draining = false;
  #settled: (() => void)[] = [];

  constructor(host: Host<Unit>, app: Application, listener: RecoveryListener) {
    this.#host = host;
    this.#app = app;
    this.#listener = listener;
  }

  /** Whether it is down and waits here. */
  has(unit: Unit): boolean {
    return this.#waiting.has(unit);
  }

  /**
   * Fulfils when nothing is on its way up or waits here, or it was all called off; undefined when that is so. What others
   * do without is not counted while it waits for its next try. Ask again after it.
   */
  get busy(): Promise<void> | undefined {
    if (!this.#isBusy) return undefined;
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  get #isOpen(): boolean {
    const { at } = this.#app.state;
    return at === 'running' || at === 'starting';
  }

  get #isBusy(): boolean {
    if (this.#starting.size > 0) return true;
    for (const { spec } of this.#waiting.keys()) if (spec?.optional !== true) return true;
    return false;
  }

  /** These are down, in state `restarting`, and are to come up. @param delay before the ones that have crashed, in milliseconds */
  add(units: Iterable<Unit>, crashed: ReadonlySet<Unit>, delay: number): void {
    const due = this.#host.clock.now() + delay;
    for (const unit of units) {
      if (unit.state.at !== 'restarting' || this.#held.has(unit)) continue;
      const before = this.#waiting.get(unit);
      before?.cancel?.();
      this.#put(unit, { due: crashed.has(unit) ? due : (before?.due ?? 0), cancel: undefined });
    }
    this.#drain();
  }

  /** Somebody else brings these up, if they come down. @returns its undo */
  hold(units: Iterable<Unit>): () => void {
    const held = [...units];
    for (const unit of held) this.#held.add(unit);
    return () => {
      for (const unit of held) this.#held.delete(unit);
    };
  }

  /**
   * These are to run, as soon as what they need does; others may want the same ones.
   *
   * @param failed told of each that does not come up
   * @returns its undo: what nobody else wants does not begin any more
   */
  bring(units: readonly Unit[], failed: Failed): () => void {
    for (const unit of units) {
      const known = this.#waiting.get(unit) ?? this.#starting.get(unit);
      if (known === undefined) this.#put(unit, { due: 0, cancel: undefined, wanted: new Set([failed]) });
      else known.wanted?.add(failed);
    }
    this.#drain();
    return () => {
      for (const unit of units) this.#renounce(unit, failed);
      this.#settle();
    };
  }

  #renounce(unit: Unit, failed: Failed): void {
    const { wanted } = this.#waiting.get(unit) ?? this.#starting.get(unit) ?? {};
    if (wanted?.delete(failed) === true && wanted.size === 0) this.#forget(unit);
  }

  #put(unit: Unit, wait: Wait): void {
    this.#waiting.set(unit, wait);
    unit.waits = true;
    this.#looks.add(unit);
  }

  /** What kept this one down may be over. */
  look(unit: Unit): void {
    if (!this.#waiting.has(unit)) return;
    this.#looks.add(unit);
    // Whoever brings this news is in the middle of something.
    queueMicrotask(() => this.#drain());
  }

  /** These are stopped, or taken away, before they came up. @param why what those are told who wanted them */
  callOff(units: Iterable<Unit>, why: (unit: Unit) => Error): void {
    for (const unit of units) {
      const { wanted } = this.#waiting.get(unit) ?? {};
      this.#forget(unit);
      for (const failed of wanted ?? []) failed(unit, why(unit));
    }
    this.#settle();
  }

  /** These are not to come up any more, or somebody else sees to it. */
  drop(units: Iterable<Unit>): void {
    for (const unit of units) this.#forget(unit);
    this.#settle();
  }

  /** Nothing begins any more. */
  clear(): void {
    this.drop([...this.#waiting.keys()]);
  }

  waitingFor(unit: Unit): string[] {
    return [...unit.dependents].filter((each) => this.#waiting.has(each)).map(({ label }) => label);
  }

  /** One whose dependents need not wait until it runs has begun. */
  created(unit: Unit): void {
    if (unit.spec?.background === true) this.#lookAtDependents(unit);
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const unit of this.#looks) {
      this.#looks.delete(unit);
      this.#consider(unit);
    }
    this.#draining = false;
    this.#settle();
  }

  #consider(unit: Unit): void {
    const wait = this.#waiting.get(unit);
    if (wait === undefined) return;
    // A stop may have taken away what was restarted.
    const { at } = unit.state;
    const isWanted = wait.wanted !== undefined || at === 'restarting';
    if (at === 'starting' || at === 'running' || !isWanted || !this.#isOpen) this.#forget(unit);
    else if (wait.due > this.#host.clock.now()) this.#wakeLater(unit, wait);
    // It may still be on its way down, and what runs may be about to be stopped with it.
    else if (!unit.up && unit.leaving === 0 && this.#hasAllItNeeds(unit)) this.#begin(unit, wait);
  }

  #wakeLater(unit: Unit, wait: Wait): void {
    const { clock } = this.#host;
    wait.cancel ??= clock.timer(wait.due - clock.now(), () => {
      wait.cancel = undefined;
      this.#looks.add(unit);
      this.#drain();
    });
  }

  #hasAllItNeeds({ dependencies }: Unit): boolean {
    for (const dependency of dependencies) if (!this.#isThere(dependency)) return false;
    return true;
  }

  /** What is optional, or starts in the background, is not waited for beyond its first try. */
  #isThere(unit: Unit): boolean {
    const { state, spec, start } = unit;
    const { at } = state;
    if (at === 'running') return true;
    if (spec?.background === true && at === 'starting') return start?.life.begun === true;
    if (spec?.optional !== true) return false;
    return at === 'crashed' || at === 'stopped' || (at === 'restarting' && this.#isPutOff(unit));
  }

  /** Its next try is some time off; whoever supervises it may be of another lifecycle. */
  #isPutOff({ attempt }: Unit): boolean {
    return attempt !== undefined && attempt.due > this.#host.clock.now();
  }

  #begin(unit: Unit, wait: Wait): void {
    this.#forget(unit);
    this.#starting.set(unit, wait);
    const start = new UnitStart(unit, this);
    void andThen(start.run(undefined), (outcome) =>
      andThen(this.#conclude(unit, start, outcome, wait), () => this.#end(unit, start)),
    );
  }

  /** @returns what is left of it: `onStarted` */
  #conclude(unit: Unit, start: UnitStart, outcome: StartOutcome, wait: Wait): Eventual<void> {
    this.#starting.delete(unit);
    if (unit.start !== start || unit.state.at !== 'starting' || start.life.aborted) return;
    if (outcome.kind === 'failed') return this.#notUp(unit, outcome.error, wait);
    if (outcome.kind === 'merged') this.#merge(unit, outcome.into, wait);
    else if (outcome.kind === 'complete') return this.#run(unit, start);
  }

  /** What waits for the unit waits for the one that it is part of now, which may be down. */
  #merge(unit: Unit, into: Unit, { wanted }: Wait): void {
    unit.host.runningGraph.merge(unit, into);
    const down = [...withDependencies([into])].filter(({ state }) => state.at !== 'running');
    for (const failed of wanted ?? [() => {}]) this.bring(down, failed);
    this.#lookAtDependents(into);
  }

  #notUp(unit: Unit, error: Error, { wanted }: Wait): Eventual<void> {
    if (wanted === undefined) return this.#listener.failed(unit, error);
    // What lives within another service is that one's to see to.
    const isAbsent = unit.spec?.optional === true && unit.parent === undefined;
    const finished = takeDown(unit, isAbsent ? { error, isAbsent } : { error });
    return andThen(finished && Later.of(finished), () => {
      if (isAbsent) this.#listener.absent(unit, error);
      for (const failed of wanted) failed(unit, error);
    });
  }

  #run(unit: Unit, start: UnitStart): Eventual<void> {
    const now = unit.host.clock.now();
    unit.move({ at: 'running', since: now, startDuration: now - start.beganAt });
    start.beginTasks();
    this.#lookAtDependents(unit);
    this.#drain();
    const call = start.started();
    if (call === undefined) return;
    return andThen(call, (outcome) => {
      const isOpen = outcome.kind !== 'done' && unit.start === start && unit.state.at === 'running';
      if (isOpen && !start.life.aborted) unit.crash(outcome.error);
    });
  }

  #end(unit: Unit, start: UnitStart): void {
    if (unit.start === start) unit.start = undefined;
    start.finish();
    // It may be wanted again by now.
    if (unit.waits) this.#looks.add(unit);
    this.#drain();
  }

  #lookAtDependents(unit: Unit): void {
    for (const dependent of unit.dependents) if (this.#waiting.has(dependent)) this.#looks.add(dependent);
  }

  #forget(unit: Unit): void {
    this.#waiting.get(unit)?.cancel?.();
    this.#waiting.delete(unit);
    unit.waits = false;
  }

  #settle(): void {
    if (this.#settled.length === 0 || this.#isBusy) return;
    const settled = this.#settled;
    this.#settled = [];
    for (const resolve of settled) resolve();
  }
}
