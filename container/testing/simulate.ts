/** The simulation of an application, container and all. */

import type { Container } from 'inversify';
import { type Duration, milliseconds } from '../../src/duration.ts';
import { OptionError, textOf } from '../../src/errors.ts';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { checkNames, checkOption } from '../../src/option-check.ts';
import type { Ref } from '../../src/refs.ts';
import { DEFAULT_RATES, type FaultRates } from '../../src/testing/simulation/fault.ts';
import { ACTIONS, type ActionName } from '../../src/testing/simulation/scenario.ts';
import { type SimulationSettings, Simulator, type Subject } from '../../src/testing/simulation/simulation.ts';
import type { Simulation } from '../../src/testing/simulation/verdict.ts';
import type { TestWorld } from '../../src/testing/world.ts';
import type { Override, Overrides } from './overrides.ts';
import { fresh, type MakeContainer } from './subject.ts';

/** What is done to an application between its start and its stop. */
export type SimulatedAction = Exclude<ActionName, 'start' | 'stop'>;

/** What a simulation can be given. */
export interface SimulateOptions<C extends Container = Container, T extends unknown[] = unknown[]> {
  /** How many seeds, from 1 on; or which. Default 200. */
  readonly seeds?: number | readonly number[];
  /** This one alone, to see a failure again. */
  readonly seed?: number;
  /** Faults and steps of the seed to be left out: what the report of a failure gives. */
  readonly omit?: readonly string[];
  /** How many faults there are in one life of the application, on average; `false` for none. One seed in three has none anyhow. */
  readonly inject?: FaultRates | false;
  /** What is done to the application besides starting and stopping it. Default all. */
  readonly actions?: readonly SimulatedAction[];
  /** Doubles in place of what is bound: `[[Db, FakeDb]]`. */
  readonly overrides?: Overrides<T>;
  /** Start only these and what they need. Default: everything. */
  readonly only?: readonly Ref[];
  /** The budget of each stop. Default: the lifecycle's `stopTimeout`. */
  readonly budget?: Duration;
  /**
   * `setTimeout` and its like, `Date` and `Math.random` are the simulation's for what services call in hooks and tasks. Default
   * true; without, they are the machine's, and not seen.
   */
  readonly ambient?: boolean;
  /**
   * Called when all that was asked for runs, and when all is down (`container.lifecycle.state` tells): what it throws is a
   * failure. It may be asynchronous.
   */
  readonly invariant?: (container: C, events: readonly LifecycleEvent[]) => unknown;
}

const OPTIONS = [
  'seeds',
  'seed',
  'omit',
  'inject',
  'actions',
  'overrides',
  'only',
  'budget',
  'ambient',
  'invariant',
] as const;

const DEFAULT_SEEDS = 200;

/** A step of a scenario, or a fault by the call that it is at. */
const OMITTED = /^step \d+$|#\d+$/;

/**
 * Runs an application, made anew for each seed, through lives that the seed decides: in any order that is possible, with hooks
 * and tasks that are slow, throw or hang, with stops, restarts and crashes at any moment, all of it on a manual clock. It fails
 * with the first seed under which something does not hold: something runs while what it needs does not, a stop takes longer
 * than its budget, something fails by itself or is left alive, a rejection is not handled. The idea is FoundationDB's
 * simulation.
 *
 * @param makeContainer makes a new container each time, and binds what it is given in place of the real world
 * @returns rejects with a SimulationError whose text has the seed that shows the same again
 * @throws OptionError for options that make no sense, for a container that was started, or that came twice
 * @throws GraphError, RefError for what cannot be started at all
 */
export async function simulate<C extends Container, T extends unknown[] = unknown[]>(
  makeContainer: MakeContainer<C>,
  options: SimulateOptions<C, T> = {},
): Promise<Simulation> {
  if (typeof makeContainer !== 'function') {
    throw new OptionError(
      `simulate() expects a function that makes a new container each time, got ${textOf(makeContainer)}; write simulate(() => makeContainer())`,
    );
  }
  const settings = settingsOf(options);
  const made = new WeakSet<object>();
  const make = async (world: TestWorld): Promise<Subject> => {
    const container = await makeContainer(world);
    if (made.has(container)) {
      throw new OptionError(
        'simulate() expects a new container each time, and the function gave the same one again; make it inside the function',
      );
    }
    return subjectOf(container, options, (subject) => made.add(subject));
  };
  return new Simulator(make, settings).run();
}

