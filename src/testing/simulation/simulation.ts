import type { Ref } from '../../refs.ts';
import { holdAmbience } from '../ambient.ts';
import type { TestWorld } from '../world.ts';
import { type FaultRates, faultText } from './fault.ts';
import { type RunSubject, SimulatedRun } from './run.ts';
import { type ActionName, type Step, scenarioOf } from './scenario.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { type Simulation, type SimulationError, simulationError, type Violation } from './verdict.ts';

/** An application made anew for one seed. */
export interface Subject extends RunSubject {
  /** How many hooks and tasks it has, roughly. */
  readonly calls: () => number;
}

/** What is simulated, and how. */
export interface SimulationSettings {
  readonly seeds: readonly number[];
  readonly rates: Required<FaultRates> | undefined;
  readonly actions: readonly ActionName[];
  readonly only: readonly Ref[] | undefined;
  /** Of a stop, in milliseconds. */
  readonly budget: number | undefined;
  readonly ambient: boolean;
  readonly omit: readonly string[];
  /** Leave out of a failure what it does without. */
  readonly shrink: boolean;
}

/** What came of one seed. */
interface Outcome {
  readonly world: SimulatedWorld;
  readonly steps: readonly Step[];
  readonly lives: number;
}

/** One in so many seeds has no faults, so that what fails there fails by itself. */
const CALM = 3;

/** So many faults of a failing seed, at most, are left out to see whether it does without. */
const MAX_FAULTS = 60;

/** Runs an application under many seeds, and stops at the first in which an invariant is broken. */
export class Simulator {
  readonly #make: (world: TestWorld) => Promise<Subject>;
  readonly #settings: SimulationSettings;
  readonly #inVain = new Set<string>();
  #calls: number | undefined;

  constructor(make: (world: TestWorld) => Promise<Subject>, settings: SimulationSettings) {
    this.#make = make;
    this.#settings = settings;
  }

  /** @throws SimulationError; what is wrong with the graph or the options is thrown as it is */
  async run(): Promise<Simulation> {
    // For all seeds at once: it is not done in no time.
    const giveBack = this.#settings.ambient ? holdAmbience() : () => {};
    try {
      return await this.#all();
    } finally {
      giveBack();
    }
  }

  async #all(): Promise<Simulation> {
    const { seeds, omit } = this.#settings;
    let [lives, faults] = [0, 0];
    let last: SimulatedWorld | undefined;
    for (const [index, seed] of seeds.entries()) {
      const outcome = await this.#one(seed, omit);
      const { violation, injected } = outcome.world;
      if (violation !== undefined) throw await this.#failure(outcome, violation, `${index + 1} of ${seeds.length}`);
      lives += outcome.lives;
      faults += injected.length;
      last = outcome.world;
    }
    return { seeds: seeds.length, lives, faults, seed: last?.seed ?? 0, trace: last?.trace.lines ?? [] };
  }

  async #one(seed: number, omit: readonly string[]): Promise<Outcome> {
    const { rates, actions, only, budget, ambient } = this.#settings;
    const isCalm = seed % CALM === 0;
    const steps = scenarioOf(seed, isCalm ? actions.filter((action) => action !== 'crash') : actions);
    const plan = { seed, rates: isCalm ? undefined : rates, omit: new Set(omit) };
    const world = new SimulatedWorld({ ...plan, calls: () => this.#calls ?? 1 });
    const subject = await this.#make(world);
    // Of the first one only: the same seed has the same faults, whatever was run before it.
    this.#calls ??= Math.max(1, subject.calls());
    const run = new SimulatedRun(world, subject, { ...plan, steps, only, budget, ambient, inVain: this.#inVain });
    await run.run();
    return { world, steps, lives: run.lives };
  }

  /** @param number which of how many seeds it was */
  async #failure(found: Outcome, violation: Violation, number: string): Promise<SimulationError> {
    const { omit, outcome } = await this.#smallest(found, violation);
    const { seed, injected, trace } = outcome.world;
    const broken = outcome.world.violation ?? violation;
    const { invariant, service } = broken;
    const data = { seed, omit, invariant, service, injected: injected.map(faultText), trace: trace.lines };
    return simulationError(broken, data, number);
  }

  /** Leaves out one fault and one step after the other, where the same thing is broken without. */
  async #smallest(found: Outcome, { invariant, service }: Violation): Promise<{ omit: string[]; outcome: Outcome }> {
    let outcome = found;
    let omit = [...this.#settings.omit];
    // What waits for real time would do so in each run.
    if (!this.#settings.shrink || invariant === 'io' || invariant === 'settles') return { omit, outcome };
    const leaveOut = async (candidate: string): Promise<void> => {
      const tried = await this.#one(found.world.seed, [...omit, candidate]);
      const broken = tried.world.violation;
      if (broken?.invariant !== invariant || broken.service !== service) return;
      omit = [...omit, candidate];
      outcome = tried;
    };
    const names = found.steps.map(({ name }) => name).toReversed();
    // One that could not be done without may be, once others are left out.
    for (let left = Number.POSITIVE_INFINITY; names.length - omit.length < left; ) {
      left = names.length - omit.length;
      for (const name of names) if (!omit.includes(name)) await leaveOut(name);
    }
    for (const { at } of outcome.world.injected.slice(0, MAX_FAULTS)) await leaveOut(at);
    return { omit, outcome };
  }
}
