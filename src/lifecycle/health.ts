import { humanize } from '../duration.ts';
import type { StateName } from './state.ts';

/** How the application is, as the three probes of Kubernetes ask for it. */
export interface Health {
  /** False once it has crashed for good: start the process anew. */
  readonly live: boolean;
  /** Its start is over. */
  readonly started: boolean;
  /** It can take requests: all of its services run, and no stop was requested. */
  readonly ready: boolean;
  /** Why it is not ready, each with the way from what needs it: `Api <- Cache <- Redis crashed`. */
  readonly reasons: readonly string[];
  /** The same for optional services that are down: the application does without them. */
  readonly degraded: readonly string[];
}

/** A vertex of the running graph, as far as health is about it. */
interface Vertex<V> {
  readonly label: string;
  /** Undefined for a component. */
  readonly spec: { readonly optional: boolean } | undefined;
  readonly state: { readonly at: StateName };
  readonly attempt: { readonly count: number; readonly max: number; readonly due: number } | undefined;
  readonly dependencies: Iterable<V>;
  readonly dependents: Iterable<V>;
}

/**
 * A pure function of the states. An optional service that is down makes nothing unready. What only waits for something below
 * it to come up again is on the way that leads there.
 *
 * @param obstacles what else makes it unready
 * @param now on the clock's `now()`
 */
export function healthOf<V extends Vertex<V>>(
  app: StateName,
  obstacles: readonly string[],
  units: Iterable<V>,
  now: number,
): Health {
  const reasons = [...obstacles];
  const degraded: string[] = [];
  if (app !== 'running') reasons.push(`the application is ${app}`);
  const own = new Set(units);
  const all = withNeeded(own);
  for (const unit of all) {
    const { at } = unit.state;
    if (unit.spec === undefined || at === 'running' || isUnasked(unit) || waitsForOthers(unit)) continue;
    const isAbove = (each: V): boolean => own.has(unit) || all.has(each);
    (unit.spec.optional ? degraded : reasons).push(`${wayTo(unit, isAbove)} ${at}${tryText(unit, now)}`);
  }
  return { live: app !== 'crashed', started: app === 'running', ready: reasons.length === 0, reasons, degraded };
}

/** One that was never begun was not asked for. */
function isUnasked<V extends Vertex<V>>({ state }: V): boolean {
  return state.at === 'idle';
}

/** The units, and what they need of other applications: services of a parent container. */
function withNeeded<V extends Vertex<V>>(units: Iterable<V>): Set<V> {
  const all = new Set(units);
  for (const unit of all) if (!isUnasked(unit)) for (const needed of unit.dependencies) all.add(needed);
  return all;
}

/** It is down because something that it needs is. */
function waitsForOthers<V extends Vertex<V>>({ state, dependencies }: V): boolean {
  if (state.at !== 'restarting') return false;
  for (const { state, spec } of dependencies) if (state.at !== 'running' && spec?.optional !== true) return true;
  return false;
}

/** ` 3/5, next try in 4s`. */
function tryText<V extends Vertex<V>>({ attempt, state }: V, now: number): string {
  if (attempt === undefined || (state.at !== 'restarting' && state.at !== 'starting')) return '';
  const which =
    attempt.max === Number.POSITIVE_INFINITY ? `, try ${attempt.count}` : ` ${attempt.count}/${attempt.max}`;
  const isPutOff = state.at === 'restarting' && attempt.due > now;
  return isPutOff ? `${which}, next try in ${humanize(attempt.due - now)}` : which;
}

/** `Api <- Cache <- Redis`: a shortest way down from something that nothing depends on, through these. */
function wayTo<V extends Vertex<V>>(unit: V, isAbove: (dependent: V) => boolean): string {
  const below = new Map<V, V | undefined>([[unit, undefined]]);
  for (const [next] of below) {
    const above = [...next.dependents].filter(isAbove);
    if (above.length === 0) {
      const way: string[] = [];
      for (let at: V | undefined = next; at !== undefined; at = below.get(at)) way.push(at.label);
      return way.join(' <- ');
    }
    for (const dependent of above) if (!below.has(dependent)) below.set(dependent, next);
  }
  return unit.label;
}
