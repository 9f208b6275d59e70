// Many timers with one tiny asynchronous job: `ticks.mjs <interval|interval-in-services|ours|effect> <timers> <every ms> <seconds>`.
// Lateness is how much later than start + k * interval a run begins; slip is what is left of it in the end, on average. What
// the start of so many services makes late or missed is not counted.
import { setTimeout as sleep } from 'node:timers/promises';
import { tell, timed } from '../measure.mjs';

const [system, ...given] = process.argv.slice(2);
const [timers, every, seconds] = given.map(Number);
const expected = Math.ceil((seconds * 1_000) / every) + 50;
const lateness = new Float64Array(timers * expected);
let isCounting = false;
let ticks = 0;

class Job {
  begun = performance.now();
  runs = 0;
  late = 0;

  async tick() {
    if (isCounting) {
      const sinceBegun = performance.now() - this.begun;
      this.runs = this.runs === 0 ? Math.floor(sinceBegun / every + 0.1) : this.runs + 1;
      this.late = sinceBegun - this.runs * every;
      lateness[ticks++] = this.late;
    }
    await null;
  }
}

const jobs = Array.from({ length: timers }, () => new Job());

const systems = {
  async interval() {
    for (const job of jobs) {
      job.begun = performance.now();
      setInterval(() => void job.tick(), every);
    }
  },
  async 'interval-in-services'() {
    const { ServiceContainer } = await import('../../dist/container/index.js');
    Job.prototype.onStart = function () {
      this.begun = performance.now();
      setInterval(() => void this.tick(), every);
    };
    const container = new ServiceContainer();
    for (const [index, job] of jobs.entries()) container.bind(`job ${index}`).toConstantValue(job);
    await container.startAll();
  },
  async ours() {
    const { ServiceContainer, TaskRegistry, Timer } = await import('../../dist/container/index.js');
    Timer(every)(Job.prototype, 'tick', Object.getOwnPropertyDescriptor(Job.prototype, 'tick'));
    Job.prototype.onStart = function () {
      this.begun = performance.now();
    };
    const container = new ServiceContainer();
    for (const [index, job] of jobs.entries()) container.bind(`job ${index}`).toConstantValue(job);
    await container.startAll();
    return () => [...container.get(TaskRegistry)].reduce((sum, task) => sum + task.snapshot().missed, 0);
  },
  async effect() {
    const { Effect, Schedule } = await import('effect');
    for (const job of jobs) {
      job.begun = performance.now();
      Effect.runFork(Effect.promise(() => job.tick()).pipe(Effect.schedule(Schedule.fixed(every))));
    }
  },
};

const missed = await systems[system]();
await sleep(2 * every + 1_000);
const missedBefore = missed?.() ?? 0;
isCounting = true;
const { cpu } = await timed(() => sleep(seconds * 1_000));
isCounting = false;
const sorted = lateness.subarray(0, ticks).sort();
const slip = jobs.reduce((sum, { late }) => sum + late, 0) / timers;
tell({
  cpu: (cpu / ticks) * 1_000,
  p50: sorted[Math.floor(ticks * 0.5)],
  p99: sorted[Math.floor(ticks * 0.99)],
  slip,
  ticks,
  missed: (missed?.() ?? 0) - missedBefore,
});
process.exit();
