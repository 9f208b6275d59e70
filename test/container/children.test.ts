import { Container, injectable, type ServiceIdentifier } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  CrashError,
  LifecycleError,
  lifecycle,
  ServiceContainer,
  type ServiceContext,
  StartError,
} from '../../container/index.ts';
import { ManualClock } from '../../src/testing/index.ts';
import { collected } from '../support/garbage.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, tick, times } from '../support/recorded.ts';

@injectable()
class Db extends Recorded {
  constructor() {
    super();
  }
}

@injectable()
class Cache extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
class Mail extends Recorded {
  constructor() {
    super();
  }
}

const quiet = { lifecycle: { logger: silent } };

function parentOf(): ServiceContainer {
  return new ServiceContainer(quiet).add(Db, Cache, Mail);
}

/** A child with one service, which needs this of its parents, and one that needs nothing. */
function childOf(parent: Container, name = 'Kid', needs: typeof Cache | typeof Db = Cache): ServiceContainer {
  const child = new ServiceContainer({ parent, ...quiet });
  needing(child, name, needs);
  child.bind(`${name}.own`).toConstantValue(new Recorded(`${name}.own`));
  return child;
}

/** Binds a service that needs one other. */
function needing(
  container: Container,
  name: string,
  needs: ServiceIdentifier,
  service: object = new Recorded(name),
): void {
  container.bind(name).toResolvedValue((_: unknown) => service, [needs]);
}

const start = (child: ServiceContainer, name = 'Kid') => child.startAll({ only: [name, `${name}.own`] });

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

describe('what goes wrong', () => {
  class Failing extends Recorded {
    override async onStart(): Promise<void> {
      throw new Error('no port');
    }
  }

  it('in a child’s start leaves the parent running', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    needing(child, 'Bad', 'Kid', new Failing());
    const error = await rejection(child.startAll({ only: ['Bad'] }));
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(/Bad\.onStart failed: no port/);
    expect(diary).toContain('-Kid');
    expect(diary).not.toContain('<Cache');
    expect(lifecycle(parent).state).toBe('running');
    expect(lifecycle(child).state).toBe('crashed');
    await parent.stopAll();
    expect(times('<Kid')).toBe(1);
  });

  it('in the parent’s start fails the child’s with the parent’s error, and nothing of the child begins', async () => {
    const parent = parentOf();
    needing(parent, 'Bad', Db, new Failing());
    const child = new ServiceContainer({ parent, ...quiet });
    needing(child, 'Kid', 'Bad');
    const error = await rejection(child.startAll({ only: ['Kid'] }));
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(/Bad\.onStart failed: no port/);
    expect(error.cause).toBeInstanceOf(StartError);
    expect((error.cause as Error).cause).toMatchObject({ message: 'no port' });
    expect(diary).not.toContain('>Kid');
    expect(diary).toContain('-Db');
    expect(lifecycle(parent).get(Db).state).toBe('stopped');
  });

  it('in the parent’s graph is told by the child’s start', async () => {
    const parent = new ServiceContainer(quiet).add(Cache);
    const error = await rejection(start(childOf(parent)));
    expect(error.message).toMatch(/nothing is bound to Db, needed by Cache/);
  });

  it('as a crash of a parent’s service takes the child’s dependents along, in order', async () => {
    let crash: (() => void) | undefined;
    const parent = new ServiceContainer(quiet);
    parent.bind('Shared').toConstantValue(
      Object.assign(new Recorded('Shared'), {
        async onStart(context: ServiceContext) {
          crash = () => context.crash(new Error('connection lost'));
        },
      }),
    );
    const child = new ServiceContainer({ parent, ...quiet });
    needing(child, 'Kid', 'Shared');
    await child.startAll({ only: ['Kid'] });
    const { done } = lifecycle(parent);
    crash?.();
    expect(await rejection(done)).toBeInstanceOf(CrashError);
    before('-Kid', '<Shared');
    expect(lifecycle(parent).state).toBe('crashed');
    expect(lifecycle(child).state).toBe('stopped');
  });

  it('as a crash in a child stays there', async () => {
    let crash: (() => void) | undefined;
    const parent = parentOf();
    const child = new ServiceContainer({ parent, ...quiet });
    const kid = {
      onStart(context: ServiceContext) {
        crash = () => context.crash(new Error('mine'));
      },
    };
    needing(child, 'Kid', Cache, kid);
    await child.startAll({ only: ['Kid'] });
    const { done } = lifecycle(child);
    crash?.();
    expect(await rejection(done)).toMatchObject({ code: 'LIFECYCLE_CRASHED' });
    expect(lifecycle(parent).state).toBe('running');
    await parent.stopAll();
  });
});

