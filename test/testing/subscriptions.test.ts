import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { unitOf } from '../../src/testing/at-work.ts';
import { Subscriptions, watchSubscriptions } from '../../src/testing/subscriptions.ts';
import { handMade, service } from '../support/hand-made.ts';

/** What one service hoards over some lives in each of which it does this. */
async function hoardsOf(onStart: (context: ServiceContext) => unknown, lives: number) {
  const lifecycle = handMade({ Db: service({ onStart: (context) => void onStart(context) }) });
  const subscriptions = new Subscriptions((entry) => unitOf(entry)?.life);
  const undo = watchSubscriptions(lifecycle, subscriptions);
  for (let life = 0; life < lives; life++) {
    await lifecycle.startAll();
    await lifecycle.stopAll();
  }
  undo();
  undo();
  return subscriptions.hoards();
}

const listener = (): void => {};

describe('a listener that a hook adds', () => {
  it.each<[string, (source: EventEmitter) => unknown]>([
    ['on', (source) => source.on('x', listener)],
    ['addListener', (source) => source.addListener('x', listener)],
    ['prependListener', (source) => source.prependListener('x', listener)],
    ['once', (source) => source.once('x', listener)],
    ['events.once', (source) => void once(source, 'x')],
  ])('in each life, with %s, is hoarded', async (_, add) => {
    const source = new EventEmitter();
    expect(await hoardsOf(() => add(source), 1)).toEqual([]);
    expect(await hoardsOf(() => add(source), 3)).toContainEqual({
      service: 'Db',
      owner: 'Db.onStart',
      type: 'x',
      count: 3,
    });
  });

  it('is hoarded by an EventTarget too', async () => {
    const target = new EventTarget();
    const add = () => target.addEventListener('x', () => {});
    expect(await hoardsOf(add, 2)).toEqual([{ service: 'Db', owner: 'Db.onStart', type: 'x', count: 2 }]);
  });

  it('and takes away is not, however it does that', async () => {
    const source = new EventEmitter();
    const target = new EventTarget();
    const hoards = await hoardsOf(({ defer, signal }) => {
      source.on('x', listener);
      defer(() => source.off('x', listener));
      source.once('y', listener);
      source.emit('y');
      target.addEventListener('x', listener, { signal });
      once(source, 'z', { signal }).catch(() => {});
    }, 3);
    expect(hoards).toEqual([]);
  });

  it('to what is of one life only is not', async () => {
    const hoards = await hoardsOf(() => {
      const connection = new EventEmitter();
      connection.on('data', listener);
      connection.on('data', () => {});
    }, 3);
    expect(hoards).toEqual([]);
  });

  it('to a signal is not: it is gone with its controller', async () => {
    const { signal } = new AbortController();
    expect(await hoardsOf(() => signal.addEventListener('abort', () => {}), 3)).toEqual([]);
  });
});

describe('the methods of emitters', () => {
  it('are as before once nobody watches, and never touched for others', async () => {
    const { on } = EventEmitter.prototype;
    const subscriptions = new Subscriptions(() => undefined);
    const [one, other] = [watchSubscriptions({}, subscriptions), watchSubscriptions({}, subscriptions)];
    const source = new EventEmitter();
    expect(source.on('x', listener)).toBe(source);
    expect(EventEmitter.prototype.on).not.toBe(on);
    one();
    expect(EventEmitter.prototype.on).not.toBe(on);
    other();
    expect(EventEmitter.prototype.on).toBe(on);
    expect(subscriptions.hoards()).toEqual([]);
  });
});
