import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { Strategy, SupervisedOptions } from '../../src/supervision/policy.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anyHook, healthy } from '../support/behaviour.ts';
import { expectAllDown, expectEventsToTell, expectWholeLives, faultsOf } from '../support/expectations.ts';
import { graphAnd, nameOf, type Says, type World, worldOf } from '../support/random-graph.ts';
import { ServiceDouble } from '../support/service-double.ts';
import { drain, withTime } from '../support/time.ts';

vi.setConfig({ testTimeout: 180_000 });

const seeds = fc.nat();
const hooks = (hook: typeof anyHook) => fc.record({ start: hook, started: hook, stop: hook, shutdown: hook });

type Call = { readonly after: number; readonly kind: (typeof KINDS)[number]; readonly node: number };

const KINDS = ['crash', 'crash', 'crash', 'restart', 'startAll', 'only', 'stopAll', 'requestStop', 'mend'] as const;
const OUTCOMES = ['LIFECYCLE_START_ABORTED', 'LIFECYCLE_START_FAILED', 'LIFECYCLE_STOP_FAILED'];

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
    kind: fc.constantFrom(...KINDS),
    node: fc.nat(8),
  }),
  { minLength: 2, maxLength: 10 },
);

/** A listener that calls at an event of its choice, in the middle of whatever goes on. */
const meddlings = fc.record({ at: fc.nat(90), kind: fc.constantFrom(...KINDS) });

const options = (strategies: readonly Strategy[]) =>
  fc.record({
    strategy: fc.constantFrom(...strategies),
    restart: fc.record({ max: fc.constantFrom(1, 3, 1_000), within: fc.constantFrom('1s' as const, '1h' as const) }),
    backoff: fc.oneof(
      fc.constant(false as const),
      fc.record({ initial: fc.integer({ min: 0, max: 500 }), max: fc.constant(2_000) }),
    ),
  });

/** What a service says: nothing, a supervisor of its own, or that it is of a group. */
const says = (strategies: readonly Strategy[], isOptional: fc.Arbitrary<boolean>): fc.Arbitrary<Says> => {
  const type = fc.constantFrom<NonNullable<SupervisedOptions['type']>>('permanent', 'transient', 'temporary');
  const own = fc.tuple(options(strategies), type).map(([each, type]) => ({ ...each, type }));
  const group = fc.constantFrom('io', 'inner').map((name) => ({ group: name }));
  const supervised = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, own, group);
  return fc.record({ supervised, optional: isOptional }).map(({ supervised, optional }) => ({
    optional,
    ...(Object.keys(supervised).length > 0 ? { supervised } : {}),
  }));
};

const trees = (strategies: readonly Strategy[]) =>
  fc.record({ root: options(strategies), io: options(strategies), inner: options(strategies) }).map((each) => ({
    ...each.root,
    groups: { io: each.io, inner: { ...each.inner, parent: 'io' } },
  }));

function crash(lifecycle: Lifecycle, name: string): void {
  const unit = [...lifecycle.runningGraph.units].find(({ label }) => label === name);
  if (unit?.state.at === 'running' || unit?.state.at === 'starting') unit.crash(new Error(`${name} is lost`));
}

function call({ lifecycle, doubles }: World, name: string, kind: Call['kind']): Promise<unknown> {
  switch (kind) {
    case 'startAll':
      return lifecycle.startAll();
    case 'only':
      return lifecycle.startAll({ only: [name] });
    case 'restart':
      return lifecycle.restart(name);
    case 'stopAll':
      return lifecycle.stopAll({ timeout: '5s' });
    case 'requestStop':
      lifecycle.requestStop();
      break;
    case 'crash':
      crash(lifecycle, name);
      break;
    case 'mend':
      for (const double of doubles) double.behaviours = {};
  }
  return Promise.resolve();
}

