import { readFile } from 'node:fs/promises';
import { Container, inject, injectable } from 'inversify';
import { describe, expect, it, vi } from 'vitest';
import {
  Background,
  GraphError,
  type Lifecycle,
  Managed,
  RefError,
  ServiceContainer,
  type ServiceContext,
  StartError,
  type TaskContext,
  Timer,
} from '../../../container/index.ts';
import { type SimulateOptions, simulate } from '../../../container/testing/simulate.ts';
import { InjectedFault } from '../../../src/testing/simulation/fault.ts';
import { SimulationError } from '../../../src/testing/simulation/verdict.ts';
import type { TestWorld } from '../../../src/testing/world.ts';
import { rejection } from '../../support/recorded.ts';

vi.setConfig({ testTimeout: 60_000 });

@injectable()
class Db {
  constructor(@inject('world') readonly world: TestWorld) {}

  async onStart({ signal, defer }: ServiceContext): Promise<void> {
    const connection = this.world.open('a connection');
    defer(() => connection.close());
    await this.world.io('connect', signal);
  }
}

@injectable()
class Api {
  constructor(readonly db: Db) {}

  async onStart({ sleep }: ServiceContext): Promise<void> {
    await sleep(20);
  }

  @Timer('10s')
  async refresh({ signal }: TaskContext): Promise<void> {
    await this.db.world.io('refresh', signal);
  }

  @Background()
  async consume({ signal, sleep }: TaskContext): Promise<void> {
    while (!signal.aborted) await sleep('1m');
  }

  async onStop(): Promise<void> {}
}

/** An application in which all is well, and these besides. */
function appOf(...services: readonly (new (...args: never[]) => unknown)[]): (world: TestWorld) => ServiceContainer {
  return (world) => {
    const container = new ServiceContainer().add(Api, Db, ...(services as (new () => unknown)[]));
    container.bind('world').toConstantValue(world);
    return container;
  };
}

async function failure(make: (world: TestWorld) => Container, options: SimulateOptions = {}): Promise<SimulationError> {
  const error = await rejection(simulate(make, options));
  if (!(error instanceof SimulationError)) throw error;
  return error;
}

