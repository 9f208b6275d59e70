import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { StopError } from '../../src/errors.ts';
import { StartError } from '../../src/lifecycle/start-error.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anyHook, endsWithin, faulty, healthy, takes } from '../support/behaviour.ts';
import { expectAllDown, expectWholeLives, faultsOf } from '../support/expectations.ts';
import { type Dag, graphAnd, longestPath, nameOf, without, world } from '../support/random-graph.ts';
import { drain, withTime } from '../support/time.ts';

vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 250 };
const seeds = fc.nat();
const durations = fc.integer({ min: 0, max: 100 });
const anyBehaviours = fc.record({ start: anyHook, started: anyHook, stop: anyHook, shutdown: anyHook });

describe('a start and a stop of a healthy graph', () => {
  it('keep the order at every moment, in every interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphAnd(fc.record({ start: healthy, started: healthy, stop: healthy, shutdown: healthy })),
        seeds,
        async ({ dag, each }, seed) => {
          const clock = new ManualClock();
          const { lifecycle, doubles } = world(dag, clock, each);
          const interleaving = new Interleaving(seed, clock);
          await interleaving.run(lifecycle.startAll());
          expect(doubles.every(({ up }) => up)).toBe(true);
          expect(lifecycle.state).toBe('running');
          await interleaving.run(lifecycle.stopAll());
          expect(faultsOf(doubles)).toEqual([]);
          for (const { lives } of doubles) expect(lives).toEqual([['onStart', 'onStarted', 'onStop', 'onShutdown']]);
          expectAllDown(lifecycle);
          expect(clock.pending).toBe(0);
        },
      ),
      RUNS,
    );
  });

  it('take as long as the longest path, and the report knows what a change would have brought', async () => {
    const cases = graphAnd(durations).chain(({ dag, each }) =>
      fc.record({
        dag: fc.constant(dag),
        each: fc.constant(each),
        node: fc.nat(dag.length - 1),
        duration: durations,
        pick: fc.nat(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ dag, each, node, duration, pick }) => {
        const makespan = async (graph: Dag, times: readonly number[]) => {
          const clock = new ManualClock();
          const { lifecycle } = world(
            graph,
            clock,
            times.map((ms) => ({ start: takes(ms), stop: takes(ms) })),
          );
          const started = await withTime(clock, lifecycle.startAll());
          const stopped = await withTime(clock, lifecycle.stopAll());
          return { started, stopped };
        };
        const { started, stopped } = await makespan(dag, each);
        const longest = longestPath(dag, each);
        expect([started.makespan, stopped.makespan]).toEqual([longest, longest]);
        expect(started.sum).toBe(each.reduce((sum, ms) => sum + ms, 0));
        expect(started.criticalPath.reduce((sum, { took }) => sum + took, 0)).toBe(longest);

        const changed = each.map((ms, index) => (index === node ? duration : ms));
        const rerun = await makespan(dag, changed);
        expect(started.whatIf({ withDuration: [nameOf(node), duration] })).toBe(rerun.started.makespan);
        expect(stopped.whatIf({ withDuration: [nameOf(node), duration] })).toBe(rerun.stopped.makespan);

        const edges = dag.flatMap((needs, from) => needs.map((to) => [from, to] as const));
        const edge = edges[pick % Math.max(1, edges.length)];
        if (edge === undefined) return;
        const [from, to] = edge;
        const cut = await makespan(without(dag, from, to), each);
        expect(started.whatIf({ withoutEdge: [nameOf(from), nameOf(to)] })).toBe(cut.started.makespan);
        expect(stopped.whatIf({ withoutEdge: [nameOf(to), nameOf(from)] })).toBe(cut.stopped.makespan);
      }),
      { numRuns: 150 },
    );
  });

  it('have never more on their way than the limit allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphAnd(healthy),
        fc.integer({ min: 1, max: 3 }),
        seeds,
        async ({ dag, each }, concurrency, seed) => {
          const clock = new ManualClock();
          const { lifecycle, doubles } = world(
            dag,
            clock,
            each.map((start) => ({ start })),
          );
          let most = 0;
          lifecycle.on(({ kind }) => {
            if (kind !== 'service:starting') return;
            most = Math.max(most, lifecycle.services.filter(({ state }) => state === 'starting').length);
          });
          await new Interleaving(seed, clock).run(lifecycle.startAll({ concurrency }));
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(doubles.every(({ up }) => up)).toBe(true);
        },
      ),
      RUNS,
    );
  });
});

