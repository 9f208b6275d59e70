import { Deadline } from '../deadline.ts';
import type { StepName } from '../events/service-events.ts';
import { andThen, type Eventual, Later, promiseOf } from '../eventual.ts';
import { START_TIMEOUT } from '../spec.ts';
import type { LifeTask } from '../tasks/owner.ts';
import type { Trace } from '../tracing/trace.ts';
import { HookContext } from './context.ts';
import { type Deferred, deferred } from './deferred.ts';
import { holderOf, markDisposed } from './instance.ts';
import { type Life, LifeEnded } from './life.ts';
import { lastDisposalOf } from './present.ts';
import { type ServiceStopTrace, traceStop } from './service-trace.ts';
import type { State } from './state.ts';
import { type Actor, type Outcome, perform } from './step.ts';
import type { StepInHand, StopUnderWay, Unit } from './unit.ts';

/** What becomes of a unit once it is down. */
export type StopGoal =
  | 'stopped'
  /** It keeps its object, and comes up again. */
  | 'restarting'
  /** It comes up again with another object. */
  | 'rebuilding';

/** The steps of a stop. Disposers may come up to the very end. */
type StopStep = 'runs' | 'children' | 'onStop' | 'work' | 'disposers' | 'dispose' | 'onShutdown';
const STEPS: readonly StopStep[] = [
  'runs',
  'children',
  'onStop',
  'work',
  'disposers',
  'dispose',
  'onShutdown',
  'disposers',
];

export interface UnitStopOptions {
  /** What the budget leaves it, on the clock's `now()`. */
  readonly latest: number;
  readonly ended: LifeEnded;
  readonly goal: StopGoal;
  readonly cause: number | undefined;
  /** By when what lives within it has to be down. Default: like itself. */
  readonly deadlineOf?: (child: Unit) => number;
}

/**
 * One unit on its way down. It never gives up: every step is called, whatever the ones before it did. At the deadline the
 * step in hand is left behind and named, and the remaining ones are called but not awaited.
 */
export class UnitStop implements StopUnderWay, Actor {
  readonly unit: Unit;
  readonly beganAt: number;
  /** When it was down. */
  endedAt: number;
  readonly errors: Error[] = [];
  trace: Trace<ServiceStopTrace> | undefined;
  inHand: StepInHand | undefined;
  readonly #ended: LifeEnded;
  readonly #goal: StopGoal;
  readonly #deadlineOf: ((child: Unit) => number) | undefined;
  /** What the budget leaves it; its own `stopTimeout` may be shorter, and `extend` cannot pass it. */
  #latest: number;
  #deadline: Deadline | undefined;
  #late = false;
  #hasFault = false;
  #isDown = false;
  #finished: Deferred<void> | undefined;

  /** Begins at once; where nothing is to be awaited the unit is down when this returns. */
  constructor(unit: Unit, { latest, ended, goal, cause, deadlineOf }: UnitStopOptions) {
    this.unit = unit;
    this.beganAt = unit.host.clock.now();
    this.endedAt = this.beganAt;
    this.#latest = latest;
    this.#ended = ended;
    this.#goal = goal;
    this.#deadlineOf = deadlineOf;
    unit.stop = this;
    this.#begin(cause);
  }

