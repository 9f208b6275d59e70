import { ContainerModule, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphError, ServiceContainer, type ServiceContext } from '../../container/index.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { loadAsync, unloadAsync } from '../support/versions.ts';

const log: string[] = [];
beforeEach(() => {
  log.length = 0;
});

class Told {
  onStart(_context: ServiceContext): void | Promise<void> {
    log.push(`+${this.constructor.name}`);
  }
  onStop(): void {
    log.push(`-${this.constructor.name}`);
  }
}

@injectable()
class Db extends Told {}

@injectable()
class Cache extends Told {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
class Api extends Told {
  constructor(readonly cache: Cache) {
    super();
  }
}

@injectable()
class Broken extends Told {
  override onStart(): void {
    throw new Error('refused');
  }
}

/** Has no hooks: nobody asked for it. */
@injectable()
class Plain {
  constructor() {
    log.push('Plain made');
  }
}

async function running(...classes: readonly (new (...args: never[]) => object)[]): Promise<ServiceContainer> {
  const container = new ServiceContainer({ lifecycle: { logger: silent } });
  for (const Class of classes) container.bind(Class as new () => object).toSelf();
  await container.startAll();
  log.length = 0;
  return container;
}

describe('services bound while the application runs', () => {
  it('start after what they need, and stop before it', async () => {
    const container = await running(Db);
    container.bind(Plain).toSelf();
    container.bind(Api).toSelf();
    container.bind(Cache).toSelf();
    await quiescence();
    expect(log).toEqual(['+Cache', '+Api']);
    await container.stopAll();
    expect(log).toEqual(['+Cache', '+Api', '-Api', '-Cache', '-Db']);
  });

  it('wait for what they lack, which is told', async () => {
    const container = await running();
    const recorder = new EventRecorder(container.lifecycle);
    container.bind(Api).toSelf();
    await quiescence();
    container.bind(Cache).toSelf();
    await quiescence();
    expect(log).toEqual([]);
    expect(recorder.events.filter(({ kind }) => kind === 'graph:warning')).not.toHaveLength(0);
    container.bind(Db).toSelf();
    await quiescence();
    expect(log).toEqual(['+Db', '+Cache', '+Api']);
    await container.stopAll();
  });

  it('that do not start leave the others alone', async () => {
    const container = await running(Db);
    const recorder = new EventRecorder(container.lifecycle);
    container.bind(Broken).toSelf();
    await quiescence();
    expect(recorder.events.find(({ kind }) => kind === 'bind:failed')).toMatchObject({
      error: { code: 'LIFECYCLE_START_FAILED' },
    });
    expect(container.lifecycle.state).toBe('running');
    expect(container.lifecycle.get(Db).state).toBe('running');
    await container.stopAll();
  });

  it('do not start before the application does, nor after its stop', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    container.bind(Db).toSelf();
    await quiescence();
    expect(log).toEqual([]);
    await container.startAll();
    await container.stopAll();
    container.bind(Cache).toSelf();
    await quiescence();
    expect(log).toEqual(['+Db', '-Db']);
  });

  it('during the start of the application start when that is over', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    class Binder {
      async onStart(): Promise<void> {
        await loadAsync(container, new ContainerModule(({ bind }) => void bind(Cache).toSelf()));
        await Promise.resolve();
        log.push('+Binder');
      }
    }
    container.bind(Db).toSelf();
    container.bind('binder').toConstantValue(new Binder());
    await container.startAll();
    await quiescence();
    expect(log).toEqual(['+Db', '+Binder', '+Cache']);
    await container.stopAll();
  });
});

describe('a module', () => {
  const module = new ContainerModule(({ bind }) => {
    bind(Api).toSelf();
    bind(Cache).toSelf();
  });

  it('is loaded when its services run, and unloaded when they are down', async () => {
    const container = await running(Db);
    await loadAsync(container, module);
    expect(log).toEqual(['+Cache', '+Api']);
    await unloadAsync(container, module);
    expect(log.slice(2)).toEqual(['-Api', '-Cache']);
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Db']);
    await container.stopAll();
  });

  it('whose services do not start tells whoever loads it', async () => {
    const container = await running(Db);
    const broken = new ContainerModule(({ bind }) => void bind(Broken).toSelf());
    await expect(loadAsync(container, broken)).rejects.toThrow(/Broken.onStart failed: refused/);
    expect(container.lifecycle.state).toBe('running');
    await container.stopAll();
  });

  it('that lacks something tells whoever loads it, and starts with what brings it', async () => {
    const container = await running();
    const error = (await loadAsync(container, module).catch((thrown: unknown) => thrown)) as GraphError;
    expect(error.details.map(({ code }) => code)).toEqual(['MISSING']);
    await loadAsync(container, new ContainerModule(({ bind }) => void bind(Db).toSelf()));
    expect(log).toEqual(['+Db', '+Cache', '+Api']);
    await container.stopAll();
  });
});
