import { ContainerModule } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { LifecycleError, lifecycle, ServiceContainer, StartError, StopError } from '../../container/index.ts';
import { Cache, Db, rebindToSelf, Stubborn, three, Web } from '../support/destroyed.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, until } from '../support/recorded.ts';
import { isSeven, loadAsync, unbindAsync, unbindSync, unloadAsync } from '../support/versions.ts';

beforeEach(() => {
  diary.length = 0;
});

describe('unbinding one service', () => {
  it('awaits its stop though it is the first deactivation, which Inversify does not await', async () => {
    const container = three();
    await container.startAll();
    await unbindAsync(container, Web);
    expect(diary).toContain('-Web');
    before('-Web', '<<Web');
    await container.stopAll();
  });

  it('passes on what its stop hook throws, and the binding is gone all the same', async () => {
    const container = three().add(Stubborn);
    await container.startAll();
    const error = await rejection(unbindAsync(container, Stubborn));
    expect(error).toBeInstanceOf(StopError);
    expect(error.message).toMatch(/Stubborn\.onStop failed: will not/);
    expect(container.isBound(Stubborn)).toBe(false);
    await container.stopAll();
  });

  it('in the middle stops its dependents, not its dependencies', async () => {
    const container = three();
    await container.startAll();
    await unbindAsync(container, Cache);
    before('-Web', '<Cache');
    expect(diary).not.toContain('<Db');
    expect(lifecycle(container).get(Web).state).toBe('stopped');
    expect(lifecycle(container).state).toBe('running');
    await container.stopAll();
  });

  it('while it starts aborts the start, which is rolled back', async () => {
    const container = three();
    const starting = rejection(container.startAll());
    await until('>Cache');
    await unbindAsync(container, Cache);
    const error = await starting;
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(/Cache was unbound while it was being started/);
    expect(diary).not.toContain('>Web');
    expect(lifecycle(container).services.filter(({ state }) => state === 'running')).toEqual([]);
    expect(container.isBound(Cache)).toBe(false);
  });

  it('that runs while others still start leaves nothing half up', async () => {
    const container = three();
    const starting = rejection(container.startAll());
    await until('>Cache');
    await unbindAsync(container, Db);
    expect(await starting).toBeInstanceOf(StartError);
    before('+Cache', '<Db');
    expect(lifecycle(container).services.filter(({ state }) => state === 'running')).toEqual([]);
  });

  it('that has not begun fails the start that was to begin it, with its name', async () => {
    const container = three();
    const starting = rejection(container.startAll());
    await until('>Db');
    await unbindAsync(container, Web);
    const error = await starting;
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(/Web/);
    expect(lifecycle(container).services.filter(({ state }) => state === 'running')).toEqual([]);
    await container.startAll();
    await container.stopAll();
  });

  it('from inside its own hook is refused at once', async () => {
    const container = three();
    let refused: unknown;
    container.bind('self').toConstantValue({
      async onStart() {
        refused = await unbindAsync(container, 'self').catch((error: unknown) => error);
      },
    });
    await container.startAll();
    expect(refused).toBeInstanceOf(LifecycleError);
    expect(refused).toMatchObject({ code: 'LIFECYCLE_REENTRANT' });
    expect(container.isBound('self')).toBe(true);
    await container.stopAll();
  });

  it('from inside a hook of what it depends on is refused as well: it would wait for that hook', async () => {
    const container = three();
    let refused: unknown;
    container.bind('user').toResolvedValue(
      (_: unknown) => ({
        async onStarted() {
          refused = await unbindAsync(container, Db).catch((error: unknown) => error);
        },
        onStop() {},
      }),
      [Db],
    );
    await container.startAll({ only: ['user'] });
    expect(refused).toMatchObject({ code: 'LIFECYCLE_REENTRANT' });
    await container.stopAll();
  });

  it('in its synchronous form is refused with the name of the other, by every way out', async () => {
    const container = three();
    const module = new ContainerModule(({ bind }) => void bind('of module').toConstantValue(new Recorded('module')));
    await loadAsync(container, module);
    await container.startAll();
    const methods = container as unknown as Record<string, (...args: unknown[]) => unknown>;
    const suffix = isSeven(container) ? 'Sync' : '';
    for (const [name, args] of [
      ['unbind', [Web]],
      ['unbindAll', []],
      ['unload', [module]],
      ['rebind', [Web]],
    ] as const) {
      expect(() => methods[`${name}${suffix}`]?.(...args), name).toThrow(
        expect.objectContaining({
          code: 'LIFECYCLE_SYNC_UNBIND',
          message: expect.stringMatching(/write await container\./),
        }),
      );
    }
    for (const id of [Web, Cache, Db, 'of module']) expect(container.isBound(id)).toBe(true);
    expect(diary.filter((line) => line.startsWith('<'))).toEqual([]);
    await container.stopAll();
    unbindSync(container, 'of module');
  });
});