async function subjectOf<C extends Container>(
  made: C,
  { overrides = [], invariant }: SimulateOptions<C>,
  remember: (container: C) => void,
): Promise<Subject> {
  const { container, lifecycle, source } = await fresh(made, overrides as readonly Override<unknown>[], 'simulate()');
  remember(container);
  if (source.foreignOwners().size > 0) {
    throw new OptionError(
      'simulate() runs one container, and this one needs services of a parent; bind them in one container, or override them',
    );
  }
  const calls = (): number => {
    const specs = source.blueprint().nodes.map(({ spec }) => spec);
    return specs.reduce((sum, spec) => sum + (spec === undefined ? 1 : spec.hooks.size + 1 + 2 * spec.tasks.length), 0);
  };
  return { lifecycle, calls, check: invariant && ((events) => invariant(container, events)) };
}

function settingsOf(options: SimulateOptions<never>): SimulationSettings {
  checkNames(options, OPTIONS, 'simulate()');
  const { omit = [], inject = {}, actions = ACTIONS as readonly SimulatedAction[], budget, ambient = true } = options;
  const areNames = Array.isArray(omit) && omit.every((name) => typeof name === 'string' && OMITTED.test(name));
  checkOption(areNames, 'simulate({ omit })', "a list like ['step 2', 'Db.onStart#1']", omit);
  checkOption(typeof ambient === 'boolean', 'simulate({ ambient })', 'true or false', ambient);
  const areKnown = Array.isArray(actions) && actions.every((action) => ACTIONS.includes(action));
  checkOption(areKnown, 'simulate({ actions })', `a list of ${ACTIONS.join(', ')}`, actions);
  const isInvariant = options.invariant === undefined || typeof options.invariant === 'function';
  checkOption(isInvariant, 'simulate({ invariant })', 'a function', options.invariant);
  return {
    seeds: seedsOf(options),
    rates: inject === false ? undefined : ratesOf(inject),
    actions,
    only: options.only,
    budget: budget === undefined ? undefined : milliseconds(budget, 'simulate({ budget })'),
    ambient,
    omit,
    // A replay is to be what was reported.
    shrink: options.seed === undefined,
  };
}

function seedsOf({ seeds, seed }: SimulateOptions<never>): readonly number[] {
  if (seed !== undefined) {
    checkOption(seeds === undefined, 'simulate({ seed })', 'given without seeds', seeds);
    checkOption(isSeed(seed), 'simulate({ seed })', 'a whole number of 0 or more', seed);
    return [seed];
  }
  const expected = 'a number of 1 or more, or a list of whole numbers';
  if (Array.isArray(seeds)) {
    checkOption(seeds.length > 0 && seeds.every(isSeed), 'simulate({ seeds })', expected, seeds);
    return seeds;
  }
  const count = (seeds as number | undefined) ?? DEFAULT_SEEDS;
  checkOption(Number.isInteger(count) && count > 0, 'simulate({ seeds })', expected, count);
  return Array.from({ length: count }, (_, index) => index + 1);
}

function isSeed(seed: unknown): boolean {
  return Number.isInteger(seed) && (seed as number) >= 0;
}

function ratesOf(rates: FaultRates): Required<FaultRates> {
  checkNames(rates, Object.keys(DEFAULT_RATES), 'simulate({ inject })');
  for (const [name, rate] of Object.entries(rates)) {
    checkOption(
      typeof rate === 'number' && rate >= 0 && Number.isFinite(rate),
      `simulate({ inject: { ${name} } })`,
      'a number of 0 or more',
      rate,
    );
  }
  return { ...DEFAULT_RATES, ...rates };
}
