// From a crash to running again, without back-off: `restart.mjs <what> <services> <restarts>`; needs --expose-gc.
//   one     one of so many services after the other: milliseconds each
//   atOnce  all of them crash in one moment: milliseconds until all run
//   hooks   the same, with hooks of 10 ms
//   beside  one after the other, while another service is in an onStart of 5 s
//   flat    the heap after a tenth of the restarts, and after all of them
//   rate    restarts per second of one trivial service
//   otp     the same of a gen_server under OTP's supervisor; tells nothing where there is no erl
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tell, timed } from '../measure.mjs';

const [what, ...given] = process.argv.slice(2);
const [size, restarts] = given.map(Number);

/** Made beforehand: what it costs to take a stack is the business of whoever throws. */
const LOST = new Error('lost');

/** Told of each start. */
let started = () => {};

class Trivial {
  context;

  onStart(context) {
    this.context = context;
    started();
  }

  onStop() {}

  crash() {
    this.context.crash(LOST);
  }
}

class Slow extends Trivial {
  async onStart(context) {
    await sleep(10);
    super.onStart(context);
  }

  async onStop() {
    await sleep(10);
  }
}

async function running(Class, count = size) {
  const { ServiceContainer } = await import('../../dist/container/index.js');
  const logger = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };
  const supervision = { strategy: 'restForGraph', restart: { max: Number.POSITIVE_INFINITY }, backoff: false };
  const container = new ServiceContainer({ lifecycle: { logger, supervision } });
  const services = Array.from({ length: count }, () => new Class());
  for (const [index, service] of services.entries()) container.bind(`service ${index}`).toConstantValue(service);
  await container.startAll();
  return { container, services };
}

/** Crashes one, and waits until it has started again. */
function cycle(service) {
  const again = new Promise((resolve) => {
    started = resolve;
  });
  service.crash();
  return again;
}

/** Milliseconds of each of the restarts, one service after the other. */
async function oneAfterTheOther(services) {
  const times = [];
  for (let count = 0; count < restarts; count++) {
    const begin = performance.now();
    await cycle(services[count % services.length]);
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b);
}

/** All crash in one moment. @returns milliseconds until all run */
async function allAtOnce(services) {
  let left = services.length;
  const begin = performance.now();
  const all = new Promise((resolve) => {
    started = () => {
      left--;
      if (left === 0) resolve();
    };
  });
  for (const service of services) service.crash();
  await all;
  return performance.now() - begin;
}

const ROUNDS = 9;

/** The first time runs code that has never run before, as a crash of everything may well do; then there is the median of others. */
async function severalTimes(services) {
  const first = await allAtOnce(services);
  const others = [];
  for (let round = 0; round < ROUNDS; round++) {
    await turn();
    others.push(await allAtOnce(services));
  }
  await turn();
  return { first, wall: others.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] };
}

function check({ lifecycle }, expected) {
  const counted = lifecycle.services.reduce((sum, each) => sum + each.restarts, 0);
  const isDown = lifecycle.services.some(({ state }) => state !== 'running');
  if (counted !== expected || isDown) throw new Error(`${counted} restarts of ${expected}, and all run: ${!isDown}`);
}

async function settled() {
  for (let round = 0; round < 4; round++) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed / 1_024;
}

const cases = {
  async one() {
    const { container, services } = await running(Trivial);
    const times = await oneAfterTheOther(services);
    await turn();
    check(container, restarts);
    tell({ median: times[Math.floor(restarts / 2)], p99: times[Math.floor(restarts * 0.99)] });
  },

  async atOnce() {
    const { container, services } = await running(Trivial);
    const { first, wall } = await severalTimes(services);
    check(container, (ROUNDS + 1) * size);
    tell({ first, wall });
  },

  async hooks() {
    const { container, services } = await running(Slow);
    const { first, wall } = await severalTimes(services);
    check(container, (ROUNDS + 1) * size);
    tell({ first, wall });
  },

  async beside() {
    const { container, services } = await running(Trivial);
    const [slow, ...others] = services;
    slow.onStart = () => sleep(5_000);
    slow.crash();
    await turn();
    const times = await oneAfterTheOther(others);
    if (container.lifecycle.get('service 0').state !== 'starting') throw new Error('the slow one is through already');
    tell({ median: times[Math.floor(restarts / 2)], p99: times[Math.floor(restarts * 0.99)] });
    process.exit();
  },

  async flat() {
    const { container, services } = await running(Trivial);
    const [service] = services;
    const until = async (from, to) => {
      for (let count = from; count < to; count++) await cycle(service);
      return settled();
    };
    const early = await until(0, restarts / 10);
    const late = await until(restarts / 10, restarts);
    check(container, restarts);
    tell({ early, late, growth: ((late - early) * 1_024) / (restarts * 0.9) });
  },

  async rate() {
    const { container, services } = await running(Trivial, 1);
    const [service] = services;
    for (let count = 0; count < restarts; count++) await cycle(service);
    const { wall } = await timed(async () => {
      for (let count = 0; count < restarts; count++) await cycle(service);
    });
    await turn();
    check(container, 2 * restarts);
    tell({ perSecond: (restarts / wall) * 1_000 });
  },

  otp() {
    const script = fileURLToPath(new URL('../systems/supervisor.escript', import.meta.url));
    try {
      const stdout = execFileSync('escript', [script, String(restarts)], { encoding: 'utf8' });
      tell({ perSecond: Number(stdout) });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      tell({});
    }
  },
};

await cases[what]();
