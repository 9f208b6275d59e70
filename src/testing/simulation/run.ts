import { LifecycleError, messageOf } from '../../errors.ts';
import type { LifecycleEvent } from '../../events.ts';
import { GraphError } from '../../graph/graph-error.ts';
import { letGo } from '../../lifecycle/instance.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import type { Logger } from '../../log.ts';
import type { Ref } from '../../refs.ts';
import { takeOver } from '../ambient.ts';
import { labelOf, unitOf, type Work } from '../at-work.ts';
import { quiescence } from '../manual-clock.ts';
import { watchRejections } from '../rejections.ts';
import { Subscriptions, watchSubscriptions } from '../subscriptions.ts';
import { InjectedFault } from './fault.ts';
import { GraphOrder } from './graph-order.ts';
import { leftAlive } from './rest.ts';
import type { ActionName, Step } from './scenario.ts';
import { BRING_DOWN, type SimulatedWorld } from './simulated-world.ts';
import type { InvariantName, Violation } from './verdict.ts';

/** What is simulated. */
export interface RunSubject {
  readonly lifecycle: Lifecycle;
  /** Called when all that was asked for runs, and when all is down; what it throws is a violation. */
  readonly check: ((events: readonly LifecycleEvent[]) => unknown) | undefined;
}

/** How it is simulated. */
export interface RunPlan {
  readonly steps: readonly Step[];
  readonly omit: ReadonlySet<string>;
  readonly only: readonly Ref[] | undefined;
  /** Of a stop, in milliseconds. */
  readonly budget: number | undefined;
  /** `setTimeout` and its like are the world's. */
  readonly ambient: boolean;
  /** What was waited for in real time and in vain; kept over the seeds. */
  readonly inVain: Set<string>;
}

/** A call of the application that has not settled. */
interface Call {
  readonly name: string;
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

/** One application under one seed: does to it what the scenario says, has it go on, and sees whether all holds that must. */
export class SimulatedRun {
  readonly #world: SimulatedWorld;
  readonly #subject: RunSubject;
  readonly #plan: RunPlan;
  readonly #order: GraphOrder;
  readonly #subscriptions = new Subscriptions((entry) => unitOf(entry)?.life);
  readonly #events: LifecycleEvent[] = [];
  readonly #calls = new Set<Call>();
  #next = 0;
  /** Turns until the next step, where it does not wait for the ones before. */
  #countdown = 0;
  /** Time passes until then, on the clock's `now()`. */
  #until: number | undefined;
  #wakes = 0;
  #lives = 0;
  /** Turns since it was last at rest. */
  #turns = 0;
  /** A service was left behind in the middle of something, or will not be told of its first start again: it need not work any more. */
  #isBroken = false;
  /** What it has may be left over. */
  #isLitter = false;
  #hasNews = false;
  #hasLingered = false;
  #isEnding = false;
  /** So many timers may still fire when all is down for good. */
  #afterlife = MAX_WAKES;
  /** What is no violation and ends it all: a fault of the graph, an option that makes no sense. */
  #fatal: { readonly error: unknown } | undefined;

  constructor(world: SimulatedWorld, subject: RunSubject, plan: RunPlan) {
    this.#world = world;
    this.#subject = subject;
    this.#plan = plan;
    this.#order = new GraphOrder(subject.lifecycle);
  }

  get lives(): number {
    return this.#lives;
  }

