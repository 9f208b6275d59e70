import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

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
