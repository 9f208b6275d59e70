// The same random graphs for everybody: a seed gives a graph, its bind order and its durations.

/** A small generator of numbers in [0, 1): mulberry32. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For each node the earlier nodes it needs, 0 to 3 of them; so 0, 1, 2, ... is an order to start in. */
export function randomDag(size, next) {
  return Array.from({ length: size }, (_, node) => {
    const needs = new Set();
    for (let count = Math.floor(next() * 4); count > 0; count--) if (node > 0) needs.add(Math.floor(next() * node));
    return [...needs];
  });
}

/** Each needs the one before. */
export function chain(size) {
  return Array.from({ length: size }, (_, node) => (node === 0 ? [] : [node - 1]));
}

/** Two in each layer, both needing both of the layer before: 2^depth paths. */
export function ladder(depth) {
  return Array.from({ length: depth * 2 }, (_, node) =>
    node < 2 ? [] : [node - 2 - (node % 2), node - 1 - (node % 2)],
  );
}

export function shuffled(list, next) {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [copy[last], copy[other]] = [copy[other], copy[last]];
  }
  return copy;
}

/** 1 to 20 milliseconds for each node. */
export function durations(size, next) {
  return Array.from({ length: size }, () => 1 + Math.floor(next() * 20));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
