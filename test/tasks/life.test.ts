import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { healthy, returns } from '../support/behaviour.ts';
import { handMade, service } from '../support/hand-made.ts';
import { graphAnd, worldOf } from '../support/random-graph.ts';
import { ServiceDouble } from '../support/service-double.ts';
import { background, timer } from '../support/tasks.ts';
import { drain } from '../support/time.ts';

/** A double that finds fault with each run that begins, or goes on, while it should not. */
class BusyDouble extends ServiceDouble {
  takes = 0;
  #atWork = 0;

  async tick({ signal }: TaskContext): Promise<void> {
    this.#expectToLive('a run begins');
    if (signal.aborted) this.faults.push(`a run of ${this.name} begins on a signal that has aborted`);
    await this.#work();
  }

  async loop({ signal, sleep }: TaskContext): Promise<void> {
    this.#expectToLive('the loop begins');
    this.#atWork++;
    while (!signal.aborted) await sleep(1_000);
    this.#expectNeeds('the loop ends');
    this.#atWork--;
  }

  override onStop(context: ServiceContext): unknown {
    return super.onStop(context);
  }

  override onShutdown(context: ServiceContext): unknown {
    if (this.#atWork > 0) this.faults.push(`${this.name} shuts down while ${this.#atWork} of its tasks are at it`);
    return super.onShutdown(context);
  }

  async #work(): Promise<void> {
    this.#atWork++;
    await sleep((this.lifecycle as Lifecycle).clock, this.takes);
    this.#expectNeeds('a run ends');
    this.#atWork--;
  }

  #expectToLive(what: string): void {
    const state = this.lifecycle?.get(this.name).state;
    if (state !== 'running') this.faults.push(`${what} while ${this.name} is ${state}`);
    this.#expectNeeds(what);
  }

  #expectNeeds(what: string): void {
    for (const { name } of this.needs) {
      const state = this.lifecycle?.get(name).state;
      // One that has crashed stays until those above it are down.
      if (state !== 'running' && state !== 'crashed') {
        this.faults.push(`${what} in ${this.name} while ${name}, which it needs, is ${state}`);
      }
    }
  }
}

const TASKS = [
  timer(300, { overlap: 'queue' }, 'tick'),
  timer(700, { every: 'delay' }, 'tick'),
  background({}, 'loop'),
].map((task, index) => ({ ...task, name: `task${index}` }));

describe('tasks, over random graphs', () => {
  const cases = graphAnd(fc.record({ start: healthy, stop: healthy, takes: fc.integer({ min: 0, max: 900 }) })).chain(
    ({ dag, each }) =>
      fc.record({
        dag: fc.constant(dag),
        each: fc.constant(each),
        seed: fc.nat(),
        lives: fc.array(
          fc.record({ after: fc.integer({ min: 0, max: 5_000 }), how: fc.constantFrom('stop', 'restart', 'crash') }),
          { minLength: 1, maxLength: 3 },
        ),
        node: fc.nat(dag.length - 1),
      }),
  );

  it('run while their service does and all that it needs, and never else', async () => {
    let all = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ dag, each, seed, lives, node }) => {
        const clock = new ManualClock();
        const behaviours = each.map(({ start, stop }) => ({ start, stop, shutdown: returns }));
        const make = { Double: BusyDouble, tasks: TASKS };
        const { lifecycle, doubles } = worldOf(make, dag, clock, behaviours, { stopTimeout: '10m' });
        for (const [index, double] of doubles.entries()) double.takes = each[index]?.takes ?? 0;
        const interleaving = new Interleaving(seed, clock);
        const name = doubles[node]?.name ?? '';
        let runs = 0;
        lifecycle.on(({ kind }) => kind === 'task:began' && runs++);

        for (const { after, how } of lives) {
          await interleaving.run(lifecycle.startAll());
          await interleaving.run(sleep(clock, after));
          if (how === 'restart') await interleaving.run(lifecycle.restart(name));
          const done = lifecycle.done.catch(() => {});
          if (how === 'crash')
            lifecycle.tasks
              .get(`${name}.task0`)
              .trigger()
              .catch(() => {});
          if (how === 'crash') crash(lifecycle, name);
          else lifecycle.requestStop();
          await interleaving.run(done);
          const before = runs;
          await drain(clock);
          expect(runs, 'a run began after the stop').toBe(before);
          all += runs;
          expect(doubles.flatMap(({ faults }) => faults)).toEqual([]);
          expect(clock.pending).toBe(0);
        }
      }),
      { numRuns: 150 },
    );
    expect(all).toBeGreaterThan(1_000);
  }, 60_000);
});

