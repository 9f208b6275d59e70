import { describe, expect, it } from 'vitest';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, CHAIN, type Part } from '../support/cast.ts';
import { background, crontab, timer } from '../support/tasks.ts';

const oneForOne = { supervision: { strategy: 'oneForOne', backoff: { initial: '100ms', factor: 1 } } } as const;

/** The events that tell a dependent of what it needs. */
function told(cast: Cast): string[] {
  return cast.recorder.events.flatMap((event) =>
    event.kind === 'service:dependencyDown' || event.kind === 'service:dependencyUp'
      ? [`${event.service}: ${event.dependency} ${event.kind.slice('service:dependency'.length).toLowerCase()}`]
      : [],
  );
}

describe('oneForOne', () => {
  it('restarts the service alone; all that depends on it stays up and is told, once it is down and once it is up', async () => {
    const cast = await new Cast(CHAIN, oneForOne).start();
    const lives = cast.lifecycle.services.map(({ name, startedAt }) => [name, startedAt]);
    await cast.advance(10);
    await cast.crash('Db');
    expect(cast.states).toEqual({ Api: 'running', Cache: 'running', Db: 'restarting', Mail: 'running' });
    expect(told(cast)).toEqual(['Cache: Db down', 'Api: Db down']);
    await cast.advance(100);
    expect(told(cast)).toEqual(['Cache: Db down', 'Api: Db down', 'Cache: Db up', 'Api: Db up']);
    expect(cast.taken()).toEqual(['-Db', '+Db']);
    expect(cast.restarts).toEqual({ Api: 0, Cache: 0, Db: 1, Mail: 0 });
    const later = cast.lifecycle.services.map(({ name, startedAt }) => [name, startedAt]);
    expect(later.filter(([name]) => name !== 'Db')).toEqual(lives.filter(([name]) => name !== 'Db'));
  });

  it('tells the cause: the incident, and the new start', async () => {
    const cast = await new Cast({ Api: ['Db'], Db: [] }, oneForOne).start();
    await cast.crash('Db');
    await cast.advance(100);
    const { events } = cast.recorder;
    const byKind = (kind: string) => events.findLast((event) => event.kind === kind);
    expect(byKind('service:dependencyDown')?.parent).toBe(byKind('incident')?.id);
    const up = events.findLast((event) => event.kind === 'service:running' && event.service === 'Db');
    expect(byKind('service:dependencyUp')?.parent).toBe(up?.id);
  });

  it('tells once, however often the restart fails', async () => {
    const cast = await new Cast({ Api: ['Db'], Db: [] }, oneForOne).start();
    cast.starts.Db = { kind: 'throws', thrown: new Error('refused') };
    await cast.crash('Db');
    await cast.advance(200);
    delete cast.starts.Db;
    await cast.advance(100);
    expect(cast.actions).toHaveLength(3);
    expect(told(cast)).toEqual(['Api: Db down', 'Api: Db up']);
  });

  it('does not say that it runs again where a stop overtakes it, or it is given up', async () => {
    const stopped = await new Cast({ Api: ['Db'], Db: [] }, oneForOne).start();
    await stopped.crash('Db');
    await stopped.lifecycle.stopAll();
    expect(told(stopped)).toEqual(['Api: Db down']);
    const groups = { io: { strategy: 'giveUp' } } as const;
    const supervised = { strategy: 'oneForOne', restart: { max: 1 }, ...atOnce } as const;
    const above = { strategy: 'giveUp', groups } as const;
    const given = await new Cast({ Api: ['Db'], Db: [] }, { supervision: above }, { Db: { supervised } }).start();
    given.starts.Db = { kind: 'throws', thrown: new Error('refused') };
    await given.crash('Db');
    expect(given.states).toEqual({ Api: 'stopped', Db: 'crashed' });
    expect(told(given)).toEqual(['Api: Db down']);
  });

  it('tells those of the dependents that came later nothing of what was before', async () => {
    const cast = new Cast({ ...CHAIN, New: ['Db'] }, oneForOne);
    await cast.lifecycle.startAll({ only: ['Api'] });
    await cast.crash('Db');
    await cast.advance(100);
    await cast.lifecycle.startAll();
    await cast.crash('Db');
    await cast.advance(100);
    expect(told(cast).filter((line) => line.startsWith('New'))).toEqual(['New: Db down', 'New: Db up']);
  });

  it('brings a dependent that crashes meanwhile up again only when what it needs runs', async () => {
    const cast = await new Cast(CHAIN, { supervision: { strategy: 'oneForOne', ...atOnce } }).start();
    cast.starts.Db = takes(100);
    await cast.crash('Db');
    await cast.crash('Cache');
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'restarting', Db: 'starting' });
    await cast.advance(100);
    expect(cast.states).toMatchObject({ Api: 'running', Cache: 'running', Db: 'running' });
    expect(cast.taken()).toEqual(['-Db', '+Db', '-Cache', '+Cache']);
  });
});

