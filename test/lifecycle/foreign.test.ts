import { describe, expect, it } from 'vitest';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { BlueprintNode, NodeOwner, Source } from '../../src/lifecycle/source.ts';
import type { Unit } from '../../src/lifecycle/unit.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { HandMade, handMade, service, silent } from '../support/hand-made.ts';

/** Nodes of a child container: `Page` needs a node of another lifecycle. */
function childOf(owner: NodeOwner, key: BlueprintNode['key'], clock: ManualClock, log: string[] = []): Lifecycle {
  const nodes = new HandMade({
    Page: service({ onStart: () => void log.push('Page starts'), onStop: () => void log.push('Page stops') }),
  });
  const source: Source = {
    blueprint(only) {
      const blueprint = nodes.blueprint(only);
      return { ...blueprint, nodes: blueprint.nodes.map((node) => ({ ...node, foreign: [{ owner, key }] })) };
    },
    create: (node) => nodes.create(node),
    inspect: (instance) => nodes.inspect(instance),
  };
  return new Lifecycle(source, { clock, logger: silent });
}

function parentOf(clock: ManualClock, log: string[]): { parent: Lifecycle; key: BlueprintNode['key'] } {
  const db = service({ onStart: () => void log.push('Db starts'), onStop: () => void log.push('Db stops') });
  return { parent: handMade({ Db: db }, { clock }), key: db };
}

describe('a lifecycle that needs units of another one', () => {
  it('has them started first, and leaves them running when it stops', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const { parent, key } = parentOf(clock, log);
    const child = childOf(parent, key, clock, log);
    await child.startAll();
    await child.stopAll();
    expect(log).toEqual(['Db starts', 'Page starts', 'Page stops']);
    expect(parent.get('Db').state).toBe('running');
    await parent.stopAll();
    expect(log.at(-1)).toBe('Db stops');
  });

  it('is stopped first when they stop', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const { parent, key } = parentOf(clock, log);
    const child = childOf(parent, key, clock, log);
    await child.startAll();
    const { done } = child;
    await parent.stopAll();
    expect(log.slice(2)).toEqual(['Page stops', 'Db stops']);
    expect(child.state).toBe('stopped');
    await done;
  });

  it('is not ready while they are down, and names them', async () => {
    const clock = new ManualClock();
    const db = service({ onStop: ({ sleep }) => sleep('1s'), onStart() {} });
    const parent = handMade({ Db: db }, { clock });
    const [child, other] = [childOf(parent, db, clock), childOf(parent, db, clock)];
    await child.startAll();
    await other.startAll();
    expect(child.health().ready).toBe(true);
    const restart = parent.restart('Db');
    await clock.advance(500);
    expect(child.health()).toMatchObject({ ready: false, reasons: ['Page <- Db stopping'] });
    await clock.advance(500);
    await restart;
    expect(child.health()).toMatchObject({ ready: true, reasons: [] });
    const stop = parent.stopAll();
    await clock.advance('1s');
    await stop;
  });

  it('tells its own events only: a parent is an event of the same lifecycle, and comes before', async () => {
    const clock = new ManualClock();
    const { parent, key } = parentOf(clock, []);
    const child = childOf(parent, key, clock);
    const recorder = new EventRecorder(child);
    await child.startAll();
    await parent.restart('Db');
    await parent.stopAll();
    const ids = new Set<number>();
    for (const event of recorder.events) {
      if (event.parent !== undefined) expect(ids, event.kind).toContain(event.parent);
      ids.add(event.id);
    }
  });

  it('can be stopped while it waits for them, and started again later', async () => {
    const clock = new ManualClock();
    const { parent, key } = parentOf(clock, []);
    let ready = false;
    const slow: NodeOwner = {
      provide: (keys) => (ready ? parent.provide(keys) : new Promise<readonly Unit[]>(() => {})),
    };
    const child = childOf(slow, key, clock);
    const start = expect(child.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await quiescence();
    await child.stopAll();
    await clock.advance(0);
    await start;
    expect(child.state).toBe('stopped');
    ready = true;
    await child.startAll();
    expect(child.get('Page').state).toBe('running');
    expect(clock.pending).toBe(0);
  });

  it('gives up when they take longer than its start may', async () => {
    const clock = new ManualClock();
    const child = childOf({ provide: () => new Promise<readonly Unit[]>(() => {}) }, 1, clock);
    const start = expect(child.startAll({ timeout: '2s' })).rejects.toMatchObject({
      code: 'LIFECYCLE_START_TIMEOUT',
      message: expect.stringContaining('parent container'),
    });
    await clock.advance(2_000);
    await start;
    expect(clock.now()).toBe(2_000);
    expect(clock.pending).toBe(0);
  });

  it('fails with their error', async () => {
    const cause = new Error('no database');
    const child = childOf({ provide: () => Promise.reject(cause) }, 1, new ManualClock());
    await expect(child.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_FAILED', cause });
    expect(child.state).toBe('crashed');
  });
});

describe('from inside a hook of a lifecycle that is built on another one', () => {
  it('a stop of the other one is requested, not awaited: it would wait for the hook', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const { parent, key } = parentOf(clock, log);
    const nodes = new HandMade({
      Page: service({ onStart: () => parent.stopAll().then(() => void log.push('asked')) }),
    });
    const source: Source = {
      blueprint: (only) => {
        const blueprint = nodes.blueprint(only);
        return { ...blueprint, nodes: blueprint.nodes.map((node) => ({ ...node, foreign: [{ owner: parent, key }] })) };
      },
      create: (node) => nodes.create(node),
      inspect: (instance) => nodes.inspect(instance),
    };
    const child = new Lifecycle(source, { clock, logger: silent });
    await expect(child.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    await parent.stopAll();
    expect(clock.now()).toBe(0);
    expect(log).toEqual(['Db starts', 'asked', 'Db stops']);
  });
});
