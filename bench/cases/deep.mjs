// Graphs that are deep: `deep.mjs <forwards|backwards|ladder> <size>`.
import { chain, ladder } from '../dag.mjs';
import { tell, timed } from '../measure.mjs';
import { idleHooks } from '../services.mjs';
import { prepare } from '../systems/ours.mjs';

const [what, size] = process.argv.slice(2);
const graph = what === 'ladder' ? ladder(Number(size)) : chain(Number(size));
const nodes = [...graph.keys()];
const run = prepare(graph, what === 'backwards' ? nodes.reverse() : nodes, (names) => idleHooks('sync', names));
const {
  value: app,
  wall,
  cpu,
} = await timed(async () => {
  const started = await run();
  await started.start();
  await started.stop();
  return started;
});
const picture = await timed(() => app.container.graph().order.length);
if (picture.value !== graph.length) throw new Error(`${picture.value} of ${graph.length} are in the graph`);
tell({ wall, cpu, order: picture.wall });
