import { beforeEach, describe, expect, it } from 'vitest';
import {
  Background,
  CrashError,
  LifecycleError,
  type LifecycleOptions,
  lifecycle,
  ServiceContainer,
  type ServiceContext,
  StartError,
  type TaskContext,
  Worker,
} from '../../container/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { Cache, childOf, Db, needing, parentOf, quiet, start } from '../support/family.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded, rejection, tick, times, until } from '../support/recorded.ts';

beforeEach(() => {
  diary.length = 0;
});

/**
 * A parent with one service, which can be crashed, and a child with one that needs it.
 *
 * @param bind binds others in the child, which are not started
 */
async function family(options: LifecycleOptions = {}, bind: (child: ServiceContainer) => void = () => {}) {
  let crash = (): void => {};
  const parent = new ServiceContainer({ lifecycle: { logger: silent, ...options } });
  parent.bind('Shared').toConstantValue(
    Object.assign(new Recorded('Shared'), {
      async onStart(context: ServiceContext) {
        crash = () => context.crash(new Error('connection lost'));
      },
    }),
  );
  const child = new ServiceContainer({ parent, ...quiet });
  needing(child, 'Kid', 'Shared');
  bind(child);
  await child.startAll({ only: ['Kid'] });
  return { parent, child, crash: () => crash() };
}

class Job {
  @Background()
  async work({ sleep }: TaskContext): Promise<void> {
    await sleep('1h');
  }
}

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
    const { parent, child, crash } = await family();
    const { done } = lifecycle(parent);
    crash();
    expect(await rejection(done)).toBeInstanceOf(CrashError);
    before('-Kid', '<Shared');
    expect(lifecycle(parent).state).toBe('crashed');
    expect(lifecycle(child).state).toBe('crashed');
    expect(lifecycle(child).health().live).toBe(false);
  });

  it.each(['escalate', 'giveUp'] as const)(
    'as a crash of a parent’s service (%s) is the end of a child that has nothing left',
    async (supervision) => {
      const { parent, child, crash } = await family({ supervision });
      lifecycle(parent).done.catch(() => {});
      const end = rejection(lifecycle(child).done);
      crash();
      expect(await end).toBeInstanceOf(CrashError);
      expect(await end).toMatchObject({ message: 'Shared crashed: connection lost', data: { service: 'Shared' } });
      expect(lifecycle(child).get('Kid').state).toBe('stopped');
      await parent.stopAll();
      await parent.startAll();
      await child.startAll({ only: ['Kid'] });
      expect(lifecycle(child).state).toBe('running');
      await parent.stopAll();
      expect(lifecycle(child).state).toBe('stopped');
    },
  );

  it('as a crash of a parent’s service is the end of a child also where a start of its own is to be undone first', async () => {
    const late = {
      onStart({ sleep }: ServiceContext) {
        diary.push('>Late');
        return sleep('1h');
      },
    };
    const { parent, child, crash } = await family({}, (child) => {
      child.bind('Slow').toConstantValue({ onStart() {}, onStop: () => until('parent: crashed') });
      child.bind('Late').toResolvedValue((_slow: unknown, _shared: unknown) => late, ['Slow', 'Shared']);
    });
    lifecycle(parent).done.catch(() => diary.push('parent: crashed'));
    const end = rejection(lifecycle(child).done);
    const starting = rejection(child.startAll({ only: ['Late'] }));
    await until('>Late');
    crash();
    expect(await starting).toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    expect(await end).toMatchObject({ message: 'Shared crashed: connection lost' });
    expect(lifecycle(child).state).toBe('crashed');
    expect(lifecycle(child).get('Slow').state).toBe('stopped');
  });

  it('as a crash of a parent’s service ends the Worker of a child with 1', async () => {
    const { parent, child, crash } = await family();
    lifecycle(parent).done.catch(() => {});
    const before = process.exitCode;
    const code = Worker.run(child, { logger: silent, exitTimeout: Number.POSITIVE_INFINITY });
    await tick();
    crash();
    expect(await code).toBe(1);
    process.exitCode = before;
  });

  it('as a crash of a parent’s service is given back to a run of the child to its completion', async () => {
    const { parent, child, crash } = await family({ supervision: 'giveUp' }, (child) =>
      needing(child, 'Job', 'Shared', new Job()),
    );
    child.bind('Other').toConstantValue(new Recorded('Other'));
    await child.startAll({ only: ['Job', 'Other'] });
    const work = lifecycle(child).workDone(['Job']);
    crash();
    expect(await work).toMatchObject({ message: 'Shared crashed: connection lost' });
    expect(lifecycle(child).state).toBe('running');
    expect(lifecycle(child).get('Other').state).toBe('running');
    await parent.stopAll();
    await child.stopAll();
  });

  it('as a crash of a parent’s service while a late service of the child starts brings all down', async () => {
    const { parent, child, crash } = await family();
    const end = rejection(lifecycle(parent).done);
    needing(child, 'Late', 'Shared', new Job());
    await child.startAll({ only: ['Late'] });
    crash();
    expect(await end).toBeInstanceOf(CrashError);
    before('-Kid', '<Shared');
    expect(lifecycle(child).get('Late').state).toBe('stopped');
  });

  it('in the stop of a child’s services by the parent is told by both', async () => {
    const bad = { onStop: () => Promise.reject(new Error('not written')) };
    const { parent, child } = await family({}, (child) => needing(child, 'Bad', 'Shared', bad));
    await child.startAll({ only: ['Bad'] });
    const { done } = lifecycle(child);
    const errors = [{ message: 'Bad.onStop failed: not written' }];
    expect(await rejection(parent.stopAll())).toMatchObject({ errors });
    const report = await done;
    expect(report).toMatchObject({ errors });
    expect(new Set(report.entries.map(({ name }) => name))).toEqual(new Set(['Kid', 'Bad']));
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

  it('one object bound in two containers belongs to the first, which a stop of the second leaves alone', async () => {
    const shared = new Recorded('Shared');
    const [first, second] = ['First', 'Second'].map((name) => {
      const container = new ServiceContainer(quiet);
      container.bind('shared').toConstantValue(shared);
      needing(container, name, 'shared');
      return container;
    }) as [ServiceContainer, ServiceContainer];
    await first.startAll({ only: ['First'] });
    await second.startAll({ only: ['Second'] });
    await second.stopAll();
    expect(times('<Second')).toBe(1);
    expect(times('<Shared') + times('<First')).toBe(0);
    expect([lifecycle(first).state, lifecycle(second).state]).toEqual(['running', 'stopped']);
    await first.stopAll();
    before('-First', '<Shared');
  });
});
