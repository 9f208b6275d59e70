import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anyHook, healthy } from '../support/behaviour.ts';
import { expectAllDown, expectEventsToTell, expectWholeLives, faultsOf } from '../support/expectations.ts';
import { graphAnd, nameOf, world } from '../support/random-graph.ts';
import { drain, withTime } from '../support/time.ts';

vi.setConfig({ testTimeout: 60_000 });

const seeds = fc.nat();

describe('calls at any time', () => {
  type Call = { readonly after: number } & (
    | { readonly kind: 'startAll' | 'stopAll' | 'requestStop' | 'stopAll soon' }
    | { readonly kind: 'only' | 'restart' | 'crash'; readonly node: number }
  );

  const calls: fc.Arbitrary<Call[]> = fc.array(
    fc.record({
      after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
      kind: fc.constantFrom(
        'startAll',
        'startAll',
        'stopAll',
        'requestStop',
        'stopAll soon',
        'only',
        'restart',
        'restart',
        'crash',
      ),
      node: fc.nat(8),
    }),
    { minLength: 2, maxLength: 8 },
  );

  /** A listener that calls at an event of its choice, in the middle of whatever goes on. */
  const meddlings = fc.record({
    at: fc.nat(60),
    kind: fc.constantFrom<Call['kind']>('startAll', 'stopAll', 'requestStop', 'only', 'restart', 'crash'),
  });

  const EXPECTED = [
    'LIFECYCLE_START_ABORTED',
    'LIFECYCLE_START_FAILED',
    'LIFECYCLE_STOP_FAILED',
    'LIFECYCLE_UNKNOWN_REF',
  ];

  function call(
    lifecycle: Lifecycle,
    name: string,
    kind: Call['kind'],
    crash: (name: string) => void,
  ): Promise<unknown> {
    if (kind === 'startAll') return lifecycle.startAll();
    if (kind === 'only') return lifecycle.startAll({ only: [name] });
    if (kind === 'restart') return lifecycle.restart(name);
    if (kind === 'stopAll') return lifecycle.stopAll();
    if (kind === 'stopAll soon') return lifecycle.stopAll({ timeout: '1s' });
    if (kind === 'crash') crash(name);
    else lifecycle.requestStop();
    return Promise.resolve();
  }

  it.each([
    ['healthy', healthy],
    ['any', anyHook],
  ] as const)('all settle, keep the order and leave a sound end: %s hooks', async (_, hook) => {
    const behaviours = fc.record({ start: hook, started: hook, stop: hook, shutdown: hook });
    await fc.assert(
      fc.asyncProperty(
        graphAnd(behaviours, 6),
        calls,
        meddlings,
        seeds,
        async ({ dag, each }, sequence, meddling, seed) => {
          const clock = new ManualClock();
          const { lifecycle, doubles } = world(dag, clock, each);
          const events: LifecycleEvent[] = [];
          lifecycle.on((event) => {
            events.push(event);
            if (event.kind === 'app:starting') lifecycle.done.catch(() => {});
          });
          const crash = (name: string): void => {
            const unit = [...lifecycle.runningGraph.units].find(({ label }) => label === name);
            if (unit?.state.at === 'running') unit.crash(new Error('a crash'));
          };
          const made: Promise<unknown>[] = [];
          const leaveAlone = lifecycle.on(({ id, kind }) => {
            // What crashes in the moment in which another one begins to start on it is not known to that any more.
            if (id < meddling.at || kind === 'service:starting') return;
            leaveAlone();
            made.push(call(lifecycle, nameOf(0), meddling.kind, crash).catch((error: unknown) => error));
          });
          for (const { after, kind, ...rest } of sequence) {
            if (after > 0) await clock.advance(after);
            const name = nameOf(('node' in rest ? rest.node : 0) % dag.length);
            made.push(call(lifecycle, name, kind, crash).catch((error: unknown) => error));
          }
          const interleaving = new Interleaving(seed, clock);
          await interleaving.run(Promise.all(made));
          leaveAlone();
          const outcomes = await interleaving.run(Promise.all(made));
          for (const outcome of outcomes) {
            if (outcome instanceof Error) expect(EXPECTED).toContain(Reflect.get(outcome, 'code'));
          }
          await drain(clock);
          expect(['idle', 'running', 'stopped', 'crashed']).toContain(lifecycle.state);
          for (const { name, state } of lifecycle.services) {
            expect(['idle', 'running', 'stopped', 'crashed'], name).toContain(state);
            if (state === 'running') expect(lifecycle.state).toBe('running');
          }
          await withTime(
            clock,
            lifecycle.stopAll().catch(() => {}),
          );
          expectAllDown(lifecycle);
          expect(faultsOf(doubles)).toEqual([]);
          expectWholeLives(doubles);
          expectEventsToTell(lifecycle, events);
          await drain(clock);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});