/** What started while something that it cannot do without did not run, as the events tell it. */
function untimelyStarts({ lifecycle, doubles }: World, events: readonly LifecycleEvent[]): string[] {
  const optional = new Set(
    [...lifecycle.runningGraph.units].filter(({ spec }) => spec?.optional).map(({ label }) => label),
  );
  const states = new Map<string, string>();
  const found: string[] = [];
  for (const event of events) {
    if (!('service' in event && 'from' in event)) continue;
    states.set(event.service, event.kind);
    if (event.kind !== 'service:starting') continue;
    for (const { name } of doubles.find(({ name }) => name === event.service)?.needs ?? []) {
      const state = states.get(name);
      if (state !== 'service:running' && !optional.has(name)) found.push(`${event.service} starts, ${name}: ${state}`);
    }
  }
  return found;
}

describe('a supervised application, whatever crashes, hangs and is called at any time,', () => {
  it.each<[string, readonly Strategy[], fc.Arbitrary<boolean>]>([
    // Whoever runs has what it needs: the doubles look at every hook.
    [
      'that restarts what belongs together',
      ['restForGraph', 'oneForAll', 'giveUp', 'giveUpAll', 'escalate'],
      fc.constant(false),
    ],
    // What depends on one that restarts alone, or is optional, runs without it.
    ['that restarts some alone', ['oneForOne', 'restForGraph', 'oneForAll', 'giveUp', 'escalate'], fc.boolean()],
  ])('%s settles, keeps the order and leaves a sound end', async (_, strategies, isOptional) => {
    const isStrict = !strategies.includes('oneForOne');
    const cases = graphAnd(
      fc.record({ says: says(strategies, isOptional), first: hooks(healthy), later: hooks(anyHook) }),
      6,
    );
    await fc.assert(
      fc.asyncProperty(
        cases,
        trees(strategies),
        calls,
        meddlings,
        seeds,
        async ({ dag, each }, supervision, sequence, meddling, seed) => {
          const clock = new ManualClock();
          const make = { Double: ServiceDouble, tasks: [], says: each.map(({ says }) => says) };
          const first = each.map(({ first }) => first);
          const one = worldOf(make, dag, clock, first, { clock, supervision, random: () => 0.5 });
          const { lifecycle, doubles } = one;
          const events: LifecycleEvent[] = [];
          lifecycle.on((event) => {
            events.push(event);
            if (event.kind === 'app:starting') lifecycle.done.catch(() => {});
          });
          await withTime(clock, lifecycle.startAll());
          for (const [index, double] of doubles.entries()) double.behaviours = each[index]?.later ?? {};
          const made: Promise<unknown>[] = [];
          const begin = (name: string, kind: Call['kind']) =>
            made.push(call(one, name, kind).catch((error: unknown) => error));
          const from = events.length + meddling.at;
          const leaveAlone = lifecycle.on((event) => {
            // What crashes as something begins to start on it is not known to that any more.
            if (events.length < from || event.kind === 'service:starting') return;
            leaveAlone();
            begin(nameOf(0), meddling.kind);
          });
          for (const { after, kind, node } of sequence) {
            if (after > 0) await clock.advance(after);
            begin(nameOf(node % dag.length), kind);
          }
          // From now on all is well, and has to come to rest.
          for (const double of doubles) double.behaviours = {};
          const interleaving = new Interleaving(seed, clock);
          await interleaving.run(Promise.all(made));
          leaveAlone();
          for (const outcome of await interleaving.run(Promise.all(made))) {
            if (outcome instanceof Error) expect(OUTCOMES).toContain(Reflect.get(outcome, 'code'));
          }
          await drain(clock);
          expect(['running', 'stopped', 'crashed']).toContain(lifecycle.state);
          for (const { name, state } of lifecycle.services) {
            expect(['running', 'stopped', 'crashed'], name).toContain(state);
            if (state === 'running') expect(lifecycle.state).toBe('running');
          }
          await withTime(
            clock,
            lifecycle.stopAll().catch(() => {}),
          );
          expectAllDown(lifecycle);
          expect(untimelyStarts(one, events)).toEqual([]);
          if (isStrict) expect(faultsOf(doubles)).toEqual([]);
          expectWholeLives(doubles);
          expectEventsToTell(lifecycle, events);
          await drain(clock);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
