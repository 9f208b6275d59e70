// No container at all: promises along a graph that is known.
export function prepare(graph, _bindOrder, hooks) {
  const services = graph.map((_, node) => hooks()(node));
  const dependents = graph.map(() => []);
  for (const [node, needs] of graph.entries()) for (const need of needs) dependents[need].push(node);
  return () => ({
    async start() {
      const started = [];
      for (const [node, needs] of graph.entries()) {
        started[node] = Promise.all(needs.map((need) => started[need])).then(() => services[node].onStart());
      }
      await Promise.all(started);
    },
    async stop() {
      const stopped = [];
      for (let node = graph.length - 1; node >= 0; node--) {
        stopped[node] = Promise.all(dependents[node].map((user) => stopped[user])).then(() => services[node].onStop());
      }
      await Promise.all(stopped);
    },
  });
}
