/** Random containers: the edges we find are the edges of Inversify's own plans; a problem is where Inversify throws. */

import type { Container } from 'inversify';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BindingGraph } from '../../container/binding-graph.ts';
import { walkBindings } from '../../container/bindings.ts';
import { aliasesAreAncestors } from '../../container/inversify.ts';
import { PlannedEdges } from '../support/inversify-plan.ts';
import { contextOf } from '../support/plugin-context.ts';
import { type RandomContainer, randomContainer } from '../support/random-container.ts';

const CONTAINERS = 800;

/** What came of one container. */
interface Comparison {
  readonly seed: number;
  readonly found: ReadonlySet<string>;
  readonly planned: ReadonlySet<string>;
  readonly problems: number;
  readonly throws: boolean;
}

function compare(seed: number, ancestors: boolean): Comparison {
  const { container, parent, services } = randomContainer(seed, ancestors);
  const plans = new PlannedEdges(parent === undefined ? [container] : [parent, container]);
  const graph = graphOfAll(container);
  const throws = !askForEverything(container, services);
  const problems = graph.problems.length + (hasCycle(graph) ? 1 : 0);
  return { seed, found: edgeIds(graph), planned: plans.edges, problems, throws };
}

/** Roots are all bindings one can ask the container for, its parent's included. */
function graphOfAll(container: Container): BindingGraph {
  const { bindingService } = contextOf(container);
  const identifiers = bindingService.getBoundServices();
  const roots = [...identifiers].flatMap((identifier) => [...(bindingService.get(identifier) ?? [])]);
  return walkBindings(bindingService, roots, { aliasesAreAncestors: aliasesAreAncestors(container) });
}

/** Asks for each service as what it is; false if one of them cannot be had. */
function askForEverything(container: Container, services: RandomContainer['services']): boolean {
  const { bindingService } = contextOf(container);
  const plain = [...bindingService.getBoundServices()].map((identifier) => attempt(() => container.getAll(identifier)));
  const qualified = services
    .filter(({ name, tag }) => name !== undefined || tag !== undefined)
    .map(({ identifier, name, tag }) =>
      attempt(() =>
        container.getAll(identifier, {
          ...(name === undefined ? {} : { name }),
          ...(tag === undefined ? {} : { tag: { key: tag, value: 1 } }),
        }),
      ),
    );
  return [...plain, ...qualified].every(Boolean);
}

function attempt(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function edgeIds({ nodes }: BindingGraph): Set<string> {
  return new Set(
    [...nodes.values()].flatMap(({ id, dependencies }) => [...dependencies.keys()].map((to) => `${id} -> ${to}`)),
  );
}

/** Takes away nodes that depend on nothing left, until none is: what remains is on a cycle or above one. */
function hasCycle({ nodes }: BindingGraph): boolean {
  const left = new Map([...nodes.values()].map(({ id, dependencies }) => [id, new Set(dependencies.keys())]));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [id, needs] of left) {
      for (const need of needs) if (!left.has(need)) needs.delete(need);
      if (needs.size === 0) left.delete(id);
    }
  }
  return left.size > 0;
}

describe.each([
  { what: 'names, tags, aliases, parents', ancestors: false },
  { what: 'constraints on ancestors too', ancestors: true },
])('containers with $what', ({ ancestors }) => {
  let comparisons: Comparison[] = [];
  let clean: Comparison[] = [];

  beforeAll(() => {
    comparisons = Array.from({ length: CONTAINERS }, (_, index) => compare(index + 1, ancestors));
    clean = comparisons.filter(({ problems, throws }) => problems === 0 && !throws);
    // Seconds of plain work, which may be many on a busy machine.
  }, 60_000);

  it('are various enough', () => {
    const edges = clean.reduce((sum, { planned }) => sum + planned.size, 0);
    expect(clean.length).toBeGreaterThan(CONTAINERS / 10);
    expect(CONTAINERS - clean.length).toBeGreaterThan(CONTAINERS / 10);
    expect(edges).toBeGreaterThan(5 * clean.length);
  });

  it('have a problem exactly where Inversify throws', () => {
    expect(comparisons.filter(({ problems, throws }) => problems > 0 !== throws).map(({ seed }) => seed)).toEqual([]);
  });

  it('have every edge of the plans', () => {
    const lacking = comparisons.filter(({ found, planned }) => [...planned].some((edge) => !found.has(edge)));
    expect(lacking.map(({ seed }) => seed)).toEqual([]);
  });

  it('have no other edge', () => {
    const surplus = clean.filter(({ found, planned }) => [...found].some((edge) => !planned.has(edge)));
    expect(surplus.map(({ seed }) => seed)).toEqual([]);
  });
});
