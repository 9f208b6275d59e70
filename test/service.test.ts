import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  Background,
  GraphError,
  type LifecycleOptions,
  lifecycle,
  Managed,
  Service,
  type ServiceContext,
  StartError,
  StopError,
  type TaskContext,
  Timer,
  TransitionsTo,
  Worker,
} from '../container/index.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { silent } from './support/hand-made.ts';
import { rejection } from './support/recorded.ts';

/** A service on its own, on a clock that stands still. */
function alone<S extends Service>(service: S, options: LifecycleOptions = {}): { service: S; clock: ManualClock } {
  const clock = new ManualClock();
  lifecycle(service, { clock, logger: silent, ...options });
  return { service, clock };
}

const never = new Promise<never>(() => {});

class Diary extends Service {
  readonly lines: string[] = [];
  onFirstStart(): void {
    this.lines.push(`first start, ${this.state}`);
  }
  async onStart(): Promise<void> {
    this.lines.push(`start, ${this.state}`);
  }
  onStarted(): void {
    this.lines.push(`started, ${this.state}`);
  }
  async onStop(): Promise<void> {
    this.lines.push(`stop, ${this.state}`);
  }
  onRestart(): void {
    this.lines.push('restart');
  }
  onShutdown(): void {
    this.lines.push(`shutdown, ${this.state}`);
  }
}

describe('a service without a container', () => {
  it('has the hooks of a life, as often as it is started', async () => {
    const { service } = alone(new Diary());
    expect(service.state).toBe('idle');
    expect(await service.start()).toBe(service);
    expect(service.state).toBe('running');
    await service.start();
    await service.stop();
    await service.stop();
    expect(service.state).toBe('stopped');
    await service.start();
    await service.restart();
    await service.stop();
    expect(service.lines).toEqual([
      'first start, starting',
      'start, starting',
      'started, running',
      'stop, stopping',
      'shutdown, stopping',
      'start, starting',
      'started, running',
      'stop, stopping',
      'shutdown, stopping',
      'restart',
      'start, starting',
      'started, running',
      'stop, stopping',
      'shutdown, stopping',
    ]);
  });

  it('stops at the end of its block', async () => {
    const { service } = alone(new Diary());
    {
      await using started = await service.start();
      expect(started.state).toBe('running');
    }
    expect(service.state).toBe('stopped');
  });

  it('is started by a restart, and a stop before any start is none', async () => {
    const { service } = alone(new Diary());
    await service.stop();
    expect(service.state).toBe('idle');
    await service.restart();
    expect(service.lines).toEqual(['first start, starting', 'start, starting', 'started, running']);
    await new Diary().stop();
  });

  it('needs no hook', async () => {
    const { service } = alone(new (class App extends Service {})());
    await service.start();
    expect(service.signal.aborted).toBe(false);
    await service.stop();
    expect(service.signal.aborted).toBe(true);
  });

  it('joins starts, and aborts one that a stop overtakes', async () => {
    class Slow extends Service {
      starts = 0;
      async onStart(): Promise<void> {
        this.starts++;
        await this.sleep('1s');
        this.signal.throwIfAborted();
      }
    }
    const { service, clock } = alone(new Slow());
    const both = Promise.all([service.start(), service.start()]);
    await clock.advance(1_000);
    await both;
    expect(service.starts).toBe(1);
    await service.stop();
    const aborted = rejection(service.start());
    await clock.advance(1);
    await service.stop();
    expect(await aborted).toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    expect(clock.pending).toBe(0);
  });

  it('fails to start, and to stop, as any', async () => {
    class Bad extends Service {
      isBad = true;
      onStart(): void {
        if (this.isBad) throw new Error('no route');
      }
      onStop(): void {
        throw new Error('no way back');
      }
    }
    const { service } = alone(new Bad());
    const failure = await rejection(service.start());
    expect(failure).toBeInstanceOf(StartError);
    expect(failure.message).toContain('Bad.onStart failed: no route');
    expect(service.state).toBe('crashed');
    service.isBad = false;
    await service.start();
    expect(await rejection(service.stop())).toBeInstanceOf(StopError);
    expect(service.state).toBe('stopped');
  });

  it('has a start that can be limited, and a stop with a budget and a reason', async () => {
    class Stuck extends Service {
      mode = 'start';
      seen: unknown;
      onStart(): Promise<never> | undefined {
        return this.mode === 'start' ? never : undefined;
      }
      onStop({ reason }: ServiceContext): Promise<never> {
        this.seen = reason;
        return never;
      }
    }
    const { service, clock } = alone(new Stuck());
    const late = rejection(service.start({ timeout: '1s' }));
    await clock.advance(1_000);
    expect(await late).toMatchObject({ code: 'LIFECYCLE_START_TIMEOUT' });
    service.mode = 'stop';
    await service.start();
    const stop = rejection(service.stop({ timeout: '2s', reason: 'enough' }));
    await clock.advance(2_000);
    expect(await stop).toBeInstanceOf(StopError);
    expect(service.seen).toEqual({ kind: 'requested', detail: 'enough' });
  });

  it('runs the tasks that its decorators say', async () => {
    class Job extends Service {
      ticks = 0;
      @Timer('1s')
      tick(): void {
        this.ticks++;
      }
    }
    const { service, clock } = alone(new Job());
    await service.start();
    await clock.advance(3_000);
    await service.stop();
    await clock.advance(3_000);
    expect(service.ticks).toBe(3);
    expect(lifecycle(service).tasks.get('Job.tick').snapshot()).toMatchObject({ runs: 3, state: 'idle' });
  });

  it('that crashes is stopped, and its lifecycle is done with that', async () => {
    class Job extends Service {
      readonly stops: unknown[] = [];
      onStop(): void {
        this.stops.push(this.reason?.kind);
      }
      fail(): void {
        this.crash(new Error('lost'));
      }
    }
    const { service } = alone(new Job());
    await service.start();
    service.fail();
    expect(await rejection(lifecycle(service).done)).toMatchObject({ message: 'Job crashed: lost' });
    expect(service.stops).toEqual(['crash']);
    expect(service.state).toBe('crashed');
  });

  it('may stop itself', async () => {
    class Once extends Service {
      @Background()
      async work(): Promise<void> {
        await this.sleep('1s');
        await this.stop({ reason: 'done' });
      }
    }
    const { service, clock } = alone(new Once());
    await service.start();
    const { done } = lifecycle(service);
    await clock.advance(1_000);
    await done;
    expect(service.state).toBe('stopped');
  });

  it('may start another one that is on its own, and use it', async () => {
    class Db extends Service {}
    class App extends Service {
      readonly db = alone(new Db()).service;
      async onStart(): Promise<void> {
        this.use(await this.db.start());
      }
    }
    const { service } = alone(new App());
    await service.start();
    expect(service.db.state).toBe('running');
    await service.stop();
    expect(service.db.state).toBe('stopped');
  });

  it('is run by a Worker, to completion too', async () => {
    class App extends Service {
      readonly lines: string[] = [];
      onStart(): void {
        this.lines.push('start');
      }
      @Background()
      async work(): Promise<void> {
        this.lines.push('work');
      }
      onStop(): void {
        this.lines.push('stop');
      }
    }
    const before = process.exitCode;
    const app = new App();
    const options = { logger: silent, exitTimeout: Number.POSITIVE_INFINITY };
    const code = await Worker.run(app, { ...options, daemon: false });
    const again = await new Worker(app, options).runUntilComplete('App');
    process.exitCode = before;
    expect([code, again]).toEqual([0, 0]);
    expect(app.lines).toEqual(['start', 'work', 'stop', 'start', 'work', 'stop']);
  });
});