describe('a start that fails', () => {
  const failing = graphAnd(anyBehaviours).chain(({ dag, each }) =>
    fc.record({ dag: fc.constant(dag), each: fc.constant(each), culprit: fc.nat(dag.length - 1), fault: faulty }),
  );

  it('leaves nothing running, and each service in the state it belongs in', async () => {
    await fc.assert(
      fc.asyncProperty(failing, seeds, async ({ dag, each, culprit, fault }, seed) => {
        const clock = new ManualClock();
        const behaviours = each.map((one, index) => (index === culprit ? { ...one, start: fault } : one));
        const { lifecycle, doubles } = world(dag, clock, behaviours);
        const start = new Interleaving(seed, clock).run(lifecycle.startAll());
        const error = await start.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) return fc.pre(false); // some faults are only slow
        if (!(error instanceof StartError)) throw error;
        expect(error.code).toBe('LIFECYCLE_START_FAILED');
        expect(lifecycle.get(error.data.service ?? '').state).toBe('crashed');
        for (const name of error.data.rolledBack) expect(lifecycle.get(name).state, name).toBe('stopped');
        for (const name of error.data.neverBegun) expect(lifecycle.get(name).state, name).toBe('idle');
        const named = [error.data.service, ...error.data.rolledBack, ...error.data.neverBegun];
        expect(named.toSorted()).toEqual(doubles.map(({ name }) => name).toSorted());
        expect(error.data.path.at(-1)).toBe(error.data.service);
        expect(faultsOf(doubles)).toEqual([]);
        expectWholeLives(doubles);
        expect(lifecycle.state).toBe('crashed');
        await drain(clock);
        expect(clock.pending).toBe(0);
      }),
      RUNS,
    );
  });

  it('can be repeated once its cause is gone', async () => {
    await fc.assert(
      fc.asyncProperty(failing, seeds, async ({ dag, each, culprit, fault }, seed) => {
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(
          dag,
          clock,
          each.map((one, index) => (index === culprit ? { ...one, start: fault } : one)),
        );
        const interleaving = new Interleaving(seed, clock);
        await interleaving.run(lifecycle.startAll()).catch(() => {});
        for (const double of doubles) double.behaviours = {};
        await interleaving.run(lifecycle.startAll());
        expect(lifecycle.services.map(({ state }) => state)).toEqual(dag.map(() => 'running'));
        await interleaving.run(lifecycle.stopAll());
        expect(faultsOf(doubles)).toEqual([]);
        expectWholeLives(doubles);
      }),
      RUNS,
    );
  });
});

describe('a stop', () => {
  it('is over within its budget, whatever hangs, and what needs no more than the reserve completes', async () => {
    const cases = graphAnd(fc.oneof(healthy, faulty)).chain(({ dag, each }) =>
      fc.record({ dag: fc.constant(dag), each: fc.constant(each), budget: fc.integer({ min: 0, max: 12_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(cases, seeds, async ({ dag, each, budget }, seed) => {
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(
          dag,
          clock,
          each.map((stop) => ({ stop })),
        );
        await withTime(clock, lifecycle.startAll());
        const began = clock.now();
        const outcome = await new Interleaving(seed, clock).run(lifecycle.stopAll({ timeout: budget })).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(clock.now() - began).toBeLessThanOrEqual(budget);
        expectAllDown(lifecycle);
        expect(faultsOf(doubles)).toEqual([]);
        expectWholeLives(doubles);
        const reserve = Math.min(
          1_000,
          budget /
            (2 *
              longestPath(
                dag,
                dag.map(() => 1),
              )),
        );
        for (const [index, behaviour] of each.entries()) {
          if (endsWithin(behaviour, reserve - 1)) expect(doubles[index]?.stopFinished, nameOf(index)).toBe(true);
        }
        const late = doubles.filter(({ stopFinished }) => !stopFinished);
        if (late.length > 0) expect(outcome).toBeInstanceOf(StopError);
        for (const { name } of late) expect(String(outcome)).toContain(`${name}.onStop`);
        await drain(clock);
        expect(clock.pending).toBe(0);
      }),
      RUNS,
    );
  });

  it('may come at any moment of a start', async () => {
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
        const began = clock.now();
        const stop = lifecycle.stopAll({ timeout: '8s' });
        await withTime(clock, Promise.allSettled([start, stop]));
        expect(clock.now() - began).toBeLessThanOrEqual(30_000 + 25_000); // it may meet the undoing of a failed start
        if (lifecycle.state === 'stopped') expect(clock.now() - began).toBeLessThanOrEqual(8_000);
        expectAllDown(lifecycle);
        expect(faultsOf(doubles)).toEqual([]);
        expectWholeLives(doubles);
        await drain(clock);
        expect(clock.pending).toBe(0);
      }),
      RUNS,
    );
  });
});
