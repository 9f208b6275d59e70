import { Deadline } from '../deadline.ts';
import { LifecycleError } from '../errors.ts';
import { andThen, type Eventual, Later } from '../eventual.ts';
import { type HookName, START_TIMEOUT } from '../spec.ts';
import type { Trace } from '../tracing/trace.ts';
import { dependsOn } from './closure.ts';
import { disposalOf, HookContext } from './context.ts';
import { type Deferred, deferred } from './deferred.ts';
import { guard } from './guard.ts';
import { disposed, hold, holderOf } from './instance.ts';
import { Life } from './life.ts';
import { enliven } from './present.ts';
import { type ServiceStartTrace, traceStart } from './service-trace.ts';
import { type Actor, errorOf, type Outcome, perform } from './step.ts';
import type { StartUnderWay, StepInHand, Unit } from './unit.ts';

/** How the start of one unit ended. */
export type StartOutcome =
  /** Its start hooks fulfilled, or it has none. */
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly error: Error }
  /** The start was aborted before its hooks were through. */
  | { readonly kind: 'interrupted' }
  /** Its object is held by another unit already; it is part of that one from now on. */
  | { readonly kind: 'merged'; readonly into: Unit };

/** How these are called to those who look on. */
const TRACED: Readonly<Record<StartOutcome['kind'], NonNullable<ServiceStartTrace['outcome']>>> = {
  complete: 'done',
  failed: 'failed',
  interrupted: 'aborted',
  merged: 'merged',
};

const FIRST_START: readonly HookName[] = ['onFirstStart', 'onStart'];
const NEXT_START: readonly HookName[] = ['onStart'];
const RESTART: readonly HookName[] = ['onRestart', 'onStart'];

/** The start that one unit's is part of. */
export interface StartParty {
  /** The end of it, on the clock's `now()`, which no service's deadline passes. */
  readonly latest: number;
  /** Units that wait for this one. */
  waitingFor(unit: Unit): readonly string[];
  /** The object of this one is there, and its hooks are about to run. */
  created(unit: Unit): void;
}

/** One unit on its way from down to running: create, `onFirstStart`, `onStart`; then, after the others may go on, `onStarted`. */
export class UnitStart implements StartUnderWay, Actor {
  readonly unit: Unit;
  readonly life = new Life();
  readonly beganAt: number;
  /** When its object was there. */
  createdAt: number | undefined;
  leftBehind: Error | undefined;
  trace: Trace<ServiceStartTrace> | undefined;
  inHand: StepInHand | undefined;
  readonly #party: StartParty;
  readonly #restarting: boolean;
  #latest: number;
  #deadline: Deadline | undefined;
  #finished: Deferred<void> | undefined;
  #isFinished = false;

  constructor(unit: Unit, party: StartParty) {
    this.unit = unit;
    this.beganAt = unit.host.clock.now();
    this.#party = party;
    this.#latest = party.latest;
    this.#restarting = unit.state.at === 'restarting' && unit.hasRun;
  }

  /** Covers creation and the start hooks together. */
  get deadline(): Deadline {
    if (this.#deadline === undefined) {
      const limit = this.beganAt + (this.unit.spec?.startTimeout ?? START_TIMEOUT);
      this.#deadline = new Deadline(this.unit.host.clock, Math.min(limit, this.#latest));
    }
    return this.#deadline;
  }

  get latest(): number {
    return this.#latest;
  }

  awaitedBy(): readonly string[] {
    return this.#party.waitingFor(this.unit);
  }

  /** Fulfils when nothing of this start is under way any more. */
  get finished(): Promise<void> {
    if (this.#isFinished) return Promise.resolve();
    this.#finished ??= deferred();
    return this.#finished.promise;
  }

  finish(): void {
    this.#isFinished = true;
    this.#deadline?.close();
    this.#finished?.resolve();
  }

  /** It neither throws nor rejects. */
  run(cause: number | undefined): Eventual<StartOutcome> {
    const outcome = attempt(() => this.#run(cause));
    if (this.trace !== undefined) this.#tell(this.trace, outcome);
    return outcome;
  }

  /** For those who look on: it is over, or will be. */
  #tell(trace: Trace<ServiceStartTrace>, outcome: Eventual<StartOutcome>): void {
    andThen(outcome, (came) => {
      if (came.kind === 'failed') trace.failed(came.error);
      trace.over({ outcome: TRACED[came.kind], duration: this.unit.host.clock.now() - this.beganAt });
    });
    trace.returned();
  }

  #run(cause: number | undefined): Eventual<StartOutcome> {
    const { unit, life } = this;
    unit.start = this;
    unit.life = life;
    unit.move({ at: 'starting', since: this.beganAt }, cause);
    this.trace = traceStart(unit);
    if (unit.disposed) return { kind: 'failed', error: disposedError(unit) };
    return unit.created
      ? this.#callHooks()
      : andThen(this.#create(), (ended) => ended ?? attempt(() => this.#callHooks()));
  }

  #callHooks(): Eventual<StartOutcome> {
    const { unit } = this;
    if (unit.spec?.background === true) this.createdAt = unit.host.clock.now();
    this.#party.created(unit);
    if (unit.spec !== undefined) {
      enliven(unit.instance, unit, this.life);
      const names = this.#restarting ? RESTART : unit.firstStarted ? NEXT_START : FIRST_START;
      return this.#hooks(unit.spec.hooks, names, 0);
    }
    this.life.complete = true;
    return COMPLETE;
  }

