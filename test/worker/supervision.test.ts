import { afterEach, describe, expect, it } from 'vitest';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import { Worker } from '../../src/worker/worker.ts';
import type { WorkerOptions } from '../../src/worker/worker-options.ts';
import { takes } from '../support/behaviour.ts';
import { atOnce, Cast, type Part } from '../support/cast.ts';
import { background } from '../support/tasks.ts';

afterEach(() => {
  process.exitCode = undefined;
});

/** An application that a Worker runs in this process; all lines that it writes. */
async function run(options: LifecycleOptions, db: Part = {}, more: WorkerOptions = {}) {
  const lines: string[] = [];
  const note = (level: string) => (first: unknown, text?: string) => {
    lines.push(`${level} ${text ?? String(first)}`);
  };
  const logger = { debug() {}, info: note('info'), warn: note('warn'), error: note('error') };
  const cast = new Cast({ Api: ['Db'], Db: [] }, options, { Db: db });
  // The test ends the process, and nobody else.
  const code = new Worker(cast.lifecycle, { logger, exitTimeout: Number.POSITIVE_INFINITY, ...more }).run();
  await cast.recorder.next('app:running');
  return { cast, lines, code };
}

describe('a Worker', () => {
  it('goes on while services restart, and says so', async () => {
    const { cast, lines, code } = await run({ supervision: 'restForGraph' });
    await cast.crash('Db');
    await cast.advance(100);
    expect(cast.lifecycle.state).toBe('running');
    expect(lines).toContain('error Db: Crashed: lost; Db, Api are restarted in 100 ms (restForGraph, 1 of 3).');
    await cast.lifecycle.stopAll();
    expect(await code).toBe(0);
  });

  it('ends with 1 when there were too many restarts, and the whole story is in the log', async () => {
    const { cast, lines, code } = await run({ supervision: { restart: { max: 1 }, ...atOnce } });
    await cast.crash('Db', 'first');
    await cast.crash('Db', 'second');
    expect(await code).toBe(1);
    expect(process.exitCode).toBe(1);
    expect(lines.at(-1)?.split('\n')).toEqual([
      'error Db crashed: root crashed 2 times within 1 m, more often than restart.max (1):',
      '  2026-01-01T00:00:00.000Z Db: first',
      '  2026-01-01T00:00:00.000Z Db: second',
    ]);
    expect(cast.clock.pending).toBe(0);
  });

  it('ends with 1 when a service of its own cannot be mended by anybody above', async () => {
    const { cast, code } = await run({}, { supervised: { restart: { max: 0 } } });
    await cast.crash('Db');
    expect(await code).toBe(1);
  });

  it('goes on with what is left when something is given up, and ends with 0', async () => {
    const { cast, code } = await run({ supervision: 'giveUp' });
    await cast.crash('Api');
    expect(cast.states).toEqual({ Api: 'crashed', Db: 'running' });
    await cast.lifecycle.stopAll();
    expect(await code).toBe(0);
  });

  it('ends with 0 when a significant service has done its work', async () => {
    const { cast, code } = await run(
      {},
      {
        supervised: { significant: true },
        tasks: [background()],
        work: ({ sleep }) => sleep(1_000),
      },
    );
    await cast.advance(1_000);
    expect(await code).toBe(0);
  });

  it('that runs all work to its end waits for what is restarted, and ends with 0', async () => {
    const db: Part = { supervised: {}, tasks: [background()], work: ({ sleep }) => sleep(1_000) };
    const { cast, code } = await run({}, db, { daemon: false });
    await cast.advance(500);
    await cast.crash('Db');
    await cast.advance(100);
    await cast.advance(999);
    expect(cast.lifecycle.state).toBe('running');
    await cast.advance(1);
    expect(await code).toBe(0);
  });

  it('that runs all work to its end ends with 1 when some of it is given up, and says which', async () => {
    const { cast, lines, code } = await run({ supervision: 'giveUp' }, {}, { daemon: false });
    cast.fail('Db');
    expect(await code).toBe(1);
    expect(process.exitCode).toBe(1);
    expect(lines.slice(-2)).toEqual(['info -Stopped!', 'error Db crashed: lost']);
  });

  it('that runs all work to its end leaves a stop that somebody else has asked for its time', async () => {
    const db: Part = { tasks: [background()], work: ({ sleep }) => sleep(10_000) };
    const { cast, code } = await run({}, db, { daemon: false, stopTimeout: '1s' });
    cast.stops.Db = takes(2_000);
    const stop = cast.lifecycle.stopAll({ timeout: '5s' });
    await cast.advance(2_000);
    expect(await stop).toMatchObject({ errors: [] });
    expect(await code).toBe(0);
  });
});
