// Effect 4: each service a layer that needs its dependencies' layers, memoised as usual.
import { Context, Effect, Layer, ManagedRuntime } from 'effect';

export function prepare(graph, bindOrder, hooks) {
  const makeHooks = hooks();
  const keys = graph.map((_, node) => Context.Service(`Service${node}`));
  const run = (hook) => Effect.promise(async () => hook());
  return () => {
    const layers = [];
    for (const [node, needs] of graph.entries()) {
      const acquire = Effect.gen(function* () {
        const service = { ...makeHooks(node), needs: [] };
        for (const need of needs) service.needs.push(yield* keys[need]);
        yield* run(() => service.onStart());
        return service;
      });
      const own = Layer.effect(
        keys[node],
        Effect.acquireRelease(acquire, (service) => run(() => service.onStop())),
      );
      layers[node] =
        needs.length === 0
          ? own
          : Layer.provide(
              own,
              needs.length === 1 ? layers[needs[0]] : Layer.mergeAll(...needs.map((need) => layers[need])),
            );
    }
    const runtime = ManagedRuntime.make(Layer.mergeAll(...bindOrder.map((node) => layers[node])));
    return { start: () => runtime.context(), stop: () => runtime.dispose() };
  };
}
