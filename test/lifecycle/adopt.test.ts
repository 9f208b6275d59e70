import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { type HandMadeNode, handMade, made, service } from '../support/hand-made.ts';

const log: string[] = [];

/** An object that is bound nowhere. */
class Conn {
  readonly name: string;
  context: ServiceContext | undefined;

  constructor(name: string) {
    this.name = name;
  }

  onStart(context: ServiceContext): void {
    this.context = context;
    log.push(`+${this.name}`);
  }

  onStop(): void {
    log.push(`-${this.name}`);
  }
}

function pool(children: readonly object[], more: object = {}) {
  let context: ServiceContext | undefined;
  const hooks = {
    async onStart(given: ServiceContext) {
      context = given;
      log.push('>Pool');
      for (const child of children) await given.adopt(child);
      log.push('+Pool');
    },
    onStop: () => log.push('-Pool'),
    ...more,
  };
  return { node: service(hooks), of: () => context as ServiceContext };
}

describe('a service that is adopted', () => {
  it('in onStart runs before its parent does, and is down before onStop of that', async () => {
    log.length = 0;
    const conn = new Conn('conn');
    const { node } = pool([conn]);
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Pool: node, Api: service({ onStop: () => log.push('-Api') }, { needs: ['Pool'] }) },
      { clock },
    );
    await lifecycle.startAll();
    expect(lifecycle.get('Conn')).toMatchObject({ state: 'running', parent: 'Pool' });
    expect(lifecycle.get('Pool').children).toEqual(['Conn']);
    expect(conn.context?.beacon.path).toEqual(['Api', 'Pool', 'Conn']);
    await lifecycle.stopAll();
    expect(log).toEqual(['>Pool', '+conn', '+Pool', '-Api', '-conn', '-Pool']);
    expect(lifecycle.services.map(({ name }) => name)).toEqual(['Pool', 'Api']);
    expect(clock.pending).toBe(0);
  });

  it('is adopted anew in the next life', async () => {
    log.length = 0;
    const { node, of } = pool([new Conn('conn')]);
    const lifecycle = handMade({ Pool: node }, { supervision: { backoff: false } });
    await lifecycle.startAll();
    of().crash(new Error('lost'));
    await quiescence();
    expect(log).toEqual(['>Pool', '+conn', '+Pool', '-conn', '-Pool', '>Pool', '+conn', '+Pool']);
    await lifecycle.stopAll();
  });

  it('while its parent runs, and is released before its time', async () => {
    log.length = 0;
    const { node, of } = pool([]);
    const lifecycle = handMade({ Pool: node });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    const conn = new Conn('late');
    expect(await of().adopt(conn)).toBe(conn);
    await expect(of().adopt(conn)).rejects.toMatchObject({ code: 'LIFECYCLE_ADOPTION' });
    await of().release(conn);
    await expect(of().release(conn)).rejects.toMatchObject({ code: 'LIFECYCLE_ADOPTION' });
    expect(log).toEqual(['>Pool', '+Pool', '+late', '-late']);
    expect(recorder.events.map(({ kind }) => kind)).toContain('service:left');
    await of().adopt(conn);
    await lifecycle.stopAll();
    expect(log.slice(4)).toEqual(['+late', '-late', '-Pool']);
  });

  it('takes its parent down when it crashes, and nobody mends that', async () => {
    log.length = 0;
    const conn = new Conn('conn');
    const { node } = pool([conn]);
    const lifecycle = handMade({ Pool: node });
    await lifecycle.startAll();
    const done = lifecycle.done.catch((error: Error) => error);
    conn.context?.crash(new Error('lost'));
    expect(String(await done)).toContain('Pool crashed: Conn crashed: lost');
    expect(log.slice(3)).toEqual(['-conn', '-Pool']);
  });

  it('fails its parent when it does not start', async () => {
    log.length = 0;
    const { node } = pool([
      {
        onStart() {
          throw new Error('refused');
        },
        onShutdown: () => log.push('shutdown'),
      },
    ]);
    const lifecycle = handMade({ Pool: node });
    await expect(lifecycle.startAll()).rejects.toThrow(/Object.onStart failed: refused/);
    expect(log).toEqual(['>Pool', 'shutdown']);
    expect(lifecycle.services.map(({ name, state }) => [name, state])).toEqual([['Pool', 'crashed']]);
  });

  it('is stopped while it starts', async () => {
    log.length = 0;
    const clock = new ManualClock();
    const slow = { onStart: ({ sleep }: ServiceContext) => sleep('10s'), onShutdown: () => log.push('shutdown') };
    const { node } = pool([slow]);
    const lifecycle = handMade({ Pool: node }, { clock });
    const start = lifecycle.startAll().catch((error: Error) => error.message);
    await clock.advance(5);
    const stop = lifecycle.stopAll();
    await clock.advance(0);
    expect(await start).toContain('aborted by a stop');
    await stop;
    expect(log).toEqual(['>Pool', 'shutdown']);
    expect(clock.pending).toBe(0);
  });
});

