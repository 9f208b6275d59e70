// Binds, starts and stops services that do nothing: `cold.mjs <raw|ours|nest|effect> <size> <sync|async>`.
import { random, randomDag, shuffled } from '../dag.mjs';
import { tell, timed } from '../measure.mjs';
import { idleHooks } from '../services.mjs';

const [system, size, kind] = process.argv.slice(2);
const next = random(1);
const graph = randomDag(Number(size), next);
const bindOrder = shuffled(graph.keys(), next);
const { prepare } = await import(`../systems/${system}.mjs`);
const run = prepare(graph, bindOrder, (names) => idleHooks(kind, names));
const { wall, cpu } = await timed(async () => {
  const app = await run();
  await app.start();
  await app.stop();
});
tell({ wall, cpu });
