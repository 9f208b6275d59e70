import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import type { LifecycleOptions, StartOptions } from '../../src/lifecycle/options.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { Worker } from '../../src/worker/worker.ts';
import { Cast } from '../support/cast.ts';
import { silent } from '../support/hand-made.ts';

// The test ends the process, and nobody else.
const options = { logger: silent, exitTimeout: Number.POSITIVE_INFINITY } as const;

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** An application of which a part runs before a Worker runs it. */
async function begun(settings: LifecycleOptions = {}): Promise<Cast> {
  const cast = new Cast({ Api: ['Db'], Db: [] }, settings);
  await cast.lifecycle.startAll({ only: ['Db'] });
  return cast;
}

/** Whatever code it has: nothing runs any more. */
function expectEnd(cast: Cast, code: number): void {
  expect(cast.lifecycle.state).toMatch(/stopped|crashed/);
  expect(cast.log.filter((line) => line === '-Db')).toHaveLength(cast.log.filter((line) => line === '+Db').length);
  expect(process.exitCode).toBe(code);
  expect(cast.clock.pending).toBe(0);
}

describe('a Worker that has ended has nothing running behind it', () => {
  it('when the start of the rest failed', async () => {
    const cast = await begun();
    cast.starts.Api = { kind: 'throws', thrown: new Error('no port') };
    const codes: unknown[] = [];
    cast.lifecycle.on(({ kind }) => kind === 'app:stopping' && codes.push(process.exitCode));
    expect(await Worker.run(cast.lifecycle, options)).toBe(1);
    expectEnd(cast, 1);
    // A stop hook may end the process.
    expect(codes).toEqual([1]);
  });

  it('when the start of the rest failed, and has the code of that, whatever else fails', async () => {
    const cast = await begun();
    cast.starts.Api = { kind: 'hangs' };
    cast.stops.Db = { kind: 'throws', thrown: new Error('disk full') };
    const code = Worker.run(cast.lifecycle, { ...options, startTimeout: '1s' });
    await cast.recorder.next('service:starting', 'Api');
    await cast.advance(1_000);
    expect(await code).toBe(75);
    expectEnd(cast, 75);
  });

  it.each(['escalate', 'restForGraph'] as const)(
    'when a crash called off the start of the rest: %s',
    async (strategy) => {
      const cast = await begun({ supervision: strategy });
      cast.starts.Api = { kind: 'heeds', ms: 3_600_000 };
      const code = Worker.run(cast.lifecycle, options);
      await cast.recorder.next('service:starting', 'Api');
      await cast.crash('Db');
      expect(await code).toBe(1);
      expectEnd(cast, 1);
    },
  );

  it('when it was to be run while a stop was under way: it waits for that, and then runs it', async () => {
    const cast = await begun();
    cast.stops.Db = { kind: 'takes', ms: 100 };
    const stop = cast.lifecycle.stopAll();
    const { lifecycle } = cast;
    const { promise: asked, resolve: ask } = deferred<void>();
    const startAll = (settings?: StartOptions) => {
      ask();
      return lifecycle.startAll(settings);
    };
    const over = vi.fn();
    const code = Worker.run({ lifecycle, startAll, stopAll: (settings) => lifecycle.stopAll(settings) }, options);
    code.finally(over);
    await asked;
    await cast.advance(100);
    await stop;
    await quiescence();
    expect(cast.states).toEqual({ Api: 'running', Db: 'running' });
    expect(over).not.toHaveBeenCalled();
    cast.lifecycle.requestStop('enough');
    await cast.advance(100);
    expect(await code).toBe(0);
    expectEnd(cast, 0);
  });

  it('when it was refused for what accompanies it', async () => {
    const cast = await begun();
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await Worker.run(cast.lifecycle, { ...options, control: '/nowhere/at/all' })).toBe(2);
    expect(complaints).toHaveBeenCalledOnce();
    expectEnd(cast, 2);
  });

  it('with a logger that fails, which fails nothing else', async () => {
    const cast = await begun();
    const broken = (): never => {
      throw new Error('the logger is broken');
    };
    const logger = { ...silent, info: broken, error: broken };
    const code = Worker.run(cast.lifecycle, { ...options, logger });
    await cast.recorder.next('service:running', 'Api');
    await quiescence();
    cast.lifecycle.requestStop('enough');
    expect(await code).toBe(0);
    expectEnd(cast, 0);
  });
});
