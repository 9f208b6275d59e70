// Bytes per service that does nothing: `heap.mjs <raw|ours|graph|graphology> <size>`; needs --expose-gc.
// `running` is beyond what the classes take; `left` is what each further round leaves behind once
// all of it is dropped.
import { setImmediate as turn } from 'node:timers/promises';
import { random, randomDag, shuffled } from '../dag.mjs';
import { tell } from '../measure.mjs';
import { idleHooks } from '../services.mjs';

const [what, size] = process.argv.slice(2);
const { prepare } = await import(`../systems/${what === 'raw' ? 'raw' : 'ours'}.mjs`);
const next = random(3);
const graph = randomDag(Number(size), next);
const bindOrder = shuffled(graph.keys(), next);
let collected = 0;
const registry = new FinalizationRegistry(() => collected++);

async function settled() {
  for (let round = 0; round < 4; round++) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

async function round() {
  const run = prepare(graph, bindOrder, (names) => idleHooks('sync', names));
  const before = await settled();
  let app = await run();
  registry.register(app, undefined);
  if (app.container !== undefined) registry.register(app.container, undefined);
  await app.start();
  let kept;
  if (what === 'graph' || what === 'graphology') kept = app.container.graph();
  if (what === 'graphology') kept.graphology.order;
  const running = (await settled()) - before;
  const isKept = kept !== undefined;
  await app.stop();
  kept = app = undefined;
  return { running, isKept };
}

const running = [];
const after = [];
for (let count = 0; count < 12; count++) {
  running.push((await round()).running / graph.length);
  after.push(await settled());
}
// The engine may hold on to one round's objects for a while: the lowest of early rounds against the lowest of late ones.
const left = (Math.min(...after.slice(8)) - Math.min(...after.slice(1, 5))) / 7 / graph.length;
running.sort((a, b) => a - b);
tell({ running: running[6], left, collected });
