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
}

/** A vertex of the running graph, as far as health is about it. */
interface Vertex<V> {
  readonly label: string;
  /** Undefined for a component. */
  readonly spec: { readonly optional: boolean } | undefined;
  readonly state: { readonly at: StateName };
  readonly dependents: Iterable<V>;
}

/**
 * A pure function of the states. An optional service that is down makes nothing unready.
 *
 * @param isDraining a stop was requested and has not begun
 */
export function healthOf<V extends Vertex<V>>(app: StateName, isDraining: boolean, units: Iterable<V>): Health {
  const reasons = isDraining ? ['a stop was requested'] : [];
  if (app !== 'running') reasons.push(`the application is ${app}`);
  for (const unit of units) {
    const { at } = unit.state;
    // One that was never begun was not asked for.
    if (unit.spec === undefined || unit.spec.optional || at === 'running' || at === 'idle') continue;
    reasons.push(`${wayTo(unit)} ${at}`);
  }
  return { live: app !== 'crashed', started: app === 'running', ready: reasons.length === 0, reasons };
}

/** `Api <- Cache <- Redis`: a shortest way down from something that nothing depends on. */
function wayTo<V extends Vertex<V>>(unit: V): string {
  const below = new Map<V, V | undefined>([[unit, undefined]]);
  for (const [next] of below) {
    const above = [...next.dependents];
    if (above.length === 0) {
      const way: string[] = [];
      for (let at: V | undefined = next; at !== undefined; at = below.get(at)) way.push(at.label);
      return way.join(' <- ');
    }
    for (const dependent of above) if (!below.has(dependent)) below.set(dependent, next);
  }
  return unit.label;
}
