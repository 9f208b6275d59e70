import { ContainerModule, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycle, ServiceContainer } from '../../container/index.ts';
import { Cache, Counted, Db, edges, everything, Late, labels, made, Query, Web } from '../support/every-injection.ts';
import { silent } from '../support/hand-made.ts';
import { loadAsync, unbindAsync, unloadAsync } from '../support/versions.ts';

beforeEach(() => {
  made.count = 0;
});

describe('the states in the graph', () => {
  const stateOf = (container: ServiceContainer, label: string): unknown => container.graph().node(label).state;

  it('are those of now, and absent for what no start has needed', async () => {
    const container = everything();
    expect(stateOf(container, 'Web')).toBeUndefined();
    await container.startAll({ only: [Cache] });
    expect(stateOf(container, 'Cache')).toBe('running');
    expect(stateOf(container, 'Db')).toBe('running');
    expect(stateOf(container, 'Web')).toBeUndefined();
    await container.startAll();
    expect(stateOf(container, 'Web')).toBe('running');
    expect(stateOf(container, 'make')).toBeUndefined();
    await container.stopAll();
    expect(stateOf(container, 'Web')).toBe('stopped');
  });

  it('of a start that failed tell the culprit from the others', async () => {
    @injectable()
    class Bad {
      constructor(readonly db: Db) {}
      onStart(): void {
        throw new Error('no port');
      }
    }
    @injectable()
    class Above {
      constructor(readonly bad: Bad) {}
      onStart(): void {}
    }
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Above, Bad, Db);
    await expect(container.startAll()).rejects.toThrow(/no port/);
    expect(['Above', 'Bad', 'Db'].map((label) => stateOf(container, label))).toEqual(['idle', 'crashed', 'stopped']);
  });

  it('a dynamic value is a service once its object is there and has hooks', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } });
    container.bind('dynamic').toDynamicValue(() => ({ onStart() {} }));
    expect(container.graph().node('dynamic').kind).toBe('component');
    await container.startAll({ only: ['dynamic'] });
    expect(container.graph().node('dynamic')).toMatchObject({ kind: 'service', state: 'running' });
    await container.stopAll();
  });
});

describe('bindings that change while services run', () => {
  it('show at once, and the picture taken before stays what it was', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Db);
    await container.startAll();
    const before = container.graph();
    container.add(Cache);
    expect(labels(container.graph().nodes)).toEqual(['Cache', 'Db']);
    await unbindAsync(container, Cache);
    expect(labels(container.graph().nodes)).toEqual(['Db']);
    expect(labels(before.nodes)).toEqual(['Db']);
    await container.stopAll();
  });

  it('of a module come and go with it', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Db);
    const module = new ContainerModule(({ bind }) => void bind(Cache).toSelf());
    await loadAsync(container, module);
    expect(edges(container.graph())).toEqual(['Cache -> Db constructor[0]']);
    await unloadAsync(container, module);
    expect(edges(container.graph())).toEqual([]);
  });

  it('keep their labels and ids for as long as they exist', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Cache);
    container.bind('second').to(Cache);
    container.add(Db);
    const second = container.graph().node('Cache#2');
    await unbindAsync(container, Cache);
    expect(container.graph().node('Cache#2').id).toBe(second.id);
    container.add(Cache);
    expect(labels(container.graph().nodes)).toEqual(['Cache', 'Cache#2', 'Db']);
    expect(container.graph().node('Cache#2').id).toBe(second.id);
  });

  it('that are gone are no services any more', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Web, Cache, Db, Query, Late);
    await container.startAll({ only: [Cache] });
    await unbindAsync(container, Cache);
    expect(lifecycle(container).services.map(({ name }) => name)).toEqual(['Db']);
    expect(lifecycle(container).get(Db).dependents).toEqual([]);
    await container.stopAll();
  });
});

describe('bindings of other containers', () => {
  it('of a parent are foreign, with the state they have there; what they need in turn is the parent’s affair', async () => {
    const parent = new ServiceContainer({ lifecycle: { logger: silent } }).add(Cache, Db);
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent } });
    child.bind('user').toResolvedValue((cache: Cache) => ({ cache, onStart() {} }), [Cache]);
    expect(edges(child.graph())).toEqual(['user -> Cache argument[0]']);
    expect(child.graph().node('Cache')).toMatchObject({ foreign: true });
    await child.startAll({ only: ['user'] });
    expect(child.graph().node('Cache').state).toBe('running');
    expect(parent.graph().node('Db').state).toBe('running');
    await parent.stopAll();
    await child.stopAll();
  });

  it('that are autobound are found without being made', () => {
    @injectable()
    class Top extends Counted {
      constructor(readonly cache: Cache) {
        super();
      }
    }
    const container = new ServiceContainer({ autobind: true, lifecycle: { logger: silent } }).add(Top);
    expect(edges(container.graph())).toEqual(['Cache -> Db constructor[0]', 'Top -> Cache constructor[0]']);
    expect(made.count).toBe(0);
  });
});
