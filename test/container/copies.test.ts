import { type Container, inject, injectable } from 'inversify';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as first from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { singletons } from '../support/plugin-context.ts';
import { before, diary, Recorded, rejection, times } from '../support/recorded.ts';

let second: typeof first;

beforeAll(async () => {
  const { vi } = await import('vitest');
  vi.resetModules();
  second = await import('../../container/index.ts');
});

beforeEach(() => {
  diary.length = 0;
});

/** A parent with one service. */
function withDb(copy: typeof first): { readonly container: Container; readonly Db: typeof Recorded } {
  @injectable()
  class Db extends Recorded {
    constructor() {
      super();
    }
  }
  const container = singletons();
  container.bind(Db).toSelf();
  container.register(copy.LifecyclePlugin.with({ logger: silent }));
  return { container, Db };
}

describe('two copies of the package in one process', () => {
  it('are two indeed', () => {
    expect(second.LifecyclePlugin).not.toBe(first.LifecyclePlugin);
    expect(second.Lifecycle).not.toBe(first.Lifecycle);
  });

  it('see each other’s decorators', async () => {
    @second.Managed({ name: 'of the second' })
    @second.DependsOn('late')
    @injectable()
    class Service extends Recorded {
      constructor() {
        super();
      }
    }
    @second.Managed(false)
    @injectable()
    class LeftAlone extends Recorded {
      constructor() {
        super();
      }
    }
    const container = singletons();
    container.bind(Service).toSelf();
    container.bind(LeftAlone).toSelf();
    container.bind('late').toDynamicValue(() => new Recorded('late'));
    container.register(first.LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    before('+late', '>Service');
    expect(first.lifecycle(container).get('of the second').state).toBe('running');
    expect(diary).not.toContain('>LeftAlone');
    await container.stopAll();
  });

  it('do not both manage one container: the first to come stays', async () => {
    const { container } = withDb(first);
    container.register(second.LifecyclePlugin.with({ logger: silent }));
    await container.startAll();
    expect(times('>Db')).toBe(1);
    expect(second.lifecycle(container)).toBe(first.lifecycle(container));
    await container.stopAll();
    expect(times('-Db')).toBe(1);
  });

  it('know each other’s errors', async () => {
    const container = new second.ServiceContainer({ lifecycle: { logger: silent } });
    container.bind('bad').toResolvedValue((_: unknown) => new Recorded('bad'), ['nope']);
    const error = await rejection(container.startAll({ only: ['bad'] }));
    expect(error).toBeInstanceOf(first.LifecycleError);
    expect(error).toBeInstanceOf(second.LifecycleError);
    expect(error).toBeInstanceOf(second.GraphError);
    expect(new second.StopError([])).toBeInstanceOf(first.LifecycleError);
    expect(new Error('other')).not.toBeInstanceOf(first.LifecycleError);
  });

  it('keep the order between a parent of one and a child of the other', async () => {
    const { container: parent, Db } = withDb(first);
    const child = new second.ServiceContainer({ parent, lifecycle: { logger: silent } });
    child.bind('kid').toResolvedValue((_: unknown) => new Recorded('kid'), [Db]);
    await child.startAll({ only: ['kid'] });
    before('+Db', '>kid');
    await parent.stopAll();
    before('-kid', '<Db');
    await child.stopAll();
  });

  it('run services of each other’s base class, with their flags and what they look up', async () => {
    @injectable()
    class Target {
      onStart(): void {}
    }
    @injectable()
    class Mixed extends first.Service {
      constructor(@inject(first.lazy(Target)) readonly target: first.Lazy<Target>) {
        super();
      }
      @first.TransitionsTo('looking')
      async look(): Promise<readonly string[]> {
        await this.sleep(0);
        return second.lifecycle(container).get(this).flags;
      }
    }
    const container = new second.ServiceContainer({ lifecycle: { logger: silent } }).add(Mixed, Target);
    await container.startAll();
    const mixed = container.get(Mixed);
    expect([mixed.state, mixed.signal.aborted, mixed.target.value]).toEqual(['running', false, container.get(Target)]);
    expect(await mixed.look()).toEqual(['looking']);
    expect(first.lifecycle(mixed)).toBe(container.lifecycle);
    await mixed.stop();
    expect([mixed.state, mixed.signal.aborted, container.get(Target) instanceof Target]).toEqual([
      'stopped',
      true,
      true,
    ]);
    await container.stopAll();
  });
});