  /** To the end of the scenario, or until something is broken. */
  async run(): Promise<void> {
    const { lifecycle } = this.#subject;
    const { time, random, door } = this.#world;
    lifecycle.surround({ clock: time, random, door });
    const undo = [
      lifecycle.loggers.use(SILENT, 'debug'),
      lifecycle.on((event) => this.#heard(event)),
      watchRejections(lifecycle, (reason, entry) => {
        const by = entry === undefined ? '' : ` in ${labelOf(entry)}`;
        const detail = `a promise made${by} rejected, and nobody handled it: ${messageOf(reason)}`;
        this.#break('handled', entry?.unit.label, detail, reason);
      }),
      watchSubscriptions(lifecycle, this.#subscriptions),
      ...(this.#plan.ambient ? [takeOver(lifecycle, { time, random })] : []),
    ];
    try {
      await this.#drive();
    } finally {
      for (const each of undo) each();
      // A constant may be bound again, in the container of the next seed.
      for (const unit of lifecycle.units) letGo(unit);
    }
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }

  async #drive(): Promise<void> {
    this.#arm();
    for (;;) {
      await quiescence();
      if (this.#isOver) return;
      if (++this.#turns > MAX_TURNS) this.#break('settles', undefined, `it was not at rest after ${MAX_TURNS} turns`);
      else if (this.#countdown > 0 && --this.#countdown === 0) this.#act();
      else if (this.#world.gates.waiting > 0) this.#world.gates.open();
      else if (!this.#isSettled) await this.#passTime();
      else if (this.#hasNews) await this.#look();
      else if (!this.#act() && !this.#outlive()) return;
    }
  }

  get #isOver(): boolean {
    return this.#world.violation !== undefined || this.#fatal !== undefined;
  }

  /** Takes the next step that can be taken; after the last one the application is brought down. @returns false when all is done */
  #act(): boolean {
    const { steps, omit } = this.#plan;
    for (;;) {
      const step = steps[this.#next++];
      if (step === undefined) break;
      const isDone = !omit.has(step.name) && this.#take(step);
      this.#arm();
      if (isDone) return true;
      if (this.#countdown > 0) return true;
    }
    if (this.#isEnding) return false;
    this.#isEnding = true;
    this.#stop('the last stop');
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

  #take({ name, action, choice, ms }: Step): boolean {
    if (this.#isBroken && UNSOUND.has(action)) return false;
    const { lifecycle } = this.#subject;
    const running = [...lifecycle.units].filter(({ spec, state }) => spec !== undefined && state.at === 'running');
    const service = running[Math.floor(choice * running.length)];
    const tasks = [...lifecycle.tasks].filter(({ kind, state }) => kind !== 'spawned' && state !== 'idle');
    const task = tasks[Math.floor(choice * tasks.length)];
    switch (action) {
      case 'start':
        this.#start(name);
        return true;
      case 'stop':
        this.#stop(name);
        return true;
      case 'wait':
        this.#world.trace.note(`${name}: wait`);
        this.#wait(ms);
        return true;
      case 'restart':
        if (service === undefined) return false;
        this.#call(`${name}: restart ${service.label}`, () => lifecycle.restart(service.label));
        return true;
      case 'crash':
        if (service === undefined) return false;
        this.#crash(name, service);
        return true;
      case 'trigger':
        if (task === undefined) return false;
        this.#world.trace.note(`${name}: trigger ${task.name}`);
        task.trigger().catch(() => {});
        return true;
      case 'pause':
      case 'resume':
        if (task === undefined) return false;
        this.#world.trace.note(`${name}: ${action} ${task.name}`);
        // What a background task throws when it is paused may look like a failure.
        this.#world.isProvoked ||= task.kind === 'background';
        task[action]();
        return true;
    }
  }

  #wait(ms: number): void {
    this.#until = this.#world.manual.now() + ms;
    this.#wakes = MAX_WAKES;
  }

  #start(name: string): void {
    const { only } = this.#plan;
    this.#call(`${name}: start`, () => this.#subject.lifecycle.startAll(only === undefined ? {} : { only }));
  }

  #stop(name: string): void {
    const { lifecycle } = this.#subject;
    const { budget } = this.#plan;
    const { manual } = this.#world;
    const began = manual.now();
    const isUp = ['running', 'starting'].includes(lifecycle.state);
    const options = budget === undefined ? {} : { timeout: budget };
    this.#call(
      `${name}: stop`,
      () => lifecycle.stopAll(options),
      () => {
        const took = manual.now() - began;
        if (!isUp || lifecycle.state !== 'stopped' || took <= (budget ?? lifecycle.stopTimeout)) return;
        this.#break('budget', undefined, `the stop took ${took} ms`);
      },
    );
  }

  #crash(name: string, unit: Unit): void {
    this.#world.isProvoked = true;
    this.#world.trace.note(`${name}: ${unit.label} crashes`);
    unit.crash(new InjectedFault(`${unit.label} crashed (injected)`));
  }

  #call(name: string, work: () => Promise<unknown>, settled: () => void = () => {}): void {
    this.#world.trace.note(name);
    this.#hasNews = true;
    const call = { name };
    this.#calls.add(call);
    const done = (): void => {
      this.#calls.delete(call);
      this.#world.trace.note(`${name} has settled`);
      settled();
    };
    work().then(done, (error: unknown) => {
      done();
      if (isOfTheGraph(error)) this.#fatal ??= { error };
    });
  }

  #heard(event: LifecycleEvent): void {
    const { trace, atWork } = this.#world;
    this.#events.push(event);
    this.#hasNews = true;
    trace.heard(event);
    atWork.changed();
    this.#world.break(this.#order.heard(event));
    this.#judge(event);
    if (event.kind !== 'app:starting') return;
    this.#lives++;
    // A crash that nobody waits for would be told as a rejection that nobody handled.
    this.#subject.lifecycle.done.catch(() => {});
  }

  /** What fails with nothing done to it fails by itself. */
  #judge(event: LifecycleEvent): void {
    const isInnocent = this.#world.isProvoked;
    switch (event.kind) {
      case 'listener:failed':
        this.#break('handled', undefined, `a listener of lifecycle events threw: ${event.error.message}`, event.error);
        return;
      case 'step:abandoned':
        this.#leftBehind(event.service, `${event.service}.${event.step}`, event.error, isInnocent);
        return;
      case 'task:abandoned':
        this.#leftBehind(event.service, `${event.service}.${event.task}`, event.error, isInnocent);
        return;
      case 'service:crashed':
        if (event.from !== 'stopping') this.#failed(event.service, event.error, isInnocent);
        return;
      case 'task:failed':
        if (this.#unit(event.service)?.life?.aborted === false) this.#failed(event.service, event.error, isInnocent);
        return;
      case 'step:failed':
        this.#isBroken ||= event.step === 'onFirstStart';
        if (this.#unit(event.service)?.state.at === 'stopping') this.#failed(event.service, event.error, isInnocent);
        return;
      default:
    }
  }

  #failed(service: string, error: Error | undefined, isInnocent: boolean): void {
    if (isInnocent) return;
    const detail = `${service} failed, with no fault injected: ${error?.message}`;
    this.#break('healthy', service, detail, error);
  }

  #leftBehind(service: string, label: string, error: Error | undefined, isInnocent: boolean): void {
    this.#isBroken = true;
    for (const work of this.#world.atWork.all) {
      if (work.label !== label) continue;
      work.isLeftBehind = true;
      this.#isLitter ||= mayLitter(work);
    }
    if (isInnocent) return;
    const detail = `${error?.message}, with no fault injected: it hangs, ignores its signal, or does real I/O, which is to be overridden`;
    this.#break('ends', service, detail, error);
  }

  #unit(label: string): Unit | undefined {
    for (const unit of this.#subject.lifecycle.units) if (unit.label === label) return unit;
    return undefined;
  }

  /** Nothing is on its way up or down, and nobody waits. */
  get #isSettled(): boolean {
    if (this.#calls.size > 0 || this.#until !== undefined) return false;
    const { lifecycle } = this.#subject;
    if (lifecycle.state === 'starting' || lifecycle.state === 'stopping') return false;
    for (const { state, up } of lifecycle.units) {
      const isOnItsWay = state.at === 'starting' || state.at === 'stopping' || state.at === 'restarting';
      if (isOnItsWay || (state.at === 'crashed' && up)) return false;
    }
    return true;
  }

  /** All is as it was asked for. */
  async #look(): Promise<void> {
    const { lifecycle, check } = this.#subject;
    if (this.#isBroken && !this.#hasLingered && lifecycle.state !== 'running') {
      // What comes after a hook that was left behind is called and not awaited: it gets the time to end.
      this.#hasLingered = true;
      this.#wait(LINGER);
      return;
    }
    this.#hasNews = false;
    this.#turns = 0;
    this.#world.break(this.#order.settled());
    if (lifecycle.state !== 'running' || this.#isEnding) this.#rest();
    if (this.#isOver || check === undefined || this.#isLitter) return;
    try {
      await check(this.#events);
    } catch (thrown) {
      this.#break('own', undefined, messageOf(thrown), thrown);
    }
  }

  #rest(): void {
    for (const { label, up, state } of this.#subject.lifecycle.units) {
      if (up) this.#break('once', label, `${label} is still ${state.at} after the stop`);
    }
    this.#world.break(this.#world.hooks.down());
    if (!this.#isLitter) this.#world.break(leftAlive(this.#world, this.#subscriptions));
    this.#world.isProvoked = false;
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
    } else if (!(await atWork.changesWithin(REAL_PATIENCE))) {
      const names = [...this.#calls].map(({ name }) => name).join(', ');
      this.#break('settles', undefined, `never settled, and nothing is left to wait for: ${names}`);
    }
  }

  /** @returns whether something has changed */
  async #waitForRealIo(): Promise<boolean> {
    const { atWork, time, ioUnderWay, isProvoked: isInnocent } = this.#world;
    const isAlone = time.timers.size === 0 && ioUnderWay.length === 0;
    const keyOf = (label: string): string => `${label} ${isInnocent} ${isAlone}`;
    const stuck = atWork.stuck.filter(({ label }) => !this.#plan.inVain.has(keyOf(label)));
    const [first] = stuck;
    if (first === undefined) return false;
    if (await atWork.changesWithin(isAlone ? REAL_PATIENCE : SHORT_PATIENCE)) return true;
    for (const { label } of stuck) this.#plan.inVain.add(keyOf(label));
    if (!isAlone || isInnocent) return false;
    const { label, entry } = first;
    const detail = `real I/O in ${label}: override it. It is pending after ${REAL_PATIENCE / 1_000} s of real time with nothing on the clock to wait for (or it waits for what never comes)`;
    this.#break('io', entry.unit.label, detail);
    return true;
  }

  #break(invariant: InvariantName, service: string | undefined, detail: string, cause?: unknown): void {
    const violation: Violation = { invariant, service, detail, ...(cause === undefined ? {} : { cause }) };
    this.#world.break(violation);
  }
}

/** Left behind like this, it may leave something: it is in the middle, or it has brought up what nobody brings down. */
function mayLitter({ at, entry: { step } }: Work): boolean {
  return at === 'inside' || (at === 'after' && step !== 'task' && !BRING_DOWN.has(step));
}

/** What need not work any more once a service was left behind in the middle of something. */
const UNSOUND: ReadonlySet<ActionName> = new Set(['start', 'restart', 'crash']);

/** It is no question of the seed: nothing can be simulated. */
function isOfTheGraph(error: unknown): boolean {
  if (!(error instanceof LifecycleError)) return true;
  return error instanceof GraphError || ['LIFECYCLE_INVALID_OPTION', 'LIFECYCLE_UNKNOWN_REF'].includes(error.code);
}
