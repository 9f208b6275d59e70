/** Cycles of a directed graph, found without recursion, so that a chain of any length is fine. */

type Neighbours<N> = (node: N) => readonly N[];

/** A node on its way through Tarjan's algorithm. */
interface Visit<N> {
  readonly node: N;
  readonly index: number;
  /** The smallest index that can be reached from here without leaving the open nodes. */
  low: number;
  open: boolean;
  /** Where the node lies among the open ones; all after it belong to its component or to one already closed. */
  readonly position: number;
  readonly rest: Iterator<N>;
}

/** A shortest cycle is looked for from so many members of a component; more would make large components quadratic. */
const SEARCHED_MEMBERS = 64;

/**
 * One shortest cycle for each strongly connected component, as a path that begins and ends with the same node. In a
 * component of more than 64 nodes it is the shortest through one of its first 64.
 *
 * Linear in nodes and edges. Nodes that only `dependenciesOf` mentions are part of the graph, too.
 */
export function findCycles<N>(nodes: Iterable<N>, dependenciesOf: (node: N) => Iterable<N>): N[][] {
  const neighbours = remembered(dependenciesOf);
  return components(nodes, neighbours)
    .map((component) => shortestCycle(component, neighbours))
    .filter((cycle) => cycle.length > 0);
}

function remembered<N>(dependenciesOf: (node: N) => Iterable<N>): Neighbours<N> {
  const known = new Map<N, readonly N[]>();
  return (node) => {
    const neighbours = known.get(node) ?? [...dependenciesOf(node)];
    known.set(node, neighbours);
    return neighbours;
  };
}

/** Tarjan's strongly connected components; the members of each in the order in which they were met. */
function components<N>(nodes: Iterable<N>, neighbours: Neighbours<N>): N[][] {
  const visits = new Map<N, Visit<N>>();
  const open: Visit<N>[] = [];
  const path: Visit<N>[] = [];
  const found: N[][] = [];
  for (const root of nodes) {
    if (!visits.has(root)) enter(root);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) advance(visit);
  }
  return found;

  function enter(node: N): void {
    const index = visits.size;
    const rest = neighbours(node)[Symbol.iterator]();
    const visit = { node, index, low: index, open: true, position: open.length, rest };
    visits.set(node, visit);
    open.push(visit);
    path.push(visit);
  }

  function advance(visit: Visit<N>): void {
    const next = visit.rest.next();
    const seen = visits.get(next.value);
    if (next.done) leave(visit);
    else if (seen === undefined) enter(next.value);
    else if (seen.open) visit.low = Math.min(visit.low, seen.index);
  }

  function leave(visit: Visit<N>): void {
    path.pop();
    const parent = path.at(-1);
    if (parent) parent.low = Math.min(parent.low, visit.low);
    if (visit.low < visit.index) return;
    const members = open.splice(visit.position);
    for (const member of members) member.open = false;
    found.push(members.map((member) => member.node));
  }
}

function shortestCycle<N>(component: readonly N[], neighbours: Neighbours<N>): N[] {
  const members = new Set(component);
  let best: N[] = [];
  for (const start of component.slice(0, SEARCHED_MEMBERS)) {
    const cycle = cycleThrough(start, members, neighbours);
    if (best.length === 0 || cycle.length < best.length) best = cycle;
    if (best.length <= 2) break;
  }
  return best;
}

/** The shortest way from `start` back to it, breadth first; empty if there is none. */
function cycleThrough<N>(start: N, members: ReadonlySet<N>, neighbours: Neighbours<N>): N[] {
  const cameFrom = new Map<N, N>();
  const queue = [start];
  for (const node of queue) {
    for (const next of neighbours(node)) {
      if (next === start) return [...wayBack(node, start, cameFrom), start];
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return [];
}

function wayBack<N>(from: N, start: N, cameFrom: ReadonlyMap<N, N>): N[] {
  const path: N[] = [];
  for (let node = from; node !== start; node = cameFrom.get(node) as N) path.push(node);
  return [start, ...path.reverse()];
}