describe('what a service has on itself', () => {
  class Db extends Service {
    readonly seen: Record<string, unknown> = {};
    look(where: string): void {
      const { signal, deadline, reason } = this;
      this.seen[where] = { aborted: signal.aborted, deadline, reason: reason?.kind };
    }
  }

  it('is as of the hook that asks', async () => {
    class Looking extends Db {
      onStart({ signal }: ServiceContext): void {
        this.look('onStart');
        this.seen.same = signal === this.signal;
        this.defer(() => this.look('defer'));
      }
      async onStop({ signal, extend }: ServiceContext): Promise<void> {
        this.look('onStop');
        this.seen.sameInStop = signal === this.signal;
        extend(1);
        this.extend(1);
        await this.sleep(1);
      }
    }
    const { service, clock } = alone(new Looking());
    const now = clock.date();
    await service.start();
    service.look('running');
    const stop = service.stop();
    await clock.advance(1);
    await stop;
    service.look('stopped');
    const limit = now + 25_000;
    expect(service.seen).toEqual({
      same: true,
      sameInStop: true,
      onStart: { aborted: false, deadline: now + 30_000, reason: undefined },
      running: { aborted: false, deadline: Number.POSITIVE_INFINITY, reason: undefined },
      onStop: { aborted: false, deadline: limit, reason: 'requested' },
      defer: { aborted: false, deadline: limit, reason: 'requested' },
      stopped: { aborted: true, deadline: Number.POSITIVE_INFINITY, reason: undefined },
    });
    expect(clock.pending).toBe(0);
  });

  it('is as of the run that asks: it ends with that', async () => {
    const seen: unknown[] = [];
    class Job extends Service {
      @Background()
      async loop({ signal, log }: TaskContext): Promise<void> {
        seen.push(this.signal === signal, this.log === log);
        while (!this.signal.aborted) await this.sleep('1h');
        seen.push(await this.wait());
      }
      @Timer('1s', { timeout: 100 })
      async limited(): Promise<void> {
        seen.push(await this.wait(never));
      }
    }
    const { service, clock } = alone(new Job());
    await service.start();
    await clock.advance(1_100);
    lifecycle(service).tasks.get('Job.loop').pause();
    await clock.advance(0);
    expect(seen).toEqual([true, true, { kind: 'timeout' }, { kind: 'stopped' }]);
    await service.stop();
  });

  it('is the life for what goes on in the background of a stop', async () => {
    let woken = 0;
    class Job extends Service {
      @Background()
      async loop(): Promise<void> {
        while (!this.signal.aborted) await this.sleep('1h');
        woken = (this.state === 'stopping' ? 1 : 0) + woken;
      }
      async onStop(): Promise<void> {
        await this.sleep('1s');
      }
    }
    const { service, clock } = alone(new Job());
    await service.start();
    const stop = service.stop();
    await clock.advance(0);
    expect(woken).toBe(1);
    await clock.advance(1_000);
    await stop;
  });

  it('is the present life for a callback that an earlier one left behind', async () => {
    let callback = (): boolean => false;
    class Job extends Service {
      onFirstStart(): void {
        callback = () => this.signal.aborted;
      }
    }
    const { service } = alone(new Job());
    await service.start();
    expect(callback()).toBe(false);
    await service.stop();
    expect(callback()).toBe(true);
    await service.start();
    expect(callback()).toBe(false);
    await service.stop();
  });

  it('is all that hooks are given', async () => {
    const { service, clock } = alone(new Db());
    await service.start();
    const order: string[] = [];
    service.defer(() => order.push('deferred'));
    service.use({ [Symbol.dispose]: () => void order.push('disposed') });
    service.spawn(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      order.push('spawned');
    });
    const busy = service.during('busy', service.sleep(10));
    expect(lifecycle(service).get(service).flags).toEqual(['busy']);
    const tick = service.interval('1s').next();
    await clock.advance(1_000);
    await busy;
    expect(await tick).toMatchObject({ done: false, value: { count: 1 } });
    expect(await service.wait({ state: 'running', of: service })).toMatchObject({ kind: 'done' });
    expect(service.beacon).toMatchObject({ label: 'Db', depth: 1, path: ['Db'] });
    await service.stop();
    expect(order).toEqual(['spawned', 'disposed', 'deferred']);
    expect(() => service.defer(() => {})).toThrow(expect.objectContaining({ code: 'LIFECYCLE_LIFE_OVER' }));
  });

  it('is not there before its first life, and says so', () => {
    class Hasty extends Service {
      readonly early = this.signal;
    }
    expect(() => new Hasty()).toThrow(
      expect.objectContaining({
        code: 'LIFECYCLE_NO_LIFE',
        message:
          'Hasty was not started, so it has no signal yet; use this.signal in onStart, or later, and not in the constructor (a service without a container is started with await service.start())',
      }),
    );
    const db = new Db();
    const members = [
      'deadline',
      'reason',
      'extend',
      'sleep',
      'wait',
      'interval',
      'during',
      'use',
      'defer',
      'spawn',
      'crash',
    ];
    for (const member of members) {
      expect(() => db[member as keyof Db], member).toThrow(
        expect.objectContaining({ data: { service: 'Db', member } }),
      );
    }
  });

  it('has a name, a state, a log and a beacon from the beginning', () => {
    const db = new (class Db extends Service {
      readonly early = [this.name, this.state, this.beacon.path, typeof this.log.info];
    })();
    expect(db.early).toEqual(['Db', 'idle', ['Db'], 'function']);
    @Managed({ name: 'main' })
    class Named extends Service {}
    expect(new Named().name).toBe('main');
  });

  it("is in nobody's way", () => {
    const db = new Db();
    expect(Object.keys(db)).toEqual(['seen']);
    expect(inspect(db)).toBe('<Db: idle>');
    expect('then' in db).toBe(false);
    expect(Object.getOwnPropertyNames(Service.prototype).sort()).toEqual(
      [
        'constructor',
        ...['name', 'log', 'signal', 'deadline', 'reason', 'release', 'state', 'adopt', 'beacon'],
        ...['extend', 'sleep', 'wait', 'interval', 'use', 'defer', 'spawn', 'crash', 'during'],
        ...['start', 'stop', 'restart'],
      ].sort(),
    );
  });

  it('is there for an object that cannot be changed, and through a proxy', async () => {
    class Frozen extends Service {
      constructor() {
        super();
        Object.freeze(this);
      }
    }
    const { service } = alone(new Frozen());
    await service.start();
    expect(service.signal.aborted).toBe(false);
    const proxy = new Proxy(service, {});
    expect(proxy.state).toBe('running');
    await proxy.stop();
    expect(service.state).toBe('stopped');
  });
});

