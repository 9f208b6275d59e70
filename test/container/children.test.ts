import { Container } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycle, ServiceContainer } from '../../container/index.ts';
import { Cache, childOf, Db, needing, parentOf, quiet, start } from '../support/family.ts';
import { collected } from '../support/garbage.ts';
import { before, diary, times } from '../support/recorded.ts';

beforeEach(() => {
  diary.length = 0;
});

describe('a child container', () => {
  it('has the parent start what it needs of it, and nothing else of the parent', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    await start(child);
    before('+Db', '>Cache');
    before('+Cache', '>Kid');
    expect(diary).not.toContain('>Mail');
    expect(lifecycle(parent).state).toBe('running');
    expect(lifecycle(child).services.map(({ name }) => name)).toEqual(['Kid', 'Kid.own']);
    await parent.startAll();
    expect(diary).toContain('+Mail');
    expect(times('>Db')).toBe(1);
    await parent.stopAll();
    await child.stopAll();
  });

  it('stops only its own, and starts again on a parent that went on', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    await start(child);
    diary.length = 0;
    await child.stopAll();
    expect(new Set(diary)).toEqual(new Set(['<Kid', '-Kid', '<Kid.own', '-Kid.own']));
    expect(lifecycle(parent).state).toBe('running');
    diary.length = 0;
    await start(child);
    expect(diary).toContain('+Kid');
    expect(diary).not.toContain('>Cache');
    diary.length = 0;
    await parent.stopAll();
    before('-Kid', '<Cache');
    await child.stopAll();
  });

  it('follows when its parent stops all it has: its state, its end, and a new start', async () => {
    const parent = parentOf();
    const child = new ServiceContainer({ parent, ...quiet });
    needing(child, 'Kid', Cache);
    await child.startAll({ only: ['Kid'] });
    const { done } = lifecycle(child);
    await parent.stopAll();
    before('-Kid', '<Cache');
    before('-Cache', '<Db');
    expect(lifecycle(child).state).toBe('stopped');
    await done;
    diary.length = 0;
    await child.startAll({ only: ['Kid'] });
    before('+Cache', '>Kid');
    expect(lifecycle(parent).state).toBe('running');
    await parent.stopAll();
  });

  it('keeps what does not need the parent when that stops', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    await start(child);
    await parent.stopAll();
    expect(lifecycle(child).get('Kid').state).toBe('stopped');
    expect(lifecycle(child).get('Kid.own').state).toBe('running');
    expect(lifecycle(child).state).toBe('running');
    await child.stopAll();
    expect(lifecycle(child).state).toBe('stopped');
    expect(times('-Kid')).toBe(1);
  });

  it('of a parent without the plugin has the parent’s objects as they are', async () => {
    const parent = new Container({ defaultScope: 'Singleton' });
    parent.bind(Db).toSelf();
    parent.bind(Cache).toSelf();
    const child = childOf(parent);
    await start(child);
    expect(diary).toContain('+Kid');
    expect(diary).not.toContain('>Db');
    await child.stopAll();
    expect(diary).not.toContain('<Db');
  });

  it('of a child waits for its parent and its grandparent', async () => {
    const grandparent = new ServiceContainer(quiet).add(Db);
    const parent = new ServiceContainer({ parent: grandparent, ...quiet }).add(Cache);
    const child = childOf(parent, 'Kid', Cache);
    await start(child);
    before('+Db', '>Cache');
    before('+Cache', '>Kid');
    expect(lifecycle(parent).get(Cache).dependencies).toEqual(['Db']);
    diary.length = 0;
    await grandparent.stopAll();
    before('-Kid', '<Cache');
    before('-Cache', '<Db');
    expect(lifecycle(parent).state).toBe('stopped');
    await child.stopAll();
  });

  it('through a parent that has no plugin finds the grandparent’s services', async () => {
    const grandparent = new ServiceContainer(quiet).add(Db);
    const parent = new Container({ parent: grandparent, defaultScope: 'Singleton' });
    const child = childOf(parent, 'Kid', Db);
    await start(child);
    before('+Db', '>Kid');
    await grandparent.stopAll();
    before('-Kid', '<Db');
    await child.stopAll();
  });
});

describe('many children', () => {
  it('that start at once share one start of what they need', async () => {
    const parent = parentOf();
    const names = Array.from({ length: 20 }, (_, index) => `Kid${index}`);
    const children = names.map((name) => childOf(parent, name));
    await Promise.all(children.map((child, index) => start(child, names[index])));
    expect(times('>Db')).toBe(1);
    expect(times('>Cache')).toBe(1);
    for (const name of names) before('+Cache', `>${name}`);
    diary.length = 0;
    await Promise.all([parent.stopAll(), ...children.map((child) => child.stopAll())]);
    for (const name of names) {
      before(`-${name}`, '<Cache');
      expect(times(`<${name}`)).toBe(1);
    }
  });

  it('come and go without leaving anything at the parent', async () => {
    const parent = parentOf();
    await parent.startAll();
    for (let index = 0; index < 5; index++) {
      const child = childOf(parent, `Kid${index}`);
      await start(child, `Kid${index}`);
      expect(lifecycle(parent).get(Cache).dependents).toEqual([`Kid${index}`]);
      await child.stopAll();
    }
    expect(lifecycle(parent).get(Cache).dependents).toEqual([]);
    await parent.stopAll();
  });

  it('that are dropped after their stop are collected', async () => {
    const parent = parentOf();
    await parent.startAll();
    const dropped = await (async () => {
      const child = childOf(parent);
      await start(child);
      await child.stopAll();
      return new WeakRef(lifecycle(child));
    })();
    expect(await collected(dropped)).toBe(true);
    await parent.stopAll();
  });

  it('that were never started are collected', async () => {
    const parent = parentOf();
    const dropped = (() => {
      const child = childOf(parent);
      child.graph();
      return new WeakRef(lifecycle(child));
    })();
    expect(await collected(dropped)).toBe(true);
    expect(lifecycle(parent).state).toBe('idle');
  });
});
