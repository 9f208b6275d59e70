import { messageOf } from '../../errors.ts';
import type { LifecycleEvent } from '../../events/lifecycle-event.ts';
import { letGo } from '../../lifecycle/instance.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import type { Logger } from '../../log.ts';
import { takeOver } from '../ambient.ts';
import { quiescence } from '../manual-clock.ts';
import { watchRejections } from '../rejections.ts';
import { watchSubscriptions } from '../subscriptions.ts';
import { Judge } from './judge.ts';
import { Outside, type OutsideOptions } from './outside.ts';
import type { Step } from './scenario.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** What is simulated. */
export interface RunSubject {
  readonly lifecycle: Lifecycle;
  /** Called when all that was asked for runs, and when all is down; what it throws is a violation. */
  readonly check: ((events: readonly LifecycleEvent[]) => unknown) | undefined;
}

/** How it is simulated. */
export interface RunPlan extends OutsideOptions {
  readonly steps: readonly Step[];
  readonly omit: ReadonlySet<string>;
  /** `setTimeout` and its like are the world's. */
  readonly ambient: boolean;
  /** What was waited for in real time and in vain; kept over the seeds. */
  readonly inVain: Set<string>;
}

/** So many turns of whatever goes on, and something goes round in circles. */
const MAX_TURNS = 200_000;

/** So many timers fire in one wait. */
const MAX_WAKES = 40;

/** For how long what was called and is not awaited may go on after the stop, in milliseconds of the world. */
const LINGER = 60_000;

/** For how long a hook that waits for nothing the world knows of is waited for, in real milliseconds. */
const REAL_PATIENCE = 1_000;

/** The same where it may wait for others. */
const SHORT_PATIENCE = 250;

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };

/** One application under one seed: has the scenario done to it, has it go on turn by turn, and has it looked at when it rests. */
export class SimulatedRun {
  readonly #world: SimulatedWorld;
  readonly #subject: RunSubject;
  readonly #plan: RunPlan;
  readonly #judge: Judge;
  readonly #outside: Outside;
  readonly #events: LifecycleEvent[] = [];
  #next = 0;
  /** Turns until the next step, where it does not wait for the ones before. */
  #countdown = 0;
  /** Time passes until then, on the clock's `now()`. */
  #until: number | undefined;
  #wakes = 0;
  #lives = 0;
  /** Turns since it was last at rest. */
  #turns = 0;
  #hasNews = false;
  /** Nothing is on its way, though not all is at rest: what waits for what is down for good waits on. */
  #isQuiet = false;
  #hasLingered = false;
  #isEnding = false;
  /** So many timers may still fire when all is down for good. */
  #afterlife = MAX_WAKES;

  constructor(world: SimulatedWorld, subject: RunSubject, plan: RunPlan) {
    this.#world = world;
    this.#subject = subject;
    this.#plan = plan;
    this.#judge = new Judge(subject.lifecycle, world);
    this.#outside = new Outside(subject.lifecycle, world, this.#judge, plan);
  }

  /** How often the application was started. */
  get lives(): number {
    return this.#lives;
  }