describe('the timers of what depends on a service that is down alone', () => {
  const ticking = (work: () => unknown, ...tasks: ReturnType<typeof timer>[]): Part => ({ tasks, work });

  it('do not run meanwhile, and go on in their phase', async () => {
    const ticks: number[] = [];
    const part = ticking(() => ticks.push(cast.clock.now()), timer(60));
    const cast: Cast = new Cast({ Far: ['Api'], Api: ['Db'], Db: [] }, oneForOne, { Far: part });
    await cast.start();
    await cast.advance(70);
    await cast.crash('Db'); // down from 70 to 170
    expect(cast.lifecycle.tasks.get('Far.work').state).toBe('paused');
    await cast.advance(200);
    expect(ticks).toEqual([60, 180, 240]);
    expect(cast.lifecycle.tasks.get('Far.work').snapshot()).toMatchObject({ missed: 0, overlaps: 0 });
    await cast.lifecycle.stopAll();
  });

  it('can be triggered all the same, and paused and resumed by hand', async () => {
    const ticks: number[] = [];
    const part = ticking(() => ticks.push(cast.clock.now()), timer(60));
    const cast: Cast = new Cast({ Api: ['Db'], Db: [] }, oneForOne, { Api: part });
    await cast.start();
    const task = cast.lifecycle.tasks.get('Api.work');
    await cast.crash('Db'); // down until 100
    await task.trigger();
    task.pause();
    await cast.advance(100);
    expect(cast.state('Db')).toBe('running');
    expect(task.state).toBe('paused');
    await cast.crash('Db'); // down until 200
    task.resume();
    await cast.advance(99);
    expect(ticks).toEqual([0]);
    await cast.advance(121);
    expect(ticks).toEqual([0, 240, 300]);
    await cast.lifecycle.stopAll();
  });

  it('wait until all that is down is up', async () => {
    const ticks: number[] = [];
    const part = ticking(() => ticks.push(cast.clock.now()), timer(10));
    const slow = { supervised: { strategy: 'oneForOne', backoff: { initial: '1s' } } } as const;
    const cast: Cast = new Cast({ Api: ['A', 'B'], A: [], B: [] }, oneForOne, { Api: part, B: slow });
    await cast.start();
    cast.fail('A');
    await cast.crash('B');
    await cast.advance(999);
    expect(ticks).toEqual([]);
    await cast.advance(21);
    expect(ticks).toEqual([1_010, 1_020]);
    await cast.lifecycle.stopAll();
  });

  it('are held also in a new life of their service', async () => {
    const ticks: number[] = [];
    const part = ticking(() => ticks.push(cast.clock.now()), timer(10));
    const needs = { Top: ['Api'], Api: ['Db'], Db: [] };
    const cast: Cast = new Cast(needs, oneForOne, {
      Top: { ...part, supervised: { strategy: 'oneForOne', backoff: { initial: 50 } } },
    });
    await cast.start();
    await cast.crash('Db'); // down until 100
    await cast.crash('Top'); // down until 50: Api, which it needs, runs
    await cast.advance(99);
    expect(cast.state('Top')).toBe('running');
    expect(ticks).toEqual([]);
    await cast.advance(21);
    expect(ticks).toEqual([110, 120]);
    await cast.lifecycle.stopAll();
  });

  it('run again after a stop that overtook the restart', async () => {
    const ticks: number[] = [];
    const part = ticking(() => ticks.push(cast.clock.now()), timer(10));
    const cast: Cast = new Cast({ Api: ['Db'], Db: [] }, oneForOne, { Api: part });
    await cast.start();
    await cast.crash('Db');
    await cast.lifecycle.stopAll();
    await cast.lifecycle.startAll();
    await cast.advance(10);
    expect(ticks).toEqual([10]);
    await cast.lifecycle.stopAll();
    expect(cast.clock.pending).toBe(0);
  });

  it('and crontabs; background work and runs under way go on', async () => {
    const runs: string[] = [];
    const work = ({ name, sleep }: TaskContext) => {
      runs.push(`${name} ${cast.clock.now()}`);
      return name === 'Api.work' ? undefined : sleep(500);
    };
    const api = { tasks: [crontab('* * * * * *')], work };
    const web = { tasks: [background()], work };
    const job = { tasks: [timer(50)], work };
    const cast: Cast = new Cast(
      { Api: ['Db'], Web: ['Db'], Job: ['Db'], Db: [] },
      { supervision: { strategy: 'oneForOne', backoff: { initial: '1500ms' } } },
      { Api: api, Web: web, Job: job },
    );
    await cast.start();
    await cast.advance(60);
    await cast.crash('Db'); // down until 1560
    const { signal } = cast.contextOf('Job');
    await cast.advance(1_499);
    expect(runs).toEqual(['Web.work 0', 'Job.work 50']);
    expect(signal.aborted).toBe(false);
    expect(cast.lifecycle.tasks.get('Job.work').snapshot()).toMatchObject({ runs: 1, failures: 0, missed: 0 });
    await cast.advance(501);
    expect(runs).toEqual(['Web.work 0', 'Job.work 50', 'Job.work 1600', 'Api.work 2000']);
    await cast.lifecycle.stopAll();
  });
});
