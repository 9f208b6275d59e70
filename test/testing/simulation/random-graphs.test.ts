import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Hooks } from '../../../src/hooks.ts';
import { type Strategy, supervisedOf } from '../../../src/supervision/policy.ts';
import type { TaskContext } from '../../../src/tasks/task-context.ts';
import type { TaskSpec } from '../../../src/tasks/task-spec.ts';
import { DEFAULT_RATES } from '../../../src/testing/simulation/fault.ts';
import { ACTIONS } from '../../../src/testing/simulation/scenario.ts';
import { Simulator } from '../../../src/testing/simulation/simulation.ts';
import type { TestWorld } from '../../../src/testing/world.ts';
import { type HandMadeNode, handMade, service } from '../../support/hand-made.ts';
import { type Dag, dags, nameOf } from '../../support/random-graph.ts';
import { background, timer } from '../../support/tasks.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What a well-behaved service does. */
const TRAITS = [
  'io',
  'sleeps',
  'defers',
  'spawns',
  'timer',
  'background',
  'inBackground',
  'optional',
  'shuts',
  'alone',
  'temporary',
] as const;
type Trait = (typeof TRAITS)[number];

const STRATEGIES = [undefined, 'restForGraph', 'oneForOne', 'oneForAll', 'giveUp'] as const;

/** An application, drawn at random. */
interface Drawn {
  readonly dag: Dag;
  readonly each: readonly (readonly Trait[])[];
  readonly supervision: Strategy | undefined;
}

function drawn(size: number): fc.Arbitrary<Drawn> {
  return dags(size).chain((dag) =>
    fc.record({
      dag: fc.constant(dag),
      each: fc.array(fc.subarray([...TRAITS]), { minLength: dag.length, maxLength: dag.length }),
      supervision: fc.constantFrom(...STRATEGIES),
    }),
  );
}

function node(needs: readonly string[], has: ReadonlySet<Trait>, world: TestWorld): HandMadeNode {
  const tasks: TaskSpec[] = [];
  const hooks: Hooks & Record<string, unknown> = {
    async onStart({ signal, sleep, defer, spawn }) {
      if (has.has('io')) await world.io('connect', signal);
      if (has.has('sleeps')) await sleep(30);
      if (has.has('defers')) {
        const resource = world.open('a resource');
        defer(() => world.io('close').finally(() => resource.close()));
      }
      if (has.has('spawns')) spawn(async (task) => void (await task.sleep('20s')));
    },
    onStop: () => (has.has('io') ? world.io('disconnect') : undefined),
  };
  if (has.has('shuts')) hooks.onShutdown = () => world.io('last words');
  if (has.has('timer')) {
    tasks.push(timer('5s', {}, 'tick'));
    hooks.tick = ({ signal }: TaskContext) => world.io('tick', signal);
  }
  if (has.has('background')) {
    tasks.push(background({}, 'loop'));
    hooks.loop = async ({ signal, sleep }: TaskContext) => {
      while (!signal.aborted) await sleep('1m');
    };
  }
  const made = service(hooks, { needs, tasks, optional: has.has('optional'), background: has.has('inBackground') });
  const type = has.has('temporary') ? { type: 'temporary' as const } : {};
  const supervised = has.has('alone') ? supervisedOf({ strategy: 'oneForOne', ...type }) : undefined;
  return made.spec === undefined ? made : { ...made, spec: { ...made.spec, supervised } };
}

function simulatorOf({ dag, each, supervision }: Drawn, seeds: readonly number[]): Simulator {
  const make = async (world: TestWorld) => {
    const nodes: Record<string, HandMadeNode> = {};
    for (const [index, needs] of dag.entries()) {
      nodes[nameOf(index)] = node(needs.map(nameOf), new Set(each[index]), world);
    }
    const options = supervision === undefined ? {} : { supervision };
    return { lifecycle: handMade(nodes, options), calls: () => dag.length * 4, check: undefined };
  };
  return new Simulator(make, {
    seeds,
    rates: DEFAULT_RATES,
    actions: ACTIONS,
    only: undefined,
    budget: undefined,
    ambient: true,
    omit: [],
    shrink: true,
  });
}

describe('an application of services that behave, over random graphs and ways to supervise them', () => {
  it('breaks nothing, whatever is done to it', async () => {
    let lives = 0;
    await fc.assert(
      fc.asyncProperty(drawn(7), fc.nat(1_000_000), async (application, first) => {
        const seeds = Array.from({ length: 15 }, (_, index) => first + index);
        lives += (await simulatorOf(application, seeds).run()).lives;
      }),
      { numRuns: 100 },
    );
    expect(lives).toBeGreaterThan(1_500);
  });

  it('is the same under the same seed, faults and all', async () => {
    await fc.assert(
      fc.asyncProperty(drawn(5), fc.nat(1_000_000), async (application, seed) => {
        const alone = await simulatorOf(application, [seed]).run();
        const [again, others] = await Promise.all([
          simulatorOf(application, [seed]).run(),
          simulatorOf(application, [seed + 1, seed]).run(),
        ]);
        expect(alone.trace.length).toBeGreaterThan(3);
        expect(again.trace).toEqual(alone.trace);
        expect(others.trace).toEqual(alone.trace);
      }),
      { numRuns: 60 },
    );
  });
});
