import { type Steps, settled } from '../coroutine.ts';
import { Deadline } from '../deadline.ts';
import { LifecycleError } from '../errors.ts';
import { type HookName, START_TIMEOUT } from '../spec.ts';
import { disposalOf, HookContext } from './context.ts';
import { disposed, hold, holderOf } from './instance.ts';
import { Latch } from './latch.ts';
import { Life } from './life.ts';
import { type Outcome, perform, type Step } from './step.ts';
import { dependsOn, type StartUnderWay, type Unit } from './unit.ts';

/** How the start of one unit ended. */
export type StartOutcome =
  /** Its start hooks fulfilled, or it has none. */
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly error: Error }
  /** The start was aborted before its hooks were through. */
  | { readonly kind: 'interrupted' }
  /** Its object is held by another unit already; it is part of that one from now on. */
  | { readonly kind: 'merged'; readonly into: Unit };

const FIRST_START: readonly HookName[] = ['onFirstStart', 'onStart'];
const NEXT_START: readonly HookName[] = ['onStart'];
const RESTART: readonly HookName[] = ['onRestart', 'onStart'];

/** One unit on its way from down to running: create, `onFirstStart`, `onStart`; then, after the others may go on, `onStarted`. */
export class UnitStart implements StartUnderWay {
  readonly unit: Unit;
  readonly life = new Life();
  /** Covers creation and the start hooks together. */
  readonly deadline: Deadline;
  readonly beganAt: number;
  /** When its object was there. */
  createdAt: number | undefined;
  readonly #awaitedBy: () => readonly string[];
  #latest: number;
  readonly #restarting: boolean;
  readonly #finished = new Latch();

  /** @param latest the end of the whole start, which no service's deadline passes */
  constructor(unit: Unit, latest: number, awaitedBy: () => readonly string[]) {
    const { clock } = unit.host;
    this.unit = unit;
    this.beganAt = clock.now();
    this.deadline = new Deadline(clock, Math.min(this.beganAt + (unit.spec?.startTimeout ?? START_TIMEOUT), latest));
    this.#latest = latest;
    this.#awaitedBy = awaitedBy;
    this.#restarting = unit.state.at === 'restarting';
  }

  /** Fulfils when nothing of this start is under way any more. */
  get finished(): Promise<void> {
    return this.#finished.opened;
  }

  finish(): void {
    this.#finished.open();
  }

  /** @param created called as soon as the object is there, and before its hooks run */
  *run(cause: number | undefined, created: () => void): Steps<StartOutcome> {
    const { unit, life } = this;
    unit.start = this;
    unit.life = life;
    unit.move({ at: 'starting', since: this.beganAt }, cause);
    if (unit.disposed) return { kind: 'failed', error: disposedError(unit) };
    if (!unit.created) {
      const outcome = yield* this.#create();
      if (outcome !== undefined) return outcome;
    }
    this.createdAt = unit.host.clock.now();
    created();
    return yield* this.#hooks();
  }

  /** The hook after the service runs; `undefined` where there is none. */
  started(): Outcome | Promise<Outcome> | undefined {
    const { unit } = this;
    if (unit.spec?.hooks.has('onStarted') !== true) return undefined;
    this.deadline.moveTo(Math.min(unit.host.clock.now() + unit.spec.startTimeout, this.#latest));
    return this.#call('onStarted');
  }

  /** A stop waits for this start: it is over by then. */
  shrink(latest: number): void {
    this.#latest = Math.min(this.#latest, latest);
    if (this.deadline.at > this.#latest) this.deadline.moveTo(this.#latest);
  }

  *#hooks(): Steps<StartOutcome> {
    const { unit, life } = this;
    const hooks = unit.spec?.hooks;
    if (hooks !== undefined) {
      const names = this.#restarting ? RESTART : unit.firstStarted ? NEXT_START : FIRST_START;
      for (const name of names) {
        if (life.aborted) return { kind: 'interrupted' };
        life.begun = true;
        if (name === 'onFirstStart') unit.firstStarted = true;
        if (!hooks.has(name)) continue;
        const outcome = yield* settled(this.#call(name));
        if (outcome.kind !== 'done') return { kind: 'failed', error: outcome.error };
      }
    }
    life.complete = true;
    return { kind: 'complete' };
  }

  #call(name: HookName): Outcome | Promise<Outcome> {
    const { unit, life, deadline } = this;
    const context = new HookContext(unit, life, deadline, () => this.#latest);
    const instance = unit.instance as Partial<Record<HookName, (context: HookContext) => unknown>>;
    return perform(this.#step(name), () => instance[name]?.(context), deadline);
  }

  /** @returns an outcome only where the start ends here */
  *#create(): Steps<StartOutcome | undefined> {
    const { unit } = this;
    const call = perform(this.#step('create'), () => unit.host.create(unit), this.deadline);
    const outcome = yield* settled(call);
    if (outcome.kind !== 'done') return { kind: 'failed', error: outcome.error };
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
    if (typeof value === 'object' && value !== null) unit.spec ??= unit.host.inspect(value);
    return undefined;
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

  #step(name: Step['name']): Step {
    return { unit: this.unit, name, awaitedBy: this.#awaitedBy };
  }
}

function disposedError(unit: Unit): LifecycleError {
  const message = `${unit.label} holds an object that was disposed of when it stopped; a disposed object cannot start again. Give its class onStart and onStop, or bind a new one.`;
  return new LifecycleError('LIFECYCLE_DISPOSED', message, { service: unit.label });
}
