// Services of 1 to 20 ms each: `walk.mjs <walk|ours|nest|effect> <size>`. Only the starts and stops are timed.
import { durations, random, randomDag, shuffled, sleep } from '../dag.mjs';
import { tell, timed } from '../measure.mjs';

const [system, size] = process.argv.slice(2);
const next = random(2);
const graph = randomDag(Number(size), next);
const bindOrder = shuffled(graph.keys(), next);
const takes = durations(graph.length, next);
const { prepare } = await import(`../systems/${system}.mjs`);
const run = prepare(graph, bindOrder, ([start, stop] = ['onStart', 'onStop']) => (node) => ({
  [start]: () => sleep(takes[node]),
  [stop]: () => sleep(takes[node]),
}));

const app = await run();
const cold = await timed(() => app.start());
const stop = await timed(() => app.stop());
const figures = { cold: cold.wall, coldCpu: cold.cpu, stop: stop.wall, stopCpu: stop.cpu };
if (system === 'walk' || system === 'ours') {
  // The same application a second time: the objects and the graph are there.
  const again = await timed(() => app.start());
  const stopAgain = await timed(() => app.stop());
  Object.assign(figures, { again: again.wall, againCpu: again.cpu, stopAgain: stopAgain.wall });
}
tell(figures);
