import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';
import { oneService } from '../support/one-service.ts';
import { timer } from '../support/tasks.ts';

const EPOCH = Date.UTC(2026, 0, 1);

/** A clock whose date is none of its `now()`. */
async function later(ms: number): Promise<ManualClock> {
  const clock = new ManualClock(EPOCH);
  await clock.advance(ms);
  return clock;
}

describe('the snapshot of a service', () => {
  it('says when its start began, and how long that took', async () => {
    const clock = await later(1_000);
    const lifecycle = handMade({ Db: service({ onStart: ({ sleep }) => sleep(300) }) }, { clock });
    const began = EPOCH + 1_000;
    const down = { startedAt: undefined, startDuration: undefined, crashReason: undefined };
    const start = lifecycle.startAll();
    await clock.advance(200);
    expect(lifecycle.get('Db')).toMatchObject({ state: 'starting', startedAt: began, startDuration: undefined });
    await clock.advance(100);
    await start;
    await clock.advance(5_000);
    expect(lifecycle.get('Db')).toMatchObject({ state: 'running', startedAt: began, startDuration: 300, blocked: 0 });
    await lifecycle.stopAll();
    expect(lifecycle.get('Db')).toMatchObject({ state: 'stopped', ...down });
  });

  it('has the error of a crash while its stop is under way and after, and of no other stop', async () => {
    const clock = new ManualClock();
    const onStop = ({ sleep }: ServiceContext): Promise<void> => sleep(100);
    let context: ServiceContext | undefined;
    const db = service({
      onStart(given) {
        context = given;
      },
      onStop,
    });
    const lifecycle = handMade({ Db: db, Api: service({ onStart() {}, onStop }, { needs: ['Db'] }) }, { clock });
    await lifecycle.startAll();
    const stop = lifecycle.stopAll();
    await clock.advance(50);
    expect(lifecycle.get('Api')).toMatchObject({ state: 'stopping', crashReason: undefined });
    await clock.advance(150);
    await stop;

    await lifecycle.startAll();
    const done = lifecycle.done.catch(() => {});
    const lost = new Error('lost');
    context?.crash(lost);
    await clock.advance(50);
    expect(lifecycle.get('Api')).toMatchObject({ state: 'stopping', crashReason: undefined });
    expect(lifecycle.get('Db').crashReason).toBe(lost);
    await clock.advance(100);
    expect(lifecycle.get('Db').crashReason).toBe(lost);
    await clock.advance(100);
    await done;
    expect(lifecycle.get('Db')).toMatchObject({ state: 'crashed', crashReason: lost });
  });

  it('names what it depends on, and what depends on it', async () => {
    const lifecycle = handMade({
      Db: service({ onStart() {} }),
      Api: service({ onStart() {} }, { needs: ['Db'] }),
    });
    await lifecycle.startAll();
    expect(lifecycle.get('Db')).toMatchObject({ dependencies: [], dependents: ['Api'] });
    expect(lifecycle.get('Api')).toMatchObject({ dependencies: ['Db'], dependents: [] });
    await lifecycle.stopAll();
  });

  it('names what it has adopted, and that who has adopted it', async () => {
    const { context, lifecycle } = await oneService();
    class Connection {
      onStart(): void {}
    }
    await context.adopt(new Connection());
    const [name = ''] = lifecycle.get('Db').children;
    expect(lifecycle.get('Db').children).toHaveLength(1);
    expect(lifecycle.get(name)).toMatchObject({ state: 'running', parent: 'Db', children: [] });
    expect(lifecycle.get('Db').parent).toBeUndefined();
    await lifecycle.stopAll();
  });

  it('has its tasks, and what it has spawned while that lasts', async () => {
    const clock = new ManualClock();
    const hooks = {
      onStart: ({ spawn, sleep }: ServiceContext) => void spawn(() => sleep(10), { name: 'warmUp' }),
      work() {},
    };
    const lifecycle = handMade({ Db: service(hooks, { tasks: [timer('1h')] }) }, { clock });
    await lifecycle.startAll();
    const names = (): string[] => lifecycle.get('Db').tasks.map(({ name }) => name);
    expect(names()).toEqual(['Db.work', 'Db.warmUp']);
    await clock.advance(10);
    expect(names()).toEqual(['Db.work']);
    await lifecycle.stopAll();
    expect(names()).toEqual(['Db.work']);
  });
});