describe('@TransitionsTo', () => {
  class Db extends Service {
    @TransitionsTo('committing')
    async commit(ms: number): Promise<number> {
      await this.sleep(ms);
      return ms;
    }
    @TransitionsTo('failing')
    async fail(): Promise<void> {
      throw new Error('no');
    }
  }

  it('holds the flag while runs of the method are under way', async () => {
    const { service, clock } = alone(new Db());
    await service.start();
    const flags = () => lifecycle(service).get(service).flags;
    const runs = Promise.all([service.commit(10), service.commit(20)]);
    expect(flags()).toEqual(['committing']);
    await clock.advance(10);
    expect(flags()).toEqual(['committing']);
    await clock.advance(10);
    expect(await runs).toEqual([10, 20]);
    expect(flags()).toEqual([]);
    expect((await rejection(service.fail())).message).toBe('no');
    expect(flags()).toEqual([]);
    await service.stop();
  });

  it('lets the method be what it was', () => {
    expect(Db.prototype.commit.name).toBe('commit');
    expect(Db.prototype.commit).toHaveLength(1);
  });

  it('is for methods of hooks and tasks, and through super', async () => {
    const seen: unknown[] = [];
    const look = (service: Service): void => void seen.push(lifecycle(service).get(service).flags);
    class Base extends Service {
      @TransitionsTo('connecting')
      async onStart(): Promise<void> {
        look(this);
      }
      @Timer('1s')
      @TransitionsTo('flushing')
      async flush(): Promise<void> {
        look(this);
      }
    }
    class Sub extends Base {
      override async flush(): Promise<void> {
        look(this);
        await super.flush();
      }
    }
    const { service, clock } = alone(new Sub());
    await service.start();
    await clock.advance(1_000);
    expect(seen).toEqual([['connecting'], [], ['flushing']]);
    await service.stop();
  });

  it('does nothing on an object that no lifecycle knows', async () => {
    class Plain {
      @TransitionsTo('busy')
      async work(): Promise<string> {
        return 'done';
      }
    }
    expect(await new Plain().work()).toBe('done');
    const { work } = new Plain();
    expect(await work()).toBe('done');
  });

  it.each(['', 5, undefined])('is a TypeError for what is no flag: %s', (flag) => {
    expect(() => TransitionsTo(flag as string)).toThrow(/@TransitionsTo expects a flag like 'committing', got/);
  });
});

