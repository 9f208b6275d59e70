import fc from 'fast-check';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import type { ManagedOptions } from '../../src/spec.ts';
import type { SupervisedOptions } from '../../src/supervision/policy.ts';
import type { TaskSpec } from '../../src/tasks/task-spec.ts';
import type { ManualClock } from '../../src/testing/manual-clock.ts';
import { type HandMadeNode, handMade, service } from './hand-made.ts';
import { type Behaviours, ServiceDouble } from './service-double.ts';

/** What needs what: node `i` needs the nodes `dag[i]`, which all come before it. */
export type Dag = readonly (readonly number[])[];

/** @param size the most nodes there can be */
export function dags(size = 9): fc.Arbitrary<Dag> {
  return fc.integer({ min: 1, max: size }).chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.subarray(
          Array.from({ length: i }, (_, j) => j),
          { maxLength: Math.min(i, 4) },
        ),
      ),
    ),
  );
}

export interface World<D extends ServiceDouble = ServiceDouble> {
  readonly lifecycle: Lifecycle;
  readonly doubles: readonly D[];
}

/** What the doubles of a world are. */
export interface Make<D extends ServiceDouble> {
  readonly Double: new (...args: ConstructorParameters<typeof ServiceDouble>) => D;
  readonly tasks: readonly TaskSpec[];
  /** What each says of itself; default nothing. */
  readonly says?: readonly Says[];
}

export type Says = ManagedOptions & { readonly supervised?: SupervisedOptions };

export function nameOf(index: number): string {
  return `s${index}`;
}

/** A lifecycle over doubles that need each other as the graph says. */
export function world(
  dag: Dag,
  clock: ManualClock,
  behaviours: readonly Behaviours[],
  options: LifecycleOptions = {},
): World {
  return worldOf({ Double: ServiceDouble, tasks: [] }, dag, clock, behaviours, options);
}

/** The same over doubles of a class of one's own, with tasks. */
export function worldOf<D extends ServiceDouble>(
  { Double, tasks, says = [] }: Make<D>,
  dag: Dag,
  clock: ManualClock,
  behaviours: readonly Behaviours[],
  options: LifecycleOptions = {},
): World<D> {
  const doubles: D[] = [];
  for (const [index, needs] of dag.entries()) {
    const needed = needs.map((other) => doubles[other] as D);
    doubles.push(new Double(nameOf(index), needed, clock, behaviours[index]));
  }
  const nodes: Record<string, HandMadeNode> = {};
  // Bound in reverse, so that the order of binding never happens to be the right one.
  for (const [index, double] of [...doubles.entries()].toReversed()) {
    nodes[double.name] = service(double, { needs: double.needs.map(({ name }) => name), tasks, ...says[index] });
  }
  const lifecycle = handMade(nodes, { clock, ...options });
  for (const double of doubles) double.lifecycle = lifecycle;
  lifecycle.on((event) => {
    const double = doubles.find(({ name }) => event.kind === 'step:abandoned' && name === event.service);
    if (double !== undefined) double.wasLeftBehind = true;
  });
  return { lifecycle, doubles };
}

/** The heaviest path, worked out without the engine's help. */
export function longestPath(dag: Dag, weights: readonly number[]): number {
  const finish: number[] = [];
  for (const [index, needs] of dag.entries()) {
    finish.push(Math.max(0, ...needs.map((other) => finish[other] ?? 0)) + (weights[index] ?? 0));
  }
  return Math.max(0, ...finish);
}

/** The same with no edge from `from` to `to`. */
export function without(dag: Dag, from: number, to: number): Dag {
  return dag.map((needs, index) => (index === from ? needs.filter((other) => other !== to) : needs));
}

/** A graph and, for each of its nodes, one of these. */
export function graphAnd<T>(each: fc.Arbitrary<T>, size?: number): fc.Arbitrary<{ dag: Dag; each: T[] }> {
  return dags(size).chain((dag) => fc.record({ dag: fc.constant(dag), each: fc.array(each, sized(dag)) }));
}

function sized(dag: Dag): { minLength: number; maxLength: number } {
  return { minLength: dag.length, maxLength: dag.length };
}
