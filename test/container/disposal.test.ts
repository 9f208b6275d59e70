import { Container, injectable, preDestroy } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { Lifecycle, LifecyclePlugin, lifecycle, StopError } from '../../container/index.ts';
import { Cache, Db, Stubborn, three, Web } from '../support/destroyed.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, times, until } from '../support/recorded.ts';
import { unbindAllAsync } from '../support/versions.ts';

beforeEach(() => {
  diary.length = 0;
});

describe('unbinding everything', () => {
  it('stops in order, tells what went wrong, and unbinds all the same', async () => {
    const container = three().add(Stubborn);
    await container.startAll();
    const error = await rejection(unbindAllAsync(container));
    expect(error).toBeInstanceOf(StopError);
    expect((error as StopError).errors).toHaveLength(1);
    before('-Web', '<Cache');
    before('-Cache', '<Db');
    expect(container.isBound(Db)).toBe(false);
    expect(lifecycle(container).state).toBe('stopped');
  });

  it('by disposal destroys in order too, after everything has stopped', async () => {
    {
      await using container = three();
      await container.startAll();
    }
    before('-Db', '<<Web');
    before('--Web', '<<Cache');
    before('--Cache', '<<Db');
    expect(times('--Db')).toBe(1);
  });

  it('by disposal works for what never started, and twice', async () => {
    const container = three();
    container.get(Web);
    await container[Symbol.asyncDispose]();
    before('--Web', '<<Cache');
    expect(diary).not.toContain('<Web');
    await container[Symbol.asyncDispose]();
    expect(times('<<Web')).toBe(1);
  });

  it('by disposal skips nothing where a hook throws, and tells all of it', async () => {
    @injectable()
    class Sore {
      constructor(readonly db: Db) {}
      onStop(): void {
        throw new Error('sore stop');
      }
      @preDestroy()
      destroy(): void {
        throw new Error('sore end');
      }
    }
    const container = three().add(Sore, Stubborn);
    await container.startAll();
    const error = await rejection(container[Symbol.asyncDispose]());
    expect(error).toBeInstanceOf(StopError);
    for (const part of ['sore stop', 'sore end', 'will not']) expect(error.message).toContain(part);
    expect(diary).toContain('--Db');
  });

  it('what was destroyed cannot be had again; a new binding starts anew', async () => {
    const container = three();
    await container.startAll();
    await container[Symbol.asyncDispose]();
    diary.length = 0;
    container.add(Web, Cache, Db);
    await container.startAll();
    before('+Db', '>Cache');
    await container.stopAll();
  });
});

describe('snapshot and restore', () => {
  it('do not make a second object of what was started after the snapshot', async () => {
    const container = three();
    container.snapshot();
    await container.startAll();
    const [web, db] = [container.get(Web), container.get(Db)];
    container.restore();
    expect(container.get(Web)).toBe(web);
    expect(container.get(Db)).toBe(db);
    await container.startAll();
    expect(times('>Web')).toBe(1);
    await container.stopAll();
    before('-Web', '<Cache');
    await container.startAll();
    expect(container.get(Web)).toBe(web);
    await container.stopAll();
    expect(times('-Web')).toBe(2);
  });

  it('stop what was added in between and runs when restore takes it away', async () => {
    const container = three();
    await container.startAll();
    container.snapshot();
    container.bind('late').toResolvedValue((_: unknown) => new Recorded('late'), [Web]);
    await container.startAll({ only: ['late'] });
    container.restore();
    await until('-late');
    expect(diary).not.toContain('<Web');
    expect(lifecycle(container).state).toBe('running');
    await container.stopAll();
    before('-late', '<Web');
  });

  it('keep the Lifecycle where the snapshot is older than the plugin', async () => {
    const container = new Container({ defaultScope: 'Singleton' });
    container.snapshot();
    container.register(LifecyclePlugin.with({ logger: silent }));
    container.restore();
    expect(container.get(Lifecycle)).toBe(lifecycle(container));
  });
});
