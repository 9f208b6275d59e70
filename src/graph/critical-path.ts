/** The chain of dependencies that takes longest: what a start or a stop cannot be faster than. */
export interface LongestPath<N> {
  /** The weight of the path; 0 for no nodes. */
  readonly total: number;
  /** In start order: the first needs nothing, each next one needs the one before. */
  readonly path: N[];
  /** When each node is done if each begins as soon as its dependencies are. */
  readonly finishOf: Map<N, number>;
}

/**
 * The heaviest path through a graph without cycles (an edge that closes a cycle does not count). Of equally heavy ends
 * the first of the nodes is taken, and on the way down the first of equally slow dependencies. Linear in nodes and
 * edges, and without recursion.
 */
export function longestPath<N>(
  nodes: Iterable<N>,
  dependenciesOf: (node: N) => Iterable<N>,
  weightOf: (node: N) => number,
): LongestPath<N> {
  const finishOf = new Map<N, number>();
  const slowestDependency = new Map<N, N>();
  let last: N | undefined;
  let total = Number.NEGATIVE_INFINITY;
  for (const { node, dependencies } of dependenciesFirst(nodes, dependenciesOf)) {
    const slowest = latest(dependencies, finishOf);
    if (slowest) slowestDependency.set(node, slowest.node);
    finishOf.set(node, (slowest?.finish ?? 0) + weightOf(node));
  }
  for (const [node, finish] of finishOf) {
    if (finish > total) [last, total] = [node, finish];
  }
  return finishOf.size === 0
    ? { total: 0, path: [], finishOf }
    : { total, path: pathTo(last as N, slowestDependency), finishOf };
}

interface Step<N> {
  readonly node: N;
  readonly dependencies: readonly N[];
  readonly rest: Iterator<N>;
}

/** Depth first, each node once, after all it depends on. */
function* dependenciesFirst<N>(nodes: Iterable<N>, dependenciesOf: (node: N) => Iterable<N>): Generator<Step<N>> {
  const met = new Set<N>();
  const path: Step<N>[] = [];
  const enter = (node: N): void => {
    if (met.has(node)) return;
    met.add(node);
    const dependencies = [...dependenciesOf(node)];
    path.push({ node, dependencies, rest: dependencies[Symbol.iterator]() });
  };
  for (const root of nodes) {
    enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.rest.next();
      if (!next.done) {
        enter(next.value);
        continue;
      }
      path.pop();
      yield step;
    }
  }
}

function latest<N>(
  dependencies: readonly N[],
  finishOf: ReadonlyMap<N, number>,
): { readonly node: N; readonly finish: number } | undefined {
  let slowest: { readonly node: N; readonly finish: number } | undefined;
  for (const node of dependencies) {
    const finish = finishOf.get(node);
    if (finish !== undefined && (slowest === undefined || finish > slowest.finish)) slowest = { node, finish };
  }
  return slowest;
}

function pathTo<N>(last: N, slowestDependency: ReadonlyMap<N, N>): N[] {
  const path = [last];
  for (let node = last; slowestDependency.has(node); path.push(node)) node = slowestDependency.get(node) as N;
  return path.reverse();
}
