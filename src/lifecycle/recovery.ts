import { andThen, type Eventual } from '../eventual.ts';
import type { Application } from './application.ts';
import type { Host, Unit } from './unit.ts';
import { type StartOutcome, type StartParty, UnitStart } from './unit-start.ts';

/** A unit that is down and is to come up again. */
interface Wait {
  /** Not before this, on the clock's `now()`. */
  due: number;
  /** Calls off the timer that wakes it. */
  cancel: (() => void) | undefined;
}

/**
 * Brings up again what was restarted. Not a walk with a beginning and an end: a pool of units that are down, each of which
 * begins as soon as its wait is over and all that it needs runs. So crashes at the same time are dealt with at the same time,
 * whatever parts of the graph they share.
 */
export class Recovery implements StartParty {
  /** Each service has its own limit; there is none for a restart of many. */
  readonly latest = Number.POSITIVE_INFINITY;
  readonly #host: Host;
  readonly #app: Application;
  readonly #failed: (unit: Unit, error: Error) => void;
  readonly #waiting = new Map<Unit, Wait>();
  /** On their way up. */
  readonly #starting = new Set<Unit>();
  /** Those to look at: what kept them down may be over. */
  readonly #looks = new Set<Unit>();
  #draining = false;
  #settled: (() => void)[] = [];

  /** @param failed told of one that did not come up again */
  constructor(host: Host, app: Application, failed: (unit: Unit, error: Error) => void) {
    this.#host = host;
    this.#app = app;
    this.#failed = failed;
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

  get #isBusy(): boolean {
    if (this.#starting.size > 0) return true;
    for (const { spec } of this.#waiting.keys()) if (spec?.optional !== true) return true;
    return false;
  }

  /** These are down, in state `restarting`, and are to come up. @param delay before the ones that have crashed, in milliseconds */
  add(units: Iterable<Unit>, crashed: ReadonlySet<Unit>, delay: number): void {
    const due = this.#host.clock.now() + delay;
    for (const unit of units) {
      if (unit.state.at !== 'restarting') continue;
      const before = this.#waiting.get(unit);
      before?.cancel?.();
      if (before === undefined) unit.restarts++;
      const wait = crashed.has(unit) ? due : (before?.due ?? 0);
      this.#waiting.set(unit, { due: wait, cancel: undefined });
      this.#looks.add(unit);
    }
    this.#drain();
  }

  /** What kept this one down may be over. */
  look(unit: Unit): void {
    if (!this.#waiting.has(unit)) return;
    this.#looks.add(unit);
    // Whoever brings this news is in the middle of something.
    queueMicrotask(() => this.#drain());
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
    if (unit.state.at !== 'restarting' || this.#app.state.at !== 'running') this.#forget(unit);
    else if (wait.due > this.#host.clock.now()) this.#wakeLater(unit, wait);
    else if (this.#hasAllItNeeds(unit)) this.#begin(unit);
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

  #begin(unit: Unit): void {
    this.#waiting.delete(unit);
    this.#starting.add(unit);
    const start = new UnitStart(unit, this);
    void andThen(start.run(undefined), (outcome) =>
      andThen(this.#conclude(unit, start, outcome), () => this.#end(unit, start)),
    );
  }

  /** @returns what is left of it: `onStarted` */
  #conclude(unit: Unit, start: UnitStart, outcome: StartOutcome): Eventual<void> {
    this.#starting.delete(unit);
    if (unit.start !== start || unit.state.at !== 'starting' || start.life.aborted) return;
    if (outcome.kind === 'failed') this.#failed(unit, outcome.error);
    else if (outcome.kind === 'merged') unit.host.merged(unit, outcome.into);
    else if (outcome.kind === 'complete') return this.#run(unit, start);
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
      if (isOpen && !start.life.aborted) unit.host.crash(unit, outcome.error);
    });
  }

  #end(unit: Unit, start: UnitStart): void {
    if (unit.start === start) unit.start = undefined;
    start.finish();
    this.#drain();
  }

  #lookAtDependents(unit: Unit): void {
    for (const dependent of unit.dependents) if (this.#waiting.has(dependent)) this.#looks.add(dependent);
  }

  #forget(unit: Unit): void {
    this.#waiting.get(unit)?.cancel?.();
    this.#waiting.delete(unit);
  }

  #settle(): void {
    if (this.#settled.length === 0 || this.#isBusy) return;
    const settled = this.#settled;
    this.#settled = [];
    for (const resolve of settled) resolve();
  }
}
