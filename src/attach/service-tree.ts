import type { ServicePicture } from '../control/picture.ts';

/** A service at its place in the tree. */
export interface TreeRow {
  readonly service: ServicePicture;
  /** What stands before its name. */
  readonly lead: string;
}

/** Deeper ones are not moved further to the right. */
const DEEPEST = 8;

interface Place {
  readonly name: string;
  readonly lead: string;
  /** What stands before the leads of those below. */
  readonly indent: string;
}

/** What needs what, each service once: below the first of those that need it. First those that nothing needs. */
export function treeRows(services: readonly ServicePicture[]): TreeRow[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const needed = new Set(services.flatMap(({ needs }) => needs));
  const roots = services.filter(({ name }) => !needed.has(name));
  const rows: TreeRow[] = [];
  // What only leads in circles has no root.
  for (const { name } of [...roots, ...services]) {
    const open: Place[] = [{ name, lead: '', indent: '' }];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const service = byName.get(place.name);
      if (service === undefined) continue;
      byName.delete(place.name);
      rows.push({ service, lead: place.lead });
      open.push(
        ...below(
          place.indent,
          service.needs.filter((each) => byName.has(each)),
        ).reverse(),
      );
    }
  }
  return rows;
}

function below(indent: string, names: readonly string[]): Place[] {
  return names.map((name, index) => {
    const isLast = index === names.length - 1;
    const isDeep = indent.length >= DEEPEST * 2;
    return {
      name,
      lead: `${indent}${isLast ? '└ ' : '├ '}`,
      indent: isDeep ? indent : `${indent}${isLast ? '  ' : '│ '}`,
    };
  });
}
