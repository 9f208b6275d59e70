import { setTimeout as later } from 'node:timers/promises';
import { Container, inject, injectable } from 'inversify';
import { describe, expect, it, vi } from 'vitest';
import {
  LifecycleError,
  LifecyclePlugin,
  ServiceContainer,
  type ServiceContext,
  Timer,
} from '../../../container/index.ts';
import { createTestContainer } from '../../../container/testing/test-container.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { TestWorld } from '../../../src/testing/world.ts';
import { silent } from '../../support/hand-made.ts';
import { rejection } from '../../support/recorded.ts';

vi.setConfig({ testTimeout: 60_000 });

const log: string[] = [];

@injectable()
class Db {
  readonly #url = 'postgres:';

  async onStart({ sleep }: ServiceContext): Promise<void> {
    await sleep('10s');
    log.push('+Db');
  }

  onStop(): void {
    log.push('-Db');
  }

  query(text: string): string {
    return `${this.#url} ${text}`;
  }
}

@injectable()
class Api {
  readonly hits: number[] = [];

  constructor(readonly db: Db) {}

  onStart(): void {
    log.push('+Api');
  }

  @Timer('1m')
  refresh({ scheduledAt }: { readonly scheduledAt: number }): void {
    this.hits.push(scheduledAt - Date.UTC(2026, 0, 1));
  }

  onStop(): void {
    log.push('-Api');
  }
}

@injectable()
class Mailer {
  onStart(): void {
    throw new Error('no mail in tests');
  }
}

const app = (): ServiceContainer => new ServiceContainer({ lifecycle: { logger: silent } }).add(Api, Db, Mailer);