  /** Fulfils, never rejects, when the unit is down; undefined when it is. A hook or a listener may ask in the middle of it. */
  get finished(): Promise<void> | undefined {
    if (this.#isDown) return undefined;
    this.#finished ??= deferred();
    return this.#finished.promise;
  }

  get deadline(): Deadline {
    if (this.#deadline === undefined) {
      const limit = this.beganAt + (this.unit.spec?.stopTimeout ?? Number.POSITIVE_INFINITY);
      this.#deadline = new Deadline(this.unit.host.clock, Math.min(limit, this.#latest));
    }
    return this.#deadline;
  }

  get latest(): number {
    return this.#latest;
  }

  /** Leaves it less time than it had. */
  shrink(latest: number): void {
    this.#latest = Math.min(this.#latest, latest);
    if (this.#deadline !== undefined && this.#deadline.at > latest) this.#deadline.moveTo(this.#latest);
  }

  #begin(cause: number | undefined): void {
    const { unit } = this;
    const { life } = unit;
    life?.abort(this.#ended);
    const stopping: State = { at: 'stopping', since: this.beganAt, reason: this.#ended.reason };
    unit.move(unit.state.at === 'crashed' ? { ...stopping, crash: unit.state.error } : stopping, cause);
    this.trace = traceStop(unit, this.#ended.reason);
    if (life === undefined || !this.#hasSteps(life)) this.#end(life);
    else void this.#run(life, 0);
    this.trace?.returned();
  }

  #hasSteps(life: Life): boolean {
    const { spec } = this.unit;
    const hooks = spec !== undefined && life.begun && (spec.hooks.has('onStop') || spec.hooks.has('onShutdown'));
    return hooks || this.unit.children.size > 0 || life.busy || life.hasDisposers || this.#disposal() !== undefined;
  }

  /** From this step on; a step that is awaited goes on with the next one when it is over. */
  #run(life: Life, from: number): Eventual<void> {
    for (let index = from; index < STEPS.length; index++) {
      const step = this.#take(STEPS[index] as StopStep, life);
      if (step instanceof Later) return andThen(step, () => this.#run(life, index + 1));
    }
    this.#end(life);
  }

  #take(step: StopStep, life: Life): Eventual<void> {
    const hooks = this.unit.spec?.hooks;
    switch (step) {
      case 'runs':
        return this.#tasks(life, 'before onStop');
      case 'children':
        return this.unit.children.size > 0 ? Later.of(this.#stopChildren()) : undefined;
      case 'onStop':
        return life.complete && hooks?.has('onStop') ? this.#hook('onStop', life) : undefined;
      case 'work':
        return this.#tasks(life, 'after onStop');
      case 'disposers':
        return life.hasDisposers ? Later.of(this.#undo(life)) : undefined;
      case 'dispose':
        return this.#dispose(life);
      case 'onShutdown':
        return life.begun && hooks?.has('onShutdown') ? this.#hook('onShutdown', life) : undefined;
    }
  }

  /** Waits for the tasks whose turn it is, all at once, and names each that is not done by the deadline. */
  #tasks(life: Life, turn: LifeTask['awaited']): Eventual<void> {
    const ends: Eventual<void>[] = [];
    for (const task of life.tasks) {
      if (task.awaited !== turn || !task.busy) continue;
      const isDone = this.#late ? false : task.finishedBy(this.deadline);
      ends.push(andThen(isDone, (done) => (done ? undefined : this.#leave(task))));
    }
    return ends.reduce<Eventual<void>>((all, next) => andThen(all, () => next), undefined);
  }

  async #stopChildren(): Promise<void> {
    const { unit } = this;
    const { children } = unit;
    const deadlineOf = this.#deadlineOf ?? (() => this.#latest);
    for (const error of await unit.host.adoptions.stopChildren(children, this.#ended, deadlineOf)) this.#fault(error);
    this.#late ||= unit.host.clock.now() >= this.deadline.at;
  }

  #leave(task: LifeTask): void {
    this.#late = true;
    this.#fault(task.abandon());
  }

  /** The last one first; those that came up meanwhile included. */
  async #undo(life: Life): Promise<void> {
    const context = new HookContext(this, life, this.#ended);
    for (let next = life.takeDisposer(); next !== undefined; next = life.takeDisposer()) {
      await promiseOf(this.#step('disposer', next.dispose, context));
    }
  }

  #dispose(life: Life): Eventual<void> {
    const dispose = this.#disposal();
    if (dispose === undefined) return;
    this.unit.disposed = true;
    markDisposed(this.unit.instance);
    return this.#step('dispose', dispose, new HookContext(this, life, this.#ended));
  }

  #end(life: Life | undefined): void {
    const { unit } = this;
    if (life !== undefined) life.over = true;
    unit.life = undefined;
    unit.start = undefined;
    unit.stop = undefined;
    this.#deadline?.close();
    const since = unit.host.clock.now();
    this.endedAt = since;
    const crash = unit.state.at === 'stopping' ? unit.state.crash : undefined;
    const down: State =
      this.#goal !== 'stopped'
        ? { at: 'restarting', since }
        : crash !== undefined
          ? { at: 'crashed', since, error: crash }
          : { at: 'stopped', since };
    this.#isDown = true;
    unit.move(down);
    const outcome = this.#hasFault ? 'failed' : 'done';
    this.trace?.over({ outcome, duration: since - this.beganAt });
    this.#finished?.resolve();
  }

  #hook(name: 'onStop' | 'onShutdown', life: Life): Eventual<void> {
    const instance = this.unit.instance as Partial<Record<string, (context: HookContext) => unknown>>;
    const context = new HookContext(this, life, this.#ended);
    return this.#step(name, () => instance[name]?.(context), context);
  }

  /** Late already, it is called and not awaited. */
  #step(name: StepName, call: () => unknown, context: HookContext): Eventual<void> {
    const work = perform(this, name, call, context);
    return this.#late && work instanceof Later ? undefined : andThen(work, (outcome) => this.#collect(outcome));
  }

  #collect(outcome: Outcome): void {
    if (outcome.kind === 'done') return;
    this.#fault(outcome.error);
    this.#late ||= outcome.kind === 'abandoned';
  }

  /** A fault of its own; those of its children are theirs. */
  #fault(error: Error): void {
    this.#hasFault = true;
    this.errors.push(error);
    this.trace?.failed(error);
  }

  /** The container built it, it can be disposed of, and it has no stop hook that would do so. */
  #disposal(): (() => unknown) | undefined {
    const { unit } = this;
    if (!unit.built || unit.disposed || unit.spec?.hooks.has('onStop') || this.#goal === 'restarting') return undefined;
    return holderOf(unit.instance) === unit ? lastDisposalOf(unit.instance) : undefined;
  }

  /** What it depends on cannot stop before it. */
  awaitedBy(): readonly string[] {
    return [...this.unit.dependencies].filter((dependency) => dependency.up).map((dependency) => dependency.label);
  }
}

/**
 * Cleans up after a start that failed by itself, while others go on.
 *
 * @returns a promise only where something is to be awaited; it never rejects
 */
export function takeDown(
  unit: Unit,
  crash: { readonly error: Error; readonly isAbsent?: true },
): Promise<void> | undefined {
  const since = unit.host.clock.now();
  unit.move({ at: 'crashed', since, ...crash });
  const { finished } = new UnitStop(unit, {
    latest: since + (unit.spec?.startTimeout ?? START_TIMEOUT),
    ended: new LifeEnded({ kind: 'start failed', error: crash.error }),
    goal: 'stopped',
    cause: unit.lastEvent,
  });
  return finished;
}