describe('simulate', () => {
  it('tells how much it has done, and what happened under the last seed', async () => {
    const { seeds, lives, faults, seed, trace } = await simulate(appOf(), { seeds: 60 });
    expect([seeds, seed]).toEqual([60, 60]);
    expect(lives).toBeGreaterThan(60);
    expect(faults).toBeGreaterThan(20);
    expect(trace[0]).toBe('      0 ms  step 1: start');
    expect(trace.at(-1)).toMatch(/the last stop: stop has settled$/);
  });

  it('does the same under the same seed, among others and side by side', async () => {
    const many = await simulate(appOf(), { seeds: [4, 9, 17] });
    const [one, again, other] = await Promise.all([17, 17, 18].map((seed) => simulate(appOf(), { seed })));
    expect(one?.trace).toEqual(many.trace);
    expect(again?.trace).toEqual(many.trace);
    expect(other?.trace).not.toEqual(many.trace);
  });

  it('has no faults where none are wanted, and in one seed of three', async () => {
    expect((await simulate(appOf(), { seeds: 30, inject: false })).faults).toBe(0);
    const inject = { slow: 5, throws: 5, hangs: 5 };
    expect((await simulate(appOf(), { seeds: [3, 6, 9, 12, 15], inject })).faults).toBe(0);
    expect((await simulate(appOf(), { seeds: [1, 2, 4, 5], inject })).faults).toBeGreaterThan(10);
    expect((await simulate(appOf(), { seeds: 30, inject: { slow: 0, throws: 0, hangs: 0 } })).faults).toBe(0);
  });

  it('does only what it may, to what it is told to start, within the budget that it is given', async () => {
    const seen = new Set<string>();
    let most = 0;
    const { lives } = await simulate(appOf(), {
      seeds: 40,
      actions: ['wait'],
      only: [Db],
      budget: '3s',
      inject: { hangs: 2 },
      invariant: (container, events) => {
        for (const { name, state } of container.lifecycle.services) if (state === 'running') seen.add(name);
        expect(events.some(({ kind }) => kind === 'incident')).toBe(false);
        const stopping = events.findLast(({ kind }) => kind === 'app:stopping')?.at ?? 0;
        const stopped = events.findLast(({ kind }) => kind === 'app:stopped')?.at ?? 0;
        most = Math.max(most, stopped - stopping);
      },
    });
    expect(seen).toEqual(new Set(['Db']));
    expect(lives).toBeGreaterThan(40);
    expect(most).toBe(3_000);
  });

  it('has doubles in place of what is bound', async () => {
    @injectable()
    class Fake {
      async onStart(): Promise<void> {}
    }
    const make = () => new ServiceContainer().add(Db);
    let starts = 0;
    await simulate(make, { seeds: 10, overrides: [[Db, Fake]] });
    await simulate(make, { seeds: 10, overrides: [[Db, { onStart: () => void starts++ }]] });
    expect(starts).toBeGreaterThan(10);
  });

  it('asks for an invariant of your own when all runs and when all is down, and names what it throws', async () => {
    const states = new Set<string>();
    await simulate(appOf(), {
      seeds: 10,
      invariant: async ({ lifecycle }) => {
        await Promise.resolve();
        states.add(lifecycle.state);
      },
    });
    expect([...states].toSorted()).toEqual(['crashed', 'running', 'stopped']);
    const error = await failure(appOf(), {
      invariant: ({ lifecycle }) => {
        if (lifecycle.state === 'stopped') throw new Error('it stopped');
      },
    });
    expect(error.data).toMatchObject({ invariant: 'own', service: undefined });
    expect(error.cause).toEqual(new Error('it stopped'));
  });

  it('finds nothing wrong with hooks of every kind, in services of every kind', async () => {
    @Managed({ optional: true })
    @injectable()
    class Optional {
      async onFirstStart(): Promise<void> {}
      async onStart(): Promise<void> {}
      onShutdown(): void {}
    }
    @Managed({ background: true, stopTimeout: '100ms' })
    @injectable()
    class Late {
      constructor(readonly optional: Optional) {}
      async onRestart(): Promise<void> {}
      async onStart({ spawn, adopt }: ServiceContext): Promise<void> {
        spawn(async ({ sleep }) => void (await sleep('1h')));
        await adopt({ async onStart() {}, async onStop() {} });
      }
      async onStarted(): Promise<void> {}
      onStop(): void {}
    }
    await simulate(appOf(Optional, Late), { seeds: 80 });
  });
});