describe('binding a running service anew', () => {
  it('stops it and its dependents, which keep the old object: a warning says so until they are bound anew', async () => {
    const container = three();
    await container.startAll();
    const old = container.get(Cache);
    await rebindToSelf(container, Cache);
    before('-Web', '<Cache');
    expect(container.graph().warnings).toMatchObject([
      {
        code: 'STALE_DEPENDENCY',
        message: expect.stringMatching(/^Web was made before the present Cache was bound and keeps the former one/),
        nodes: ['Web', 'Cache'],
      },
    ]);
    await container.startAll();
    expect(container.get(Web).cache).toBe(old);
    expect(lifecycle(container).get(Web).dependencies).toEqual(['Cache']);
    await rebindToSelf(container, Web);
    expect(container.graph().warnings).toEqual([]);
    await container.startAll();
    expect(container.get(Web).cache).toBe(container.get(Cache));
    await container.stopAll();
  });

  it('in its whole subgraph needs no warning', async () => {
    const container = three();
    await container.startAll();
    diary.length = 0;
    // What is bound anew starts by itself.
    for (const each of [Cache, Web]) await rebindToSelf(container, each);
    expect(container.graph().warnings).toEqual([]);
    await container.startAll();
    before('+Cache', '>Web');
    expect(diary).not.toContain('>Db');
    expect(container.get(Web).cache).toBe(container.get(Cache));
    await container.stopAll();
  });
});

describe('modules', () => {
  it('that unbind what runs while they load have it stopped, in order', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    container.bind('bottom').toConstantValue(new Recorded('bottom'));
    container.bind('middle').toResolvedValue((_: unknown) => new Recorded('middle'), ['bottom']);
    container.bind('top').toResolvedValue((_: unknown) => new Recorded('top'), ['middle']);
    await container.startAll({ only: ['top'] });
    await loadAsync(container, new ContainerModule(async ({ unbind }) => void (await unbind('middle'))));
    await until('-middle');
    before('-top', '<middle');
    expect(diary).not.toContain('<bottom');
    await container.stopAll();
  });

  it('that are unloaded take their services along, and the dependents of these first', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Web, Cache);
    const module = new ContainerModule(({ bind }) => void bind(Db).toSelf());
    await loadAsync(container, module);
    await container.startAll();
    await unloadAsync(container, module);
    before('-Web', '<Cache');
    before('-Cache', '<Db');
    before('-Db', '<<Db');
    await container.stopAll();
  });
});

it('lets go of an object that was never begun, so that another container can have it', async () => {
  const shared = { onStart: () => void diary.push('shared') };
  const one = new ServiceContainer({ lifecycle: { logger: silent } });
  one.bind('broken').toConstantValue({ onStart: () => Promise.reject(new Error('no')) });
  one.bind('shared').toConstantValue(shared);
  await expect(one.startAll({ concurrency: 1 })).rejects.toThrow('no');
  await unbindAsync(one, 'shared');
  const two = new ServiceContainer({ lifecycle: { logger: silent } });
  two.bind('shared').toConstantValue(shared);
  await two.startAll();
  expect(diary).toEqual(['shared']);
  await two.stopAll();
});
