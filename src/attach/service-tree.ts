import type { ServicePicture } from '../control/picture.ts';

/** A service at its place in the tree. */
export interface TreeRow {
  readonly service: ServicePicture;
  /** What stands before its name. */
  readonly lead: string;
}

/** Deeper ones are not moved further to the right. */
const DEEPEST = 8;

interface Branch {
  readonly service: ServicePicture;
  readonly below: Branch[];
}

/** What needs what, each service once: below the first of those that need it. First those that nothing needs. */
export function treeRows(services: readonly ServicePicture[]): TreeRow[] {
  const rows: TreeRow[] = [];
  const open = grown(services)
    .map((branch) => ({ branch, lead: '', indent: '' }))
    .reverse();
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { branch, lead, indent } = place;
    rows.push({ service: branch.service, lead });
    const isDeep = indent.length >= DEEPEST * 2;
    for (const [index, each] of [...branch.below.entries()].reverse()) {
      const isLast = index === branch.below.length - 1;
      open.push({
        branch: each,
        lead: `${indent}${isLast ? '└ ' : '├ '}`,
        indent: isDeep ? indent : `${indent}${isLast ? '  ' : '│ '}`,
      });
    }
  }
  return rows;
}

/** The trees that the graph is made into: each service has its place once it is reached, depth first. */
function grown(services: readonly ServicePicture[]): Branch[] {
  const left = new Map(services.map((service) => [service.name, service]));
  const needed = new Set(services.flatMap(({ needs }) => needs));
  const roots: Branch[] = [];
  // What only leads in circles has no root.
  for (const first of [...services.filter(({ name }) => !needed.has(name)), ...services]) {
    const open = [{ name: first.name, siblings: roots }];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const service = left.get(place.name);
      if (service === undefined) continue;
      left.delete(place.name);
      const branch: Branch = { service, below: [] };
      place.siblings.push(branch);
      open.push(...service.needs.map((name) => ({ name, siblings: branch.below })).reverse());
    }
  }
  return roots;
}
