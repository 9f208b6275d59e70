import { run, type Steps, settled } from '../coroutine.ts';
import { Deadline } from '../deadline.ts';
import type { StepName } from '../events.ts';
import { disposalOf, HookContext } from './context.ts';
import { type Deferred, deferred } from './deferred.ts';
import { holderOf, markDisposed } from './instance.ts';
import type { Life, LifeEnded, LifeTask } from './life.ts';
import type { State } from './state.ts';
import { type Actor, HookTimeoutError, perform } from './step.ts';
import type { StopUnderWay, Unit } from './unit.ts';

/** What becomes of a unit once it is down. */
export type StopGoal = 'stopped' | 'restarting';

/**
 * One unit on its way down. It never gives up: every step is called, whatever the ones before it did. At the deadline the
 * step in hand is left behind and named, and the remaining ones are called but not awaited.
 */
export class UnitStop implements StopUnderWay, Actor {
  readonly unit: Unit;
  readonly beganAt: number;
  readonly errors: Error[] = [];
  readonly #ended: LifeEnded;
  readonly #goal: StopGoal;
  /** What the budget leaves it; its own `stopTimeout` may be shorter, and `extend` cannot pass it. */
  #latest: number;
  #deadline: Deadline | undefined;
  #late = false;
  #isDown = false;
  #finished: Deferred<void> | undefined;

  /** Begins at once; where nothing is to be awaited the unit is down when this returns. */
  constructor(unit: Unit, latest: number, ended: LifeEnded, goal: StopGoal, cause: number | undefined) {
    this.unit = unit;
    this.beganAt = unit.host.clock.now();
    this.#latest = latest;
    this.#ended = ended;
    this.#goal = goal;
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
    if (life === undefined || !this.#hasSteps(life)) this.#end(life);
    else void run(this.#run(life));
  }

  #hasSteps(life: Life): boolean {
    const { spec } = this.unit;
    const hooks = spec !== undefined && life.begun && (spec.hooks.has('onStop') || spec.hooks.has('onShutdown'));
    return hooks || life.tasks.size > 0 || life.hasDisposers || this.#disposal() !== undefined;
  }

  *#run(life: Life): Steps<void> {
    const hooks = this.unit.spec?.hooks;
    if (life.complete && hooks?.has('onStop')) yield* this.#hook('onStop', life);
    for (const task of life.tasks) yield* this.#task(task);
    if (life.hasDisposers) yield* this.#undo(life);
    const dispose = this.#disposal();
    if (dispose !== undefined) {
      this.unit.disposed = true;
      markDisposed(this.unit.instance);
      yield* this.#step('dispose', dispose);
    }
    if (life.begun && hooks?.has('onShutdown')) yield* this.#hook('onShutdown', life);
    if (life.hasDisposers) yield* this.#undo(life);
    this.#end(life);
  }

  /** The last one first; those that came up meanwhile included. */
  *#undo(life: Life): Steps<void> {
    for (let next = life.takeDisposer(); next !== undefined; next = life.takeDisposer()) {
      yield* this.#step('disposer', next.dispose);
    }
  }

  #end(life: Life | undefined): void {
    const { unit } = this;
    if (life !== undefined) life.over = true;
    unit.life = undefined;
    unit.start = undefined;
    unit.stop = undefined;
    this.#deadline?.close();
    const since = unit.host.clock.now();
    const crash = unit.state.at === 'stopping' ? unit.state.crash : undefined;
    const down: State =
      this.#goal === 'restarting'
        ? { at: 'restarting', since }
        : crash !== undefined
          ? { at: 'crashed', since, error: crash }
          : { at: 'stopped', since };
    this.#isDown = true;
    unit.move(down);
    this.#finished?.resolve();
  }

  *#hook(name: 'onStop' | 'onShutdown', life: Life): Steps<void> {
    const instance = this.unit.instance as Partial<Record<string, (context: HookContext) => unknown>>;
    const context = new HookContext(this, life, this.#ended);
    yield* this.#step(name, () => instance[name]?.(context));
  }

  *#step(name: StepName, call: () => unknown): Steps<void> {
    const work = perform(this, name, call);
    if (this.#late && work instanceof Promise) return;
    const outcome = work instanceof Promise ? yield* settled(work) : work;
    if (outcome.kind === 'done') return;
    this.errors.push(outcome.error);
    this.#late ||= outcome.kind === 'abandoned';
  }

  *#task(task: LifeTask): Steps<void> {
    if (this.#late || (yield* settled(task.finishedBy(this.deadline)))) return;
    this.#late = true;
    const message = `task ${task.name} had not ended when the time of its service's stop was up; let it end when its signal aborts`;
    this.errors.push(
      new HookTimeoutError('LIFECYCLE_HOOK_TIMEOUT', message, { service: this.unit.label, task: task.name }),
    );
  }

  /** The container built it, it can be disposed of, and it has no stop hook that would do so. */
  #disposal(): (() => unknown) | undefined {
    const { unit } = this;
    if (!unit.built || unit.disposed || unit.spec?.hooks.has('onStop') || this.#goal === 'restarting') return undefined;
    return holderOf(unit.instance) === unit ? disposalOf(unit.instance) : undefined;
  }

  /** What it depends on cannot stop before it. */
  awaitedBy(): readonly string[] {
    return [...this.unit.dependencies].filter((dependency) => dependency.up).map((dependency) => dependency.label);
  }
}
