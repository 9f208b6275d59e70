import { LifecycleError } from '../../errors.ts';
import { GraphError } from '../../graph/graph-error.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import type { Ref } from '../../refs.ts';
import type { TaskHandle } from '../../tasks/handle.ts';
import { InjectedFault } from './fault.ts';
import type { Judge } from './judge.ts';
import type { ActionName, Step } from './scenario.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** How it is done. */
export interface OutsideOptions {
  readonly only: readonly Ref[] | undefined;
  /** Of a stop, in milliseconds. */
  readonly budget: number | undefined;
}

/** What need not work any more once a service was left behind in the middle of something. */
const UNSOUND: ReadonlySet<ActionName> = new Set(['start', 'restart', 'crash']);

/** Whoever does something to the application: starts it, stops it, has it crash. */
export class Outside {
  readonly #lifecycle: Lifecycle;
  readonly #world: SimulatedWorld;
  readonly #judge: Judge;
  readonly #options: OutsideOptions;
  /** Calls that have not settled. */
  readonly #calls = new Set<string>();
  /** What is no violation and ends it all: a fault of the graph, an option that makes no sense. */
  fatal: { readonly error: unknown } | undefined;

  constructor(lifecycle: Lifecycle, world: SimulatedWorld, judge: Judge, options: OutsideOptions) {
    this.#lifecycle = lifecycle;
    this.#world = world;
    this.#judge = judge;
    this.#options = options;
  }

  /** The calls that have not settled, by what was done. */
  get pending(): ReadonlySet<string> {
    return this.#calls;
  }

  /** Takes a step; a wait is its caller's to see to. @returns false where there is nothing that it could be about */
  take({ name, action, choice }: Step): boolean {
    if (this.#judge.isBroken && UNSOUND.has(action)) return false;
    switch (action) {
      case 'start':
        this.#start(name);
        return true;
      case 'stop':
        this.stop(name);
        return true;
      case 'wait':
        this.#world.trace.note(`${name}: wait`);
        return true;
      case 'restart':
      case 'crash':
        return this.#toService(name, action, oneOf(this.#services, choice));
      case 'trigger':
      case 'pause':
      case 'resume':
        return this.#toTask(name, action, oneOf(this.#tasks, choice));
    }
  }

  stop(name: string): void {
    const lifecycle = this.#lifecycle;
    const { manual } = this.#world;
    const { budget } = this.#options;
    const began = manual.now();
    const isUp = ['running', 'starting'].includes(lifecycle.state);
    const work = (): Promise<unknown> => lifecycle.stopAll(budget === undefined ? {} : { timeout: budget });
    this.#call(`${name}: stop`, work, () => {
      const took = manual.now() - began;
      if (!isUp || lifecycle.state !== 'stopped' || took <= (budget ?? lifecycle.stopTimeout)) return;
      this.#judge.break('budget', undefined, `the stop took ${took} ms`);
    });
  }

  #start(name: string): void {
    const { only } = this.#options;
    this.#call(`${name}: start`, () => this.#lifecycle.startAll(only === undefined ? {} : { only }));
  }

  get #services(): Unit[] {
    return [...this.#lifecycle.runningGraph.units].filter(
      ({ spec, state }) => spec !== undefined && state.at === 'running',
    );
  }

  get #tasks(): TaskHandle[] {
    return [...this.#lifecycle.tasks].filter(({ kind, state }) => kind !== 'spawned' && state !== 'idle');
  }

  #toService(name: string, action: 'restart' | 'crash', unit: Unit | undefined): boolean {
    if (unit === undefined) return false;
    const { label } = unit;
    if (action === 'restart') {
      this.#call(`${name}: restart ${label}`, () => this.#lifecycle.restart(label));
      return true;
    }
    this.#world.isProvoked = true;
    this.#world.trace.note(`${name}: ${label} crashes`);
    unit.crash(new InjectedFault(`${label} crashed (injected)`));
    return true;
  }

  #toTask(name: string, action: 'trigger' | 'pause' | 'resume', task: TaskHandle | undefined): boolean {
    if (task === undefined) return false;
    this.#world.trace.note(`${name}: ${action} ${task.name}`);
    if (action === 'trigger') task.trigger().catch(() => {});
    else task[action]();
    // What a background task throws when it is paused may look like a failure.
    this.#world.isProvoked ||= action === 'pause' && task.kind === 'background';
    return true;
  }

  #call(name: string, work: () => Promise<unknown>, settled: () => void = () => {}): void {
    this.#world.trace.note(name);
    this.#calls.add(name);
    const done = (): void => {
      this.#calls.delete(name);
      this.#world.trace.note(`${name} has settled`);
      settled();
    };
    work().then(done, (error: unknown) => {
      done();
      if (isOfTheGraph(error)) this.fatal ??= { error };
    });
  }
}

/** @param choice from 0 up to 1 */
function oneOf<T>(all: readonly T[], choice: number): T | undefined {
  return all[Math.floor(choice * all.length)];
}

/** It is no question of the seed: nothing can be simulated. */
function isOfTheGraph(error: unknown): boolean {
  if (!(error instanceof LifecycleError)) return true;
  return error instanceof GraphError || ['LIFECYCLE_INVALID_OPTION', 'LIFECYCLE_UNKNOWN_REF'].includes(error.code);
}