describe('a test container', () => {
  it('starts only what is asked for, lets time pass for it, and is down at the end of its block', async () => {
    log.length = 0;
    {
      await using test = await createTestContainer(app, { only: [Api] });
      await test.start();
      expect(test.clock.now()).toBe(10_000);
      await test.clock.advance('2m');
      expect(test.get(Api).hits).toEqual([70_000, 130_000]);
      expect(test.events.services('service:running')).toEqual(['Db', 'Api']);
      expect(await test.events.next('service:running', 'Db')).toMatchObject({ service: 'Db' });
      expect(log).toEqual(['+Db', '+Api']);
    }
    expect(log).toEqual(['+Db', '+Api', '-Api', '-Db']);
  });

  it('has doubles in place of what is bound: constants, classes, and functions as they are', async () => {
    @injectable()
    class QuietMailer {
      onStart(): void {
        log.push('+QuietMailer');
      }
    }
    log.length = 0;
    const make = () => {
      const container = app();
      container.bind<() => number>('now').toConstantValue(() => 1);
      return container;
    };
    const now = () => 2;
    await using test = await createTestContainer(make, {
      overrides: [
        [Db, { query: (text) => `fake ${text}`, onStart: () => void log.push('+fake') }],
        [Mailer, QuietMailer],
        ['now', now],
      ],
    });
    await test.start();
    expect(log.toSorted()).toEqual(['+Api', '+QuietMailer', '+fake']);
    expect(test.get(Api).db.query('select')).toBe('fake select');
    expect(test.get(Mailer)).toBe(test.get(Mailer));
    expect(test.get('now')).toBe(now);
    expect(test.clock.now()).toBe(0);
  });

  it('has doubles for every binding of an identifier, and for aliases', async () => {
    const make = () => {
      const container = new ServiceContainer({ lifecycle: { logger: silent } });
      container.bind('store').toConstantValue('main').whenNamed('main');
      container.bind('store').toConstantValue('spare').whenNamed('spare');
      container.bind('alias').toService('store');
      return container;
    };
    await using test = await createTestContainer(make, {
      overrides: [
        ['store', 'fake'],
        ['alias', 'other'],
      ],
    });
    expect(test.container.getAll('store')).toEqual(['fake']);
    expect(test.get('alias')).toBe('other');
  });

  it('tells of a start that fails, and can start again', async () => {
    await using test = await createTestContainer(app);
    await expect(test.start()).rejects.toMatchObject({ code: 'LIFECYCLE_START_FAILED', data: { service: 'Mailer' } });
    await test.start({ only: [Db] });
    expect(test.lifecycle.get(Db).state).toBe('running');
    await test.stop({ reason: 'enough' });
    expect(test.lifecycle.state).toBe('stopped');
  });

  it('gives real I/O the real time that it takes', async () => {
    @injectable()
    class Disk {
      readonly lines: string[] = [];

      async onStart(): Promise<void> {
        await later(30);
        this.lines.push('read');
      }

      async onStop(): Promise<void> {
        await later(10);
        this.lines.push('written');
      }
    }
    await using test = await createTestContainer(() => new ServiceContainer().add(Disk));
    await test.start();
    const { lines } = test.get(Disk);
    await test.stop();
    expect(lines).toEqual(['read', 'written']);
    expect(test.clock.now()).toBe(0);
  });

  it('does not wait in vain for what hangs', async () => {
    @injectable()
    class Stuck {
      onStart(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const make = () => new ServiceContainer({ lifecycle: { logger: silent } }).add(Stuck);
    await using test = await createTestContainer(make, { timeout: 10 });
    await expect(test.start()).rejects.toThrow('Stuck.onStart had not settled after 30 s');
    await expect(test.events.next('app:running')).rejects.toThrow('in 10 ms of real time');
  });

  it('may have the timers of services on its clock', async () => {
    @injectable()
    class Poller {
      polls = 0;
      readonly seen: number[] = [];

      onStart({ defer }: ServiceContext): void {
        const interval = setInterval(() => {
          this.polls++;
          this.seen.push(Date.now() - Date.UTC(2026, 0, 1));
        }, 1_000);
        defer(() => clearInterval(interval));
      }
    }
    const { setInterval: before } = globalThis;
    {
      await using test = await createTestContainer(() => new ServiceContainer().add(Poller), { ambient: true });
      await test.start();
      await test.clock.advance('3s');
      expect(test.get(Poller).seen).toEqual([1_000, 2_000, 3_000]);
    }
    expect(setInterval).toBe(before);
  });

  it('hands a world to the function that makes it', async () => {
    let world: TestWorld | undefined;
    const clock = new ManualClock(5);
    const make = (given: TestWorld) => {
      world = given;
      return new ServiceContainer();
    };
    await using test = await createTestContainer(make, { clock });
    expect(test.clock).toBe(clock);
    expect([world?.seed, world?.clock.date()]).toEqual([0, 5]);
    await world?.io('anything');
    await expect(world?.io('anything', AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    const resource = world?.open('a file');
    expect(test.open.map(({ name }) => name)).toEqual(['a file']);
    resource?.close();
    expect(test.open).toEqual([]);
    let fired = false;
    world?.clock.timer(10, () => {
      fired = true;
    });
    await clock.advance(10);
    expect(fired).toBe(true);
    expect(world?.random()).not.toBe(world?.random());
  });

  it('has its time in the parents of a child container too', async () => {
    log.length = 0;
    const parent = new ServiceContainer({ lifecycle: { logger: silent } }).add(Db);
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent } }).add(Api);
    await using test = await createTestContainer(child);
    await test.start();
    expect(test.clock.now()).toBe(10_000);
    expect(log).toEqual(['+Db', '+Api']);
  });
});

describe('a test container refuses', () => {
  it.each<[string, () => unknown, string]>([
    ['a container that is no container', () => 'app', "expects a container, got 'app'"],
    ['a container without the plugin', () => new Container(), 'this container has no lifecycle'],
  ])('%s', async (_, make, text) => {
    await expect(createTestContainer(make as () => Container)).rejects.toThrow(text);
  });

  it('a container that was started, and one whose parent was', async () => {
    const started = new ServiceContainer();
    await started.startAll();
    const text =
      /createTestContainer\(\) expects a container that was never started.*this one is running\. Make it anew/;
    await expect(createTestContainer(started)).rejects.toThrow(text);
    await started.stopAll();
    await expect(createTestContainer(started)).rejects.toThrow('this one is stopped');

    @injectable()
    class Quick {
      onStart(): void {}
    }
    @injectable()
    class User {
      constructor(readonly quick: Quick) {}
      onStart(): void {}
    }
    const parent = new ServiceContainer().add(Quick);
    await parent.startAll();
    const child = new ServiceContainer({ parent }).add(User);
    await expect(createTestContainer(child)).rejects.toThrow('this one is running');
    await parent.stopAll();
  });

  it.each<[string, object, string]>([
    ['an option that does not exist', { override: [] }, 'did you mean overrides?'],
    ['a clock that is none', { clock: { now() {} } }, 'must be a ManualClock'],
    ['only that is no list', { only: Api }, 'must be a list of refs, got the function Api; write only: [Api]'],
    ['a timeout that is none', { timeout: 'soon' }, 'createTestContainer({ timeout }) must be a duration'],
    ['ambient that is neither true nor false', { ambient: 'yes' }, "must be true or false, got 'yes'"],
    ['overrides that are no list', { overrides: { Db: 1 } }, 'overrides must be a list like [[Db, new FakeDb()]]'],
    ['overrides that are no pairs', { overrides: [Db] }, 'overrides must be a list like'],
    ['what is not bound', { overrides: [['Dbb', {}]] }, 'nothing is bound to Dbb in this container'],
  ])('%s', async (_, options, text) => {
    const error = await rejection(createTestContainer(app, options as never));
    expect(error).toBeInstanceOf(LifecycleError);
    expect(error.message).toContain(text);
  });

  it('a double for what a parent binds', async () => {
    const parent = new ServiceContainer();
    parent.bind('config').toConstantValue({});
    const child = new ServiceContainer({ parent });
    await expect(createTestContainer(child, { overrides: [['config', {}]] })).rejects.toThrow(
      "(a parent's is its own)",
    );
  });

  it('and names what was probably meant', async () => {
    await expect(createTestContainer(app, { overrides: [['Mailr', {}]] })).rejects.toThrow('Did you mean Mailer?');
    await expect(createTestContainer(new ServiceContainer(), { overrides: [['x', {}]] })).rejects.toThrow(
      /nothing is bound to x/,
    );
  });

  it('nothing of an existing application that got the plugin', async () => {
    const container = new Container({ defaultScope: 'Singleton' });
    container.register(LifecyclePlugin);
    @injectable()
    class Old {
      constructor(@inject('config') readonly config: { readonly port: number }) {}
      onStart(): void {}
    }
    container.bind(Old).toSelf();
    container.bind('config').toConstantValue({ port: 80 });
    await using test = await createTestContainer(container, { overrides: [['config', { port: 0 }]] });
    await test.start();
    expect(test.get(Old).config.port).toBe(0);
  });
});