describe('a failure', () => {
  @injectable()
  class Leaky {
    constructor(@inject('world') readonly world: TestWorld) {}

    async onStart({ signal }: ServiceContext): Promise<void> {
      this.world.open('a lock');
      await this.world.io('lock', signal);
    }

    onStop(): void {}
  }

  it('tells what is broken, by whom, and the seed that shows it again', async () => {
    const error = await failure(appOf(Leaky));
    expect(error).toMatchObject({ name: 'SimulationError', code: 'LIFECYCLE_SIMULATION' });
    const { seed, omit, invariant, service, injected, trace } = error.data;
    expect([invariant, service]).toEqual(['alive', 'Leaky']);
    expect(error.message).toContain('a lock, opened in Leaky.onStart, is still open after the stop');
    expect(error.message).toContain('broken:   nothing is left alive after the stop');
    expect(error.message).toContain(`seed:     ${seed} (`);
    expect(error.message).toContain(`replay:   await simulate(makeContainer, { seed: ${seed}`);
    for (const line of trace.slice(-25)) expect(error.message).toContain(line);

    const again = await failure(appOf(Leaky), { seed, omit });
    expect(again.data.trace).toEqual(trace);
    expect(again.data.injected).toEqual(injected);
  });

  it('is as small as can be had: without the faults and steps that it does without', async () => {
    const make = appOf(Leaky);
    const { data } = await failure(make, { seeds: [5, 7, 8, 10, 11, 13], inject: { slow: 8 } });
    const whole = await failure(make, { seed: data.seed, inject: { slow: 8 } });
    expect(data.omit.length).toBeGreaterThan(2);
    expect(data.injected.length).toBeLessThan(2);
    expect(whole.data.trace.length).toBeGreaterThan(data.trace.length);
    expect(whole.data).toMatchObject({ invariant: 'alive', service: 'Leaky', omit: [] });
  });

  it.each<[string, new (...args: never[]) => unknown, string, string]>([
    [
      'a hook that fails by itself',
      class Broken {
        onStart(): void {
          throw new Error('no such table');
        }
      },
      'healthy',
      'Broken failed, with no fault injected: Broken.onStart failed: no such table',
    ],
    [
      'a stop that fails by itself',
      class Broken {
        onStart(): void {}
        onStop(): void {
          throw new Error('already closed');
        }
      },
      'healthy',
      'Broken failed, with no fault injected: Broken.onStop failed: already closed',
    ],
    [
      'a callback of a timer that throws',
      class Broken {
        onStart({ defer }: ServiceContext): void {
          const timer = setTimeout(() => {
            throw new Error('in a callback');
          }, 1);
          defer(() => clearTimeout(timer));
        }
      },
      'handled',
      'a timer of 1 ms, set in Broken.onStart, threw: in a callback',
    ],
    [
      'a listener of events that throws',
      class Broken {
        readonly lifecycle: Lifecycle | undefined;
        onStart(): void {}
      },
      'handled',
      'a listener of lifecycle events threw: in a listener',
    ],
  ])('is found in %s', async (what, Class, invariant, detail) => {
    injectable()(Class);
    const error = await failure((world) => {
      const container = appOf(Class)(world);
      if (what.includes('listener')) {
        container.lifecycle.on(({ kind }) => {
          if (kind === 'app:running') throw new Error('in a listener');
        });
      }
      return container;
    });
    expect(error.data.invariant).toBe(invariant);
    expect(error.message.split('\n')[0]).toBe(detail);
  });

  it('is found in a task that fails by itself, and not where it is a fault', async () => {
    @injectable()
    class Flaky {
      runs = 0;

      @Timer('1s')
      run(): void {
        if (++this.runs === 3) throw new Error('the third time');
      }
    }
    const error = await failure(appOf(Flaky));
    expect(error.data).toMatchObject({ invariant: 'healthy', service: 'Flaky' });
  });

  it('names real I/O that takes longer than a second', async () => {
    @injectable()
    class Slow {
      async onStart(): Promise<void> {
        await new Promise((resolve) => globalThis.setImmediate(resolve));
        await never;
      }
    }
    const never = new Promise(() => {});
    const began = performance.now();
    const error = await failure(() => new ServiceContainer().add(Slow), { seed: 3 });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(error.data).toMatchObject({ invariant: 'io', service: 'Slow', seed: 3 });
    expect(error.message).toContain('real I/O in Slow.onStart: override it');
  });

  it('is none where real I/O is soon over', async () => {
    @injectable()
    class File {
      async onStart(): Promise<void> {
        await readFile('package.json');
      }
      async onStop(): Promise<void> {
        await readFile('package.json');
      }
    }
    await simulate(appOf(File), { seeds: 12 });
  });

  it('is not what an injected fault has led to, wrapped or not', async () => {
    @injectable()
    class Careful {
      constructor(readonly db: Db) {}

      async onStart({ signal }: ServiceContext): Promise<void> {
        await this.db.world.io('warm up', signal).catch((cause: unknown) => {
          if (cause instanceof InjectedFault) throw new Error('cannot warm up', { cause });
          throw cause;
        });
      }
    }
    const { faults } = await simulate(appOf(Careful), { seeds: 100, inject: { throws: 3 } });
    expect(faults).toBeGreaterThan(100);
  });
});

