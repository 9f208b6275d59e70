/// <reference lib="esnext.disposable" preserve="true" />

import { currentEntry } from '../current.ts';
import { Deadline } from '../deadline.ts';
import type { Logger } from '../log.ts';
import { TaskRun } from '../tasks/task-run.ts';
import { disposalOf, HookContext, type ServiceContext } from './context.ts';
import type { Life } from './life.ts';
import type { Unit } from './unit.ts';

/**
 * Where an object keeps what it lives in: what its own methods need to know of its life. It is an object's own business
 * whether it has such a place (`Service` does); a property and not a map, so that a proxy that stands in for the object leads
 * there too. The symbol is a global one, for objects whose class is of another copy of the package.
 */
export const STANDING: unique symbol = Symbol.for('inversify-lifecycle.standing');

/** What an object lives in, now or until it ended. */
export interface Standing {
  unit: Unit | undefined;
  life: Life | undefined;
  /** The `Symbol.asyncDispose` that stops it; one that a subclass puts in its place disposes of it. */
  readonly stop: unknown;
}

/** A life begins: an object that wants to know is told. */
export function enliven(instance: unknown, unit: Unit, life: Life): void {
  const standing = standingOf(instance);
  if (standing === undefined) return;
  standing.unit = unit;
  standing.life = life;
}

/** How an object is disposed of when its life has ended; that its disposal would be its stop is none. */
export function lastDisposalOf(instance: unknown): (() => unknown) | undefined {
  const standing = standingOf(instance);
  if (standing === undefined) return disposalOf(instance);
  const { [Symbol.asyncDispose]: asynchronous, [Symbol.dispose]: synchronous } = instance as Partial<
    AsyncDisposable & Disposable
  >;
  if (asynchronous !== standing.stop) return disposalOf(instance);
  return typeof synchronous === 'function' ? () => synchronous.call(instance) : undefined;
}

function standingOf(instance: unknown): Standing | undefined {
  const hasOne = typeof instance === 'object' && instance !== null && STANDING in instance;
  return hasOne ? (instance[STANDING] as Standing) : undefined;
}

/**
 * The context of the code that asks: of the hook that it is in, of the run of a task that it is in, and else of the life as a
 * whole.
 */
export function presentContext(unit: Unit, life: Life): ServiceContext {
  const entry = currentEntry();
  if (entry?.active === true && entry.unit === unit) {
    if (entry.context instanceof HookContext) return entry.context;
    if (entry instanceof TaskRun) return new RunningContext(unit, life, entry);
  }
  return new RunningContext(unit, life);
}

/** The context of a service that runs: nothing limits it. */
class RunningContext extends HookContext {
  readonly #run: TaskRun | undefined;

  /** @param run the run of a task that it is of */
  constructor(unit: Unit, life: Life, run?: TaskRun) {
    const latest = Number.POSITIVE_INFINITY;
    super({ unit, deadline: new Deadline(unit.host.clock, latest), latest }, life);
    this.#run = run;
  }

  override get signal(): AbortSignal {
    return this.#run?.signal ?? super.signal;
  }

  override get log(): Logger {
    return this.#run?.log ?? super.log;
  }
}
