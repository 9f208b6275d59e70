// The heap over a million ticks of a thousand timers: `flat.mjs <ticks>`; needs --expose-gc. The clock is moved by hand, so that
// the ticks come as fast as they can be done. Told: kilobytes after a tenth of them and at the end, and the growth between.
import { setImmediate as turn } from 'node:timers/promises';
import { ServiceContainer, Timer } from '../../dist/container/index.js';
import { tell } from '../measure.mjs';

const ticks = Number(process.argv[2]);
const TIMERS = 1_000;
let done = 0;
let now = 0;
let fire;

class Job {
  async tick() {
    done++;
    await null;
  }
}
Timer(100)(Job.prototype, 'tick', Object.getOwnPropertyDescriptor(Job.prototype, 'tick'));

const clock = {
  now: () => now,
  date: () => Date.UTC(2026, 0, 1) + now,
  timer(_ms, wake) {
    fire = wake;
    return () => {
      fire = undefined;
    };
  },
};
const container = new ServiceContainer({ lifecycle: { clock } });
for (let index = 0; index < TIMERS; index++) container.bind(`job ${index}`).toConstantValue(new Job());
await container.startAll();

async function settled() {
  for (let round = 0; round < 4; round++) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed / 1_024;
}

async function until(count) {
  while (done < count) {
    now += 100;
    fire();
    await turn();
  }
  return settled();
}

const early = await until(ticks / 10);
const late = await until(ticks);
tell({ early, late, growth: ((late - early) * 1_024) / (ticks * 0.9), ticks: done });
process.exit();