describe('simulate refuses', () => {
  it.each<[string, unknown, string]>([
    [
      'a container in place of a function',
      new ServiceContainer(),
      'expects a function that makes a new container each time, got',
    ],
    ['nothing', undefined, 'got undefined; write simulate(() => makeContainer())'],
    ['a function that makes none', () => undefined, 'simulate() expects a container, got undefined'],
    ['a container without the plugin', () => new Container(), 'this container has no lifecycle'],
  ])('%s', async (_, make, text) => {
    await expect(simulate(make as never)).rejects.toThrow(text);
  });

  it('a container that was started, and the same one twice', async () => {
    const container = new ServiceContainer();
    await container.startAll();
    await expect(simulate(() => container)).rejects.toThrow(
      'simulate() expects a container that was never started, since its time is still to be put in place; this one is running',
    );
    await container.stopAll();
    const same = new ServiceContainer();
    await expect(simulate(() => same)).rejects.toThrow(
      'the function gave the same one again; make it inside the function',
    );
  });

  it('a container that needs services of a parent', async () => {
    @injectable()
    class Parent {
      onStart(): void {}
    }
    @injectable()
    class Child {
      constructor(readonly parent: Parent) {}
      onStart(): void {}
    }
    const make = () => new ServiceContainer({ parent: new ServiceContainer().add(Parent) }).add(Child);
    await expect(simulate(make)).rejects.toThrow(
      'simulate() runs one container, and this one needs services of a parent',
    );
  });

  it('what cannot be started at all, as startAll does', async () => {
    const broken = () => new ServiceContainer().add(Api);
    await expect(simulate(broken)).rejects.toBeInstanceOf(GraphError);
    await expect(simulate(appOf(), { only: ['Dbb'] })).rejects.toBeInstanceOf(RefError);
    const thrown = new StartError('LIFECYCLE_START_FAILED', 'of its own');
    const throwing = (): ServiceContainer => {
      throw thrown;
    };
    await expect(simulate(throwing)).rejects.toBe(thrown);
  });

  it.each<[object, string]>([
    [{ seed: 1, seeds: 2 }, 'simulate({ seed }) must be given without seeds, got 2'],
    [{ seed: -1 }, 'simulate({ seed }) must be a whole number of 0 or more, got -1'],
    [{ seeds: 0 }, 'simulate({ seeds }) must be a number of 1 or more, or a list of whole numbers, got 0'],
    [{ seeds: [] }, 'simulate({ seeds }) must be'],
    [{ seeds: [1, 2.5] }, 'simulate({ seeds }) must be'],
    [{ seeds: '10' }, "got '10'"],
    [{ sedes: 1 }, 'did you mean seeds?'],
    [{ inject: { slow: -1 } }, 'simulate({ inject: { slow } }) must be a number of 0 or more, got -1'],
    [{ inject: { throw: 1 } }, 'did you mean throws?'],
    [{ actions: ['stop'] }, 'simulate({ actions }) must be a list of restart, crash'],
    [{ actions: 'wait' }, 'simulate({ actions }) must be a list of'],
    [{ budget: '10sec' }, 'simulate({ budget }) must be a duration'],
    [{ omit: ['nothing'] }, "simulate({ omit }) must be a list like ['step 2', 'Db.onStart#1']"],
    [{ omit: 'step 1' }, 'simulate({ omit }) must be a list like'],
    [{ ambient: 1 }, 'simulate({ ambient }) must be true or false, got 1'],
    [{ invariant: 'always' }, 'simulate({ invariant }) must be a function'],
    [{ overrides: [['Dbb', {}]] }, 'nothing is bound to Dbb'],
  ])('%o', async (options, text) => {
    await expect(simulate(appOf(), options as never)).rejects.toThrow(text);
  });
});