  /** The service runs: its tasks begin. */
  beginTasks(): void {
    if (!this.life.aborted) for (const task of this.unit.tasks) task.begin();
  }

  /** The hook after the service runs; `undefined` where there is none. */
  started(): Eventual<Outcome> | undefined {
    const { unit } = this;
    if (unit.spec?.hooks.has('onStarted') !== true) return undefined;
    this.deadline.moveTo(Math.min(unit.host.clock.now() + unit.spec.startTimeout, this.#latest));
    return this.#call('onStarted');
  }

  /** A stop waits for this start: it is over by then. */
  shrink(latest: number): void {
    this.#latest = Math.min(this.#latest, latest);
    if (this.#deadline !== undefined && this.#deadline.at > latest) this.#deadline.moveTo(this.#latest);
  }

  /** Calls those of the hooks that are there, from this one on. */
  #hooks(hooks: ReadonlySet<HookName>, names: readonly HookName[], from: number): Eventual<StartOutcome> {
    const { unit, life } = this;
    for (let index = from; index < names.length; index++) {
      const name = names[index] as HookName;
      if (life.aborted) return { kind: 'interrupted' };
      life.begun = true;
      if (name === 'onFirstStart') unit.firstStarted = true;
      if (!hooks.has(name)) continue;
      const call = this.#call(name);
      const next = (outcome: Outcome): Eventual<StartOutcome> =>
        outcome.kind === 'done' ? this.#hooks(hooks, names, index + 1) : this.#failed(outcome);
      if (call instanceof Later) return andThen(call, next);
      if (call.kind !== 'done') return this.#failed(call);
    }
    life.complete = true;
    return unit.tasks.length === 0 ? COMPLETE : attempt(() => this.#prepareTasks());
  }

  /** Asks the instance for what its tasks compute from it. */
  #prepareTasks(): StartOutcome {
    for (const task of this.unit.tasks) task.prepare(this.life);
    return COMPLETE;
  }

  #call(name: HookName): Eventual<Outcome> {
    const context = new HookContext(this, this.life);
    const instance = this.unit.instance as Partial<Record<HookName, (context: HookContext) => unknown>>;
    return perform(this, name, () => instance[name]?.(context), context);
  }

  /** @returns an outcome only where the start ends here */
  #create(): Eventual<StartOutcome | undefined> {
    const { unit } = this;
    return andThen(
      perform(this, 'create', () => unit.host.source.create(unit.key)),
      (outcome) => attempt(() => this.#created(outcome)),
    );
  }

  #created(outcome: Outcome): StartOutcome | undefined {
    const { unit } = this;
    if (outcome.kind !== 'done') return this.#failed(outcome);
    const { value } = outcome;
    const holder = holderOf(value);
    if (holder !== undefined && holder !== unit) {
      const merged = this.#merge(holder, value);
      if (merged !== undefined) return merged;
    }
    if (disposed(value)) return { kind: 'failed', error: disposedError(unit) };
    unit.created = true;
    unit.instance = value;
    hold(value, unit);
    if (unit.spec === undefined && typeof value === 'object' && value !== null) {
      unit.spec = unit.host.source.inspect(value);
      unit.tellTasks();
    }
    if (unit.host.guards) guard(unit);
    return undefined;
  }

  #failed({ kind, error }: Exclude<Outcome, { kind: 'done' }>): StartOutcome {
    if (kind === 'abandoned') this.leftBehind = error;
    return { kind: 'failed', error };
  }

  /** One object has one life: what is a service, or will be disposed of, lives in one unit only. */
  #merge(holder: Unit, instance: unknown): StartOutcome | undefined {
    const { unit } = this;
    const isService = holder.spec !== undefined;
    if (!isService && disposalOf(instance) === undefined) return undefined;
    for (const dependency of unit.dependencies) {
      if (dependency === holder || !dependsOn(dependency, holder)) continue;
      if (!isService) return undefined;
      const message = `${unit.label} and ${holder.label} hold one object, and as one service they would need themselves: ${holder.label} -> ${dependency.label} -> ${holder.label}. Bind ${unit.label} with toService(), or let it not depend on ${dependency.label}.`;
      const data = { services: [unit.label, holder.label] };
      return { kind: 'failed', error: new LifecycleError('LIFECYCLE_MERGE_CYCLE', message, data) };
    }
    return { kind: 'merged', into: holder };
  }
}

const COMPLETE: StartOutcome = { kind: 'complete' };

/** What goes wrong between the hooks fails the start too. */
function attempt<T>(work: () => T): T | StartOutcome {
  try {
    return work();
  } catch (thrown) {
    return { kind: 'failed', error: errorOf(thrown) };
  }
}

function disposedError(unit: Unit): LifecycleError {
  const message = `${unit.label} holds an object that was disposed of when it stopped; a disposed object cannot start again. Give its class onStart and onStop, or bind a new one.`;
  return new LifecycleError('LIFECYCLE_DISPOSED', message, { service: unit.label });
}