/** A pool that runs, and these services, which are down; each is adopted by its name. */
async function poolWith(nodes: Record<string, HandMadeNode>) {
  const clock = new ManualClock();
  const { node, of } = pool([]);
  const options = { clock, random: () => 0, supervision: { backoff: { initial: '5s' } } } as const;
  const lifecycle = handMade({ Pool: node, ...nodes }, options);
  await lifecycle.startAll({ only: ['Pool'] });
  return { clock, lifecycle, pool: of() };
}

const outcomeOf = (adopted: Promise<unknown>): Promise<string> =>
  adopted.then(
    () => 'runs',
    (error: Error) => error.message,
  );

describe('what children need', () => {
  it('fails all that are adopted, where it does not come up, and may be tried again', async () => {
    let fails = true;
    const conn = service({
      async onStart({ sleep }: ServiceContext) {
        await sleep('1s');
        if (fails) throw new Error('refused');
      },
      onShutdown: ({ sleep }: ServiceContext) => sleep('1s'),
    });
    const reader = () => service({ onStart() {} }, { needs: ['Conn'] });
    const { clock, lifecycle, pool } = await poolWith({ Conn: conn, One: reader(), Two: reader() });
    const both = ['One', 'Two'].map((name) => outcomeOf(pool.adopt(name)));
    await clock.advance('2s');
    expect(await Promise.all(both)).toEqual(Array(2).fill('Conn.onStart failed: refused'));
    const third = outcomeOf(pool.adopt('One'));
    await clock.advance('1500ms');
    expect(lifecycle.get('Conn').state).toBe('stopping');
    fails = false;
    const fourth = outcomeOf(pool.adopt('Two'));
    await clock.advance('2s');
    expect(await Promise.all([third, fourth])).toEqual(['Conn.onStart failed: refused', 'runs']);
    await clock.run(lifecycle.stopAll());
    expect(clock.pending).toBe(0);
  });

  it('still comes up for the one where another one has failed', async () => {
    const { clock, lifecycle, pool } = await poolWith({
      Slow: service({ onStart: ({ sleep }: ServiceContext) => sleep('5s') }),
      Conn: service({ onStart() {} }, { needs: ['Slow'] }),
      Refused: service({ onStart: () => Promise.reject(new Error('refused')) }),
      One: service({ onStart() {} }, { needs: ['Conn', 'Refused'] }),
      Two: service({ onStart() {} }, { needs: ['Conn'] }),
    });
    const both = ['One', 'Two'].map((name) => outcomeOf(pool.adopt(name)));
    await clock.advance('5s');
    expect(await Promise.all(both)).toEqual(['Refused.onStart failed: refused', 'runs']);
    expect(lifecycle.services.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'Pool running',
      'Slow running',
      'Conn running',
      'Refused crashed',
      'One idle',
      'Two running',
    ]);
    await clock.run(lifecycle.stopAll());
  });

  it.each(['runs', 'starts'])(
    'and is optional is tried again, and they go on without it, while the parent %s',
    async (when) => {
      let fails = true;
      const metrics = {
        onStart() {
          if (fails) throw new Error('refused');
        },
      };
      const nodes = {
        Metrics: service(metrics, { optional: true }),
        Reader: service({ onStart() {} }, { needs: ['Metrics'] }),
      };
      const { node } = pool([], { onStart: ({ adopt }: ServiceContext) => adopt('Reader') });
      const clock = new ManualClock();
      const running = when === 'runs' ? await poolWith(nodes) : undefined;
      const lifecycle = running?.lifecycle ?? handMade({ Pool: node, ...nodes }, { clock, random: () => 0 });
      if (running === undefined) await lifecycle.startAll({ only: ['Pool'] });
      else await running.pool.adopt('Reader');
      expect(lifecycle.get('Reader')).toMatchObject({ state: 'running', parent: 'Pool' });
      expect(lifecycle.get('Metrics').state).not.toBe('running');
      fails = false;
      await (running?.clock ?? clock).advance('5s');
      expect(lifecycle.get('Metrics').state).toBe('running');
      await lifecycle.stopAll();
    },
  );

  it('is not what a child is: an optional one that does not start fails its adoption', async () => {
    const onStart = (): never => {
      throw new Error('refused');
    };
    const { lifecycle, pool } = await poolWith({ Conn: service({ onStart }, { optional: true }) });
    expect(await outcomeOf(pool.adopt('Conn'))).toBe('Conn.onStart failed: refused');
    expect(lifecycle.get('Conn')).toMatchObject({ state: 'crashed', parent: undefined });
    await lifecycle.stopAll();
  });
});

