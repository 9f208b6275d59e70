// Crash to running again, with no back-off and no limit: `restart.mjs <services> <hook milliseconds>`; needs --expose-gc. Told, in
// milliseconds: the median of 1,000 one after the other (fewer where hooks take time), all services at once, one while another
// one takes 5 s to start; and how many kilobytes the heap has grown by over the last 90,000 of 100,000 restarts.
import { setImmediate as turn } from 'node:timers/promises';
import { ServiceContainer } from '../../dist/container/index.js';
import { tell } from '../measure.mjs';

const [size, hook] = process.argv.slice(2).map(Number);
const silence = { isLevelEnabled: () => false, debug() {}, info() {}, warn() {}, error() {} };
const supervision = { strategy: 'restForGraph', restart: { max: Number.POSITIVE_INFINITY }, backoff: false };
const container = new ServiceContainer({ lifecycle: { logger: silence, supervision } });

const contexts = [];
/** Told of each start. */
let started = () => {};
let slow;

function service(index) {
  const work = () => (hook > 0 ? new Promise((resolve) => setTimeout(resolve, hook)) : undefined);
  return {
    async onStart(context) {
      contexts[index] = context;
      if (slow === index) await context.sleep('5s');
      await work();
      started(index);
    },
    onStop: work,
  };
}
/** With hooks that return nothing to wait for. */
function plain(index) {
  return {
    onStart(context) {
      contexts[index] = context;
      started(index);
    },
    onStop() {},
  };
}
const make = hook > 0 ? service : plain;
for (let index = 0; index < size; index++) container.bind(`s${index}`).toConstantValue(make(index));
const SLOW = size;
container.bind('slow').toConstantValue(service(SLOW));
await container.startAll();
const { lifecycle } = container;

/** Resolves when that many have started. */
function starts(count) {
  return new Promise((resolve) => {
    let left = count;
    started = () => --left === 0 && resolve();
  });
}

async function one(index) {
  const began = performance.now();
  const up = starts(1);
  contexts[index].crash(new Error('lost'));
  await up;
  return performance.now() - began;
}

async function median(times) {
  const figures = [];
  for (let count = 0; count < times; count++) figures.push(await one(count % size));
  return figures.sort((a, b) => a - b)[times >> 1];
}

const times = hook > 0 ? 20 : 1_000;
const alone = await median(times);

const began = performance.now();
const up = starts(size);
for (let index = 0; index < size; index++) contexts[index].crash(new Error('lost'));
await up;
const atOnce = performance.now() - began;
if (lifecycle.services.some(({ restarts, name }) => name !== 'slow' && restarts === 0))
  throw new Error('not restarted');

slow = SLOW;
contexts[SLOW].crash(new Error('lost'));
await turn();
const beside = await median(times);

let grown = 0;
if (hook === 0 && size === 1) {
  const settled = async () => {
    for (let round = 0; round < 4; round++) {
      await turn();
      globalThis.gc();
    }
    return process.memoryUsage().heapUsed / 1_024;
  };
  for (let count = 0; count < 10_000; count++) await one(0);
  const before = await settled();
  for (let count = 0; count < 90_000; count++) await one(0);
  grown = (await settled()) - before;
}
tell({ alone, atOnce, beside, grown });
await container.stopAll();