function crash(lifecycle: Lifecycle, name: string): void {
  for (const unit of lifecycle.runningGraph.units) if (unit.label === name) unit.crash(new Error('lost'));
}

describe('the end of a life', () => {
  const order: string[] = [];
  const job = {
    onStop: () => void order.push('onStop'),
    onShutdown: () => void order.push('onShutdown'),
    onStart: ({ defer }: ServiceContext) => defer(() => void order.push('disposer')),
    async run({ signal, sleep }: TaskContext): Promise<void> {
      await sleep('1h');
      order.push(`run ${signal.aborted}`);
    },
    async loop({ sleep }: TaskContext): Promise<void> {
      await sleep('1h');
      order.push('background');
    },
  };

  it('waits for scheduled runs before onStop, and for background work after it', async () => {
    const clock = new ManualClock();
    const tasks = [timer('1s', {}, 'run'), background({}, 'loop')];
    const lifecycle = handMade({ Job: service(job, { tasks }) }, { clock });
    await lifecycle.startAll();
    await clock.advance(1_000);
    await lifecycle.stopAll();
    expect(order.filter((line) => line !== 'background')).toEqual(['run true', 'onStop', 'disposer', 'onShutdown']);
    expect(order.indexOf('background')).toBeLessThan(order.indexOf('disposer'));
  });

  it('leaves behind and names what does not end in time, runs and loops alike', async () => {
    const clock = new ManualClock();
    const hang = { run: () => new Promise(() => {}), loop: () => new Promise(() => {}) };
    const tasks = [timer('1s', {}, 'run'), background({}, 'loop')];
    const lifecycle = handMade({ Job: service(hang, { tasks }) }, { clock });
    await lifecycle.startAll();
    await clock.advance(1_000);
    const abandoned: string[] = [];
    lifecycle.on((event) => event.kind === 'task:abandoned' && abandoned.push(event.task));
    const stop = lifecycle.stopAll({ timeout: '5s' }).catch((error: AggregateError) => error.errors);
    await clock.advance(5_000);
    const errors = (await stop) as { code: string; message: string }[];
    expect(errors.map(({ code }) => code)).toEqual(['LIFECYCLE_TASK_TIMEOUT', 'LIFECYCLE_TASK_TIMEOUT']);
    expect(errors[0]?.message).toContain('task Job.run had not ended when the time of its service');
    expect(abandoned).toEqual(['run', 'loop']);
    expect(lifecycle.get('Job').state).toBe('stopped');
  });

  it('begins the next one anew: phase, back-off and failures in a row', async () => {
    const clock = new ManualClock();
    const due: number[] = [];
    const counting = { run: ({ scheduledAt }: TaskContext) => void due.push(scheduledAt) };
    const lifecycle = handMade({ Job: service(counting, { tasks: [timer('1s', {}, 'run')] }) }, { clock });
    await lifecycle.startAll();
    await clock.advance(1_500);
    await lifecycle.restart('Job');
    await clock.advance(1_500);
    await lifecycle.stopAll();
    const epoch = clock.date() - clock.now();
    expect(due.map((at) => at - epoch)).toEqual([1_000, 2_500]);
    expect(lifecycle.tasks.get('Job.run').snapshot()).toMatchObject({ runs: 2, state: 'idle', nextRun: undefined });
  });
});

it('a task of a service that failed while it started has no run, whatever is paused and resumed', async () => {
  const clock = new ManualClock();
  let runs = 0;
  const job = {
    async onStart({ spawn }: ServiceContext): Promise<void> {
      spawn(() => Promise.reject(new Error('lost')));
      await sleep(clock, 10);
    },
    tick: () => void runs++,
  };
  const lifecycle = handMade({ Job: service(job, { tasks: [timer('1s', {}, 'tick')] }) }, { clock });
  await clock.run(lifecycle.startAll()).catch(() => {});
  const task = lifecycle.tasks.get('Job.tick');
  task.pause();
  task.resume();
  await clock.advance('1m');
  expect(runs).toBe(0);
  expect(clock.pending).toBe(0);
});