describe('the lifecycle of a service', () => {
  it('is its own, and given options once', () => {
    const { service } = alone(new Diary());
    expect(lifecycle(service)).toBe(lifecycle(service));
    expect(() => lifecycle(service, { stopTimeout: '1s' })).toThrow(
      'lifecycle(Diary, options): it has a lifecycle, its own already; give the options before its start',
    );
    expect(() => lifecycle(new Diary(), { stopTimout: 1 } as never)).toThrow(/did you mean stopTimeout/);
  });

  it('tells the faults of its class', async () => {
    @Managed({ startTimeout: 'soon' as never })
    class Bad extends Service {}
    const { service } = alone(new Bad());
    const error = await rejection(service.start());
    expect(error).toBeInstanceOf(GraphError);
    expect((error as GraphError).details).toMatchObject([{ code: 'INVALID_METADATA', nodes: ['Bad'] }]);

    class Near extends Service {
      onstart(): void {}
    }
    const warnings: unknown[] = [];
    const near = alone(new Near()).service;
    lifecycle(near).on((event) => event.kind === 'graph:warning' && warnings.push(event.issue));
    await near.start();
    expect(warnings).toMatchObject([{ code: 'NEAR_MISS', nodes: ['Near'] }]);
    await near.stop();
  });

  it('does not mind arguments of a constructor that nobody injects', async () => {
    class Base extends Service {
      constructor(readonly url: string) {
        super();
      }
    }
    class Sub extends Base {}
    const { service } = alone(new Sub('db:'));
    await service.start();
    expect(service.url).toBe('db:');
    await service.stop();
  });

  it('knows nobody else', async () => {
    const { service } = alone(new Diary());
    await service.start();
    expect(() => service.wait({ state: 'running', of: 'Other' })).toThrow(/none of them/);
    expect(await rejection(lifecycle(service).startAll({ only: ['Other'] }))).toMatchObject({
      code: 'LIFECYCLE_UNKNOWN_REF',
    });
    await service.stop();
  });
});
