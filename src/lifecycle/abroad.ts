import { type Deadline, EXPIRED } from '../deadline.ts';
import type { NodeKey } from './host.ts';
import type { Blueprint, BlueprintNode, NodeOwner } from './source.ts';
import type { Unit } from './unit.ts';

/** Gives the units of other lifecycles that a node needs. */
export type UnitsAbroad = (node: BlueprintNode) => readonly Unit[];

/** Of a blueprint that needs nothing of others. */
export const NOTHING_ABROAD: UnitsAbroad = () => [];

/** Whether a blueprint needs anything of other lifecycles (of parent containers). */
export function needsAbroad({ nodes }: Blueprint): boolean {
  return nodes.some(({ foreign }) => foreign.length > 0);
}

/** Has the other lifecycles start what a blueprint needs of them. @param patience how long they may take */
export async function provideAbroad({ nodes }: Blueprint, patience: Deadline): Promise<UnitsAbroad> {
  const wanted = new Map<NodeOwner, Set<NodeKey>>();
  for (const { foreign } of nodes) {
    for (const { owner, key } of foreign) {
      const keys = wanted.get(owner) ?? new Set();
      wanted.set(owner, keys.add(key));
    }
  }
  const provided = new Map<NodeOwner, Map<NodeKey, Unit>>();
  for (const [owner, set] of wanted) {
    const keys = [...set];
    const units = await patience.race(owner.provide(keys));
    if (units === EXPIRED) throw new Error('the parent container had not started what this one needs');
    provided.set(owner, new Map(units.map((unit, index) => [keys[index] as NodeKey, unit])));
  }
  return ({ foreign }) => foreign.flatMap(({ owner, key }) => provided.get(owner)?.get(key) ?? []);
}
