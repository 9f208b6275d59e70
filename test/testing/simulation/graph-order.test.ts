import { beforeEach, describe, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../../src/events/lifecycle-event.ts';
import type { Lifecycle } from '../../../src/lifecycle/lifecycle.ts';
import { GraphOrder } from '../../../src/testing/simulation/graph-order.ts';
import { handMade, service } from '../../support/hand-made.ts';

/** `Web starting`, as an event. */
function event(text: string): LifecycleEvent {
  const [who, state] = text.split(' ');
  return { kind: `service:${state}`, service: who, from: 'idle', id: 1, parent: undefined, at: 0 } as LifecycleEvent;
}

describe('the order of services', () => {
  let lifecycle: Lifecycle;
  let order: GraphOrder;

  beforeEach(async () => {
    lifecycle = handMade({
      Web: service({}, { needs: ['Cache', 'Mail', 'Index'] }),
      Cache: service({}, { needs: ['Db'] }),
      Db: service({}),
      Mail: service({}, { optional: true }),
      Index: service({}, { background: true }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    order = new GraphOrder(lifecycle);
  });

  const tell = (...texts: readonly string[]) =>
    texts.map((text) => order.heard(event(text))?.detail).filter((detail) => detail !== undefined);

  const UP = ['Db starting', 'Db running', 'Cache starting', 'Cache running', 'Web starting', 'Web running'];

  it('is right where each starts after what it needs and stops before it', () => {
    expect(tell(...UP, 'Web stopping', 'Web stopped', 'Cache stopping', 'Cache stopped', 'Db stopping')).toEqual([]);
  });

  it('is wrong where one starts too early', () => {
    expect(tell('Db starting', 'Cache starting')).toEqual(['Cache starts while Db, which it needs, is starting']);
    expect(order.heard(event('Cache starting'))).toMatchObject({ invariant: 'order', service: 'Cache' });
  });

  it('is wrong where one stops too early', () => {
    expect(tell(...UP, 'Db stopping')).toEqual(['Db stops while Cache, which needs it, is running']);
    expect(tell('Cache stopping', 'Db stopping')).toContain('Db stops while Cache, which needs it, is stopping');
  });

  it('is wrong where one is left running over what is down', () => {
    expect(tell(...UP, 'Db crashed')).toEqual([]);
    expect(order.settled()?.detail).toBe('Cache runs while Db, which it needs, is crashed');
    tell('Db starting', 'Db running');
    expect(order.settled()).toBeUndefined();
  });

  it('is not about what is optional, or comes up in the background', () => {
    expect(tell(...UP, 'Mail crashed', 'Index starting')).toEqual([]);
    expect(order.settled()).toBeUndefined();
  });

  it('is not about what is restarted alone, as long as it is', () => {
    const told = (way: 'Down' | 'Up') =>
      ({
        kind: `service:dependency${way}`,
        service: 'Cache',
        dependency: 'Db',
        id: 1,
        parent: undefined,
        at: 0,
      }) as LifecycleEvent;
    tell(...UP);
    expect(order.heard(told('Down'))).toBeUndefined();
    expect(tell('Db crashed', 'Db stopping', 'Db restarting')).toEqual([]);
    expect(order.settled()).toBeUndefined();
    tell('Db starting', 'Db running');
    order.heard(told('Up'));
    expect(tell('Db stopping')).toEqual(['Db stops while Cache, which needs it, is running']);
  });

  it('is wrong where what was adopted outlives its parent', () => {
    const [cache, mail] = ['Cache', 'Mail'].map((label) =>
      [...lifecycle.runningGraph.units].find((unit) => unit.label === label),
    );
    if (cache === undefined || mail === undefined) throw new Error('they are there');
    cache.children = new Set([mail]);
    tell(...UP, 'Mail running', 'Web stopping', 'Web stopped', 'Cache stopping');
    expect(tell('Cache stopped')).toEqual(['Mail is running while Cache, which has adopted it, is down']);
  });

  it('follows what joins and leaves', () => {
    expect(order.heard({ ...event('Db joined'), kind: 'service:joined' } as LifecycleEvent)).toBeUndefined();
    expect(tell('Nobody starting', 'Cache starting')).toEqual(['Cache starts while Db, which it needs, is stopped']);
  });
});