  /** To the end of the scenario, or until something is broken. @throws what is no question of the seed */
  async run(): Promise<void> {
    const { lifecycle } = this.#subject;
    const { time, random, door } = this.#world;
    lifecycle.surround({ clock: time, random, door });
    const undo = [
      lifecycle.loggers.use(SILENT, 'debug'),
      lifecycle.on((event) => this.#heard(event)),
      watchRejections(lifecycle, (reason, entry) => this.#judge.unhandled(reason, entry)),
      watchSubscriptions(lifecycle, this.#judge.subscriptions),
      ...(this.#plan.ambient ? [takeOver(lifecycle, { time, random })] : []),
    ];
    try {
      await this.#drive();
    } finally {
      for (const each of undo) each();
      // A constant may be bound again, in the container of the next seed.
      for (const unit of lifecycle.runningGraph.units) letGo(unit);
    }
    if (this.#outside.fatal !== undefined) throw this.#outside.fatal.error;
  }

  async #drive(): Promise<void> {
    const { gates } = this.#world;
    this.#arm();
    for (;;) {
      await quiescence();
      if (this.#isOver) return;
      if (++this.#turns > MAX_TURNS) this.#judge.break('settles', undefined, `no rest after ${MAX_TURNS} turns`);
      else if (this.#countdown > 0 && --this.#countdown === 0) this.#act();
      else if (gates.waiting > 0) gates.open();
      else if (!this.#isSettled) await this.#passTime();
      else if (this.#hasNews) await this.#look();
      else if (!this.#act() && !this.#outlive()) return;
    }
  }

  get #isOver(): boolean {
    return this.#world.violation !== undefined || this.#outside.fatal !== undefined;
  }

  /** Takes the next step that can be taken; after the last one the application is brought down. @returns false when all is done */
  #act(): boolean {
    const { steps, omit } = this.#plan;
    for (let step = steps[this.#next++]; step !== undefined; step = steps[this.#next++]) {
      const isTaken = !omit.has(step.name) && this.#outside.take(step);
      if (isTaken && step.action === 'wait') this.#wait(step.ms);
      this.#hasNews ||= isTaken;
      this.#arm();
      if (isTaken || this.#countdown > 0) return true;
    }
    if (this.#isEnding) return false;
    this.#isEnding = true;
    this.#hasNews = true;
    this.#outside.stop('the last stop');
    return true;
  }

  /** All is down for good: has what keeps no process alive, and so may be there, show what it does now. @returns whether there is any */
  #outlive(): boolean {
    return this.#afterlife-- > 0 && this.#world.manual.fireNext();
  }

  /** Gets ready for the next step. */
  #arm(): void {
    const after = this.#plan.steps[this.#next]?.after;
    this.#countdown = typeof after === 'number' ? after + 1 : 0;
  }

  #wait(ms: number): void {
    this.#until = this.#world.manual.now() + ms;
    this.#wakes = MAX_WAKES;
  }

  #heard(event: LifecycleEvent): void {
    const { trace, atWork } = this.#world;
    this.#events.push(event);
    this.#hasNews = true;
    this.#isQuiet = false;
    trace.heard(event);
    atWork.changed();
    this.#judge.heard(event);
    if (event.kind !== 'app:starting') return;
    this.#lives++;
    // A crash that nobody waits for would be told as a rejection that nobody handled.
    this.#subject.lifecycle.done.catch(() => {});
  }

  /** Nothing is on its way up or down, and nobody waits. */
  get #isSettled(): boolean {
    if (this.#outside.pending.size > 0 || this.#until !== undefined) return false;
    const { lifecycle } = this.#subject;
    if (lifecycle.state === 'starting' || lifecycle.state === 'stopping') return false;
    return this.#isQuiet || [...lifecycle.runningGraph.units].every(isAtRest);
  }

  /** All is as it was asked for. */
  async #look(): Promise<void> {
    const { lifecycle, check } = this.#subject;
    const isDown = lifecycle.state !== 'running' || this.#isEnding;
    if (this.#judge.isBroken && !this.#hasLingered && isDown) {
      // What comes after a hook that was left behind is called and not awaited: it gets the time to end.
      this.#hasLingered = true;
      this.#wait(LINGER);
      return;
    }
    this.#hasNews = false;
    this.#turns = 0;
    this.#judge.settled();
    if (isDown) this.#judge.down();
    if (this.#isOver || check === undefined || this.#judge.isLitter) return;
    try {
      await check(this.#events);
    } catch (thrown) {
      this.#judge.break('own', undefined, messageOf(thrown), thrown);
    }
  }

  /** Nothing goes on by itself: what is pending gets a moment of real time, and then the clock goes on to its next timer. */
  async #passTime(): Promise<void> {
    if (await this.#waitForRealIo()) return;
    const { manual, atWork } = this.#world;
    const until = this.#until;
    if (this.#wakes > 0 || until === undefined) {
      this.#wakes--;
      if (manual.fireNext(until)) return;
    }
    if (until !== undefined) {
      manual.block(Math.min(until - manual.now(), manual.untilNext ?? Number.POSITIVE_INFINITY));
      this.#until = undefined;
    } else if (this.#outside.pending.size === 0) {
      this.#isQuiet = true;
    } else if (!(await atWork.changesWithin(REAL_PATIENCE))) {
      const names = [...this.#outside.pending].join(', ');
      this.#judge.break('settles', undefined, `never settled, and nothing is left to wait for: ${names}`);
    }
  }

  /** @returns whether something has changed */
  async #waitForRealIo(): Promise<boolean> {
    const { atWork, time, ioUnderWay, isProvoked } = this.#world;
    const isAlone = time.timers.size === 0 && ioUnderWay.length === 0;
    const keyOf = (label: string): string => `${label} ${isProvoked} ${isAlone}`;
    const stuck = atWork.stuck.filter(({ label }) => !this.#plan.inVain.has(keyOf(label)));
    const [first] = stuck;
    if (first === undefined) return false;
    if (await atWork.changesWithin(isAlone ? REAL_PATIENCE : SHORT_PATIENCE)) return true;
    for (const { label } of stuck) this.#plan.inVain.add(keyOf(label));
    if (!isAlone || isProvoked) return false;
    const { label, entry } = first;
    const detail = `real I/O in ${label}: override it. It is pending after ${REAL_PATIENCE / 1_000} s of real time with nothing on the clock to wait for (or it waits for what never comes)`;
    this.#judge.break('io', entry.unit.label, detail);
    return true;
  }
}

/** Not on its way up or down; what others do without may be tried again for ever. */
function isAtRest({ state, up, spec }: Unit): boolean {
  const { at } = state;
  if (at === 'starting' || at === 'stopping' || (at === 'crashed' && up)) return false;
  return at !== 'restarting' || spec?.optional === true;
}