describe('starts and stops that meet', () => {
  it('a parent that stops while the child starts aborts that start, and all of it is down', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    let stopping: Promise<unknown> | undefined;
    child.bind('Late').toResolvedValue(
      (_: unknown) => {
        // From inside what it will wait for, a stop is only requested.
        void parent.stopAll();
        stopping = lifecycle(parent).done;
        return new Recorded('Late');
      },
      ['Kid'],
    );
    const error = await rejection(child.startAll({ only: ['Late'] }));
    await stopping;
    expect(error).toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    before('-Kid', '<Cache');
    expect(lifecycle(parent).state).toBe('stopped');
    expect(lifecycle(child).state).toBe('stopped');
    expect([...new Set(lifecycle(child).services.map(({ state }) => state))]).not.toContain('running');
  });

  it('a parent that stops while the child waits for it', async () => {
    const parent = parentOf();
    const child = childOf(parent);
    const starting = start(child);
    await tick();
    await parent.stopAll();
    expect(await rejection(starting)).toBeInstanceOf(StartError);
    expect(diary).not.toContain('>Kid');
    expect(lifecycle(parent).state).toBe('stopped');
    await start(child);
    await parent.stopAll();
    await child.stopAll();
  });

  it('a child may be started inside a hook of the parent’s, for what runs already', async () => {
    const parent = parentOf();
    let child: ServiceContainer | undefined;
    parent.bind('Host').toResolvedValue(
      (_: unknown) => ({
        async onStart() {
          child = childOf(parent);
          await start(child);
        },
        async onStop() {
          await child?.stopAll();
        },
      }),
      [Cache],
    );
    await parent.startAll({ only: ['Host'] });
    before('+Cache', '>Kid');
    await parent.stopAll();
    before('-Kid', '<Cache');
  });

  it('a child started inside a hook of the very service it needs is refused, not hung', async () => {
    const parent = new ServiceContainer(quiet);
    parent.bind('Host').toConstantValue({
      async onStart() {
        const child = new ServiceContainer({ parent, ...quiet });
        needing(child, 'Kid', 'Host');
        await child.startAll({ only: ['Kid'] });
      },
    });
    const error = await rejection(parent.startAll());
    expect(error.message).toMatch(/was called from inside Host/);
    let origin: unknown = error;
    while (origin instanceof Error && origin.cause !== undefined) origin = origin.cause;
    expect(origin).toBeInstanceOf(LifecycleError);
    expect(origin).toMatchObject({ code: 'LIFECYCLE_REENTRANT' });
  });

  it('a child’s start can be given up while the parent’s part hangs', async () => {
    const clock = new ManualClock();
    const parent = new ServiceContainer({ lifecycle: { logger: silent, clock } });
    parent.bind('Slow').toConstantValue({ onStart: () => new Promise(() => {}) });
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent, clock } });
    needing(child, 'Kid', 'Slow');
    const starting = rejection(child.startAll({ only: ['Kid'], timeout: '2s' }));
    await clock.advance(2_000);
    expect(await starting).toMatchObject({ code: 'LIFECYCLE_START_TIMEOUT' });
    expect(lifecycle(parent).state).toBe('starting');
    const stopping = parent.stopAll({ timeout: '1s' }).catch(() => {});
    await clock.advance(1_000);
    await stopping;
    expect(lifecycle(parent).state).toBe('stopped');
  });

  it('one object bound in two containers lives once, and is stopped after all that use it in either', async () => {
    const shared = new Recorded('Shared');
    const [first, second] = ['First', 'Second'].map((name) => {
      const container = new ServiceContainer(quiet);
      container.bind('shared').toConstantValue(shared);
      needing(container, name, 'shared');
      return container;
    }) as [ServiceContainer, ServiceContainer];
    await first.startAll({ only: ['First'] });
    await second.startAll({ only: ['Second'] });
    expect(times('>Shared')).toBe(1);
    await first.stopAll();
    await second.stopAll();
    expect(times('<Shared')).toBe(1);
    before('-First', '<Shared');
    before('-Second', '<Shared');
  });
});