describe('a child that waits for what it needs', () => {
  const nodes = () => ({
    Slow: service({ onStart: ({ sleep }: ServiceContext) => sleep('5s') }),
    Reader: service({ onStart: () => log.push('+Reader') }, { needs: ['Slow'] }),
  });

  it('does not start once it is released, and may be adopted again', async () => {
    const { clock, lifecycle, pool } = await poolWith(nodes());
    log.length = 0;
    const adopted = outcomeOf(pool.adopt('Reader'));
    await clock.advance('1s');
    await pool.release('Reader');
    expect(await adopted).toBe('Reader does not start: Pool has released it before it ran');
    expect(lifecycle.get('Pool').children).toEqual([]);
    const again = pool.adopt('Reader');
    await clock.advance('5s');
    await again;
    expect(log).toEqual(['+Reader']);
    await lifecycle.stopAll();
    expect(clock.pending).toBe(0);
  });

  it('does not start once it is stopped by hand', async () => {
    const { clock, lifecycle, pool } = await poolWith(nodes());
    log.length = 0;
    const adopted = outcomeOf(pool.adopt('Reader'));
    await clock.advance('1s');
    await lifecycle.stops.stopService(lifecycle.runningGraph.find('Reader', 'stop'), {});
    expect(await adopted).toBe('Reader was stopped while it was being started');
    await clock.advance('5s');
    expect(log).toEqual([]);
    expect(lifecycle.get('Slow').state).toBe('running');
    await lifecycle.stopAll();
  });
});

describe('what turns out to be the object of another service', () => {
  /** A pool and a store that ran, what the store needs, and an alias that gives the store's object. */
  async function poolAndStore() {
    const store = { onStart: () => log.push('+Store'), onStop: () => log.push('-Store') };
    const { lifecycle, pool, clock } = await poolWith({
      Disk: service({ onStart: ({ sleep }: ServiceContext) => sleep('1s') }),
      Store: service(store, { needs: ['Disk'] }),
      Alias: made(() => store),
      Reader: service({ onStart: () => log.push('+Reader') }, { needs: ['Alias'] }),
    });
    await clock.run(lifecycle.startAll({ only: ['Store'] }));
    log.length = 0;
    return { lifecycle, pool, clock };
  }

  it('is what a child needs then, and runs already', async () => {
    const { lifecycle, pool, clock } = await poolAndStore();
    await clock.run(pool.adopt('Reader'));
    expect(log).toEqual(['+Reader']);
    expect(lifecycle.get('Reader').dependencies).toEqual(['Store']);
    await lifecycle.stopAll();
  });

  it('is brought up, with what that needs, where it is down', async () => {
    const { lifecycle, pool, clock } = await poolAndStore();
    await lifecycle.stops.stopService(lifecycle.runningGraph.find('Disk', 'stop'), {});
    await clock.run(pool.adopt('Reader'));
    expect(log).toEqual(['-Store', '+Store', '+Reader']);
    await lifecycle.stopAll();
    expect(clock.pending).toBe(0);
  });

  it('cannot be adopted', async () => {
    const { lifecycle, pool, clock } = await poolAndStore();
    await expect(clock.run(pool.adopt('Alias'))).rejects.toMatchObject({
      code: 'LIFECYCLE_ADOPTION',
      message: expect.stringMatching(/^Pool cannot adopt Alias: it is Store, a service of the application already/),
    });
    expect(lifecycle.get('Pool').children).toEqual([]);
    expect(lifecycle.get('Store').state).toBe('running');
    await lifecycle.stopAll();
  });
});
