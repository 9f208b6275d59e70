import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { GuardError } from '../../src/lifecycle/guard-error.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anyHook } from '../support/behaviour.ts';
import { faultsOf } from '../support/expectations.ts';
import { type Dag, graphAnd, worldOf } from '../support/random-graph.ts';
import { ServiceDouble } from '../support/service-double.ts';
import { drain, withTime } from '../support/time.ts';

vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 250 };
const anyBehaviours = fc.record({ start: anyHook, started: anyHook, stop: anyHook, shutdown: anyHook });

/** Calls all others at each of its hooks, those that it needs and those that it does not. */
class Caller extends ServiceDouble {
  others: readonly Caller[] = [];
  caught = 0;
  passed = 0;

  ping(): void {}

  override onStart(context: ServiceContext): unknown {
    this.#callAll();
    return super.onStart(context);
  }

  override onStarted(context: ServiceContext): unknown {
    this.#callAll();
    return super.onStarted(context);
  }

  override onStop(context: ServiceContext): unknown {
    this.#callAll();
    return super.onStop(context);
  }

  override onShutdown(context: ServiceContext): unknown {
    this.#callAll();
    return super.onShutdown(context);
  }

  /** Those that it needs, directly or through others. */
  get #closure(): ReadonlySet<ServiceDouble> {
    const closure = new Set(this.needs);
    for (const each of closure) for (const need of each.needs) closure.add(need);
    return closure;
  }

  #callAll(): void {
    const needed = this.#closure;
    for (const other of this.others) {
      if (!Object.hasOwn(other, 'ping')) continue; // not made yet
      const state = this.lifecycle?.get(other.name).state ?? '';
      const isCallback = other.#closure.has(this) && ['starting', 'stopping'].includes(state);
      const isFine = other === this || state === 'running' || needed.has(other) || isCallback;
      this.#call(other, isFine, state);
    }
  }

  #call(other: Caller, isFine: boolean, state: string): void {
    try {
      other.ping();
      this.passed++;
      if (!isFine) this.faults.push(`${this.name} could call ${other.name}, which is ${state}`);
    } catch (error) {
      this.caught++;
      if (!(error instanceof GuardError)) throw error;
      if (isFine) this.faults.push(error.message);
      const ends = `${this.name} (${this.lifecycle?.get(this.name).state}) called ${other.name}.ping while ${other.name} is ${state};`;
      if (!error.message.startsWith(ends)) this.faults.push(`${error.message} (expected ${ends})`);
    }
  }
}

function world(dag: Dag, clock: ManualClock, behaviours: ConstructorParameters<typeof Caller>[3][]) {
  const made = worldOf(
    { Double: Caller, tasks: [] },
    dag,
    clock,
    behaviours.map((each) => each ?? {}),
    { guard: true },
  );
  for (const double of made.doubles) double.others = made.doubles;
  return made;
}

describe('with the guard', () => {
  let caught = 0;
  let passed = 0;

  it('what a service needs can be called in all its hooks, and nothing else that does not run, whatever happens', async () => {
    const cases = graphAnd(anyBehaviours).chain(({ dag, each }) =>
      fc.record({
        dag: fc.constant(dag),
        each: fc.constant(each),
        seed: fc.nat(),
        restarted: fc.nat(dag.length - 1),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ dag, each, seed, restarted }) => {
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(dag, clock, each);
        lifecycle.done.catch(() => {});
        const order = new Interleaving(seed, clock);
        const settle = (work: Promise<unknown>): Promise<unknown> => order.run(work).catch(() => {});
        await settle(lifecycle.startAll());
        if (lifecycle.state === 'running') await settle(lifecycle.restart(doubles[restarted]?.name ?? ''));
        await settle(lifecycle.stopAll({ timeout: '8s' }));
        for (const double of doubles) double.behaviours = {};
        await settle(lifecycle.startAll());
        await settle(lifecycle.stopAll());
        expect(faultsOf(doubles)).toEqual([]);
        for (const double of doubles) {
          caught += double.caught;
          passed += double.passed;
        }
      }),
      RUNS,
    );
    expect(caught).toBeGreaterThan(RUNS.numRuns);
    expect(passed).toBeGreaterThan(RUNS.numRuns);
  });

  it('nor does a stop at any moment of a start change that', async () => {
    const cases = graphAnd(anyBehaviours).chain(({ dag, each }) =>
      fc.record({ dag: fc.constant(dag), each: fc.constant(each), moment: fc.integer({ min: 0, max: 4_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ dag, each, moment }) => {
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(dag, clock, each);
        const start = lifecycle.startAll();
        start.catch(() => {});
        if (moment > 0) await clock.advance(moment);
        await withTime(clock, Promise.allSettled([start, lifecycle.stopAll({ timeout: '8s' })]));
        await drain(clock);
        expect(faultsOf(doubles)).toEqual([]);
      }),
      RUNS,
    );
  });
});
