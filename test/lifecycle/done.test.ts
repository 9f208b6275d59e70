import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

/** What has become of it by now. */
async function settled(promise: Promise<unknown>): Promise<string> {
  let outcome = 'open';
  promise.then(
    () => (outcome = 'fulfilled'),
    () => (outcome = 'rejected'),
  );
  await quiescence();
  return outcome;
}

describe('done', () => {
  it('fulfils when a requested stop is over, with its report', async () => {
    const lifecycle = handMade({ Db: service({ onStop: () => Promise.reject(new Error('no')) }) });
    const { done } = lifecycle;
    await lifecycle.startAll();
    expect(await settled(done)).toBe('open');
    lifecycle.requestStop('enough');
    expect(await done).toMatchObject({ errors: [{ message: 'Db.onStop failed: no' }] });
    expect(lifecycle.state).toBe('stopped');
  });

  it('is a new promise after a stop and a new start, and the same until then', async () => {
    const lifecycle = handMade({ Db: service({}) });
    const first = lifecycle.done;
    await lifecycle.startAll();
    expect(lifecycle.done).toBe(first);
    await lifecycle.stopAll();
    expect(lifecycle.done).toBe(first);
    await lifecycle.startAll();
    const second = lifecycle.done;
    expect(second).not.toBe(first);
    expect(await settled(second)).toBe('open');
    await lifecycle.stopAll();
    expect(await settled(second)).toBe('fulfilled');
  });

  it('is a new one also when a listener starts again as soon as it hears of the end', async () => {
    let lives = 0;
    const lifecycle = handMade({ Db: service({ onStart: () => void lives++ }) });
    lifecycle.on(({ kind }) => {
      if (kind === 'app:stopped' && lives < 2) void lifecycle.startAll();
    });
    await lifecycle.startAll();
    const first = lifecycle.done;
    await lifecycle.stopAll();
    await quiescence();
    expect([lives, lifecycle.state, await settled(first), await settled(lifecycle.done)]).toEqual([
      2,
      'running',
      'fulfilled',
      'open',
    ]);
    await lifecycle.stopAll();
    expect(await settled(lifecycle.done)).toBe('fulfilled');
  });

  it('has nothing to do with a start that fails', async () => {
    let broken = true;
    const lifecycle = handMade({
      Db: service({ onStart: () => (broken ? Promise.reject(new Error('no')) : undefined) }),
    });
    const { done } = lifecycle;
    await expect(lifecycle.startAll()).rejects.toThrow();
    expect(await settled(done)).toBe('open');
    broken = false;
    await lifecycle.startAll();
    expect(lifecycle.done).toBe(done);
    await lifecycle.stopAll();
    expect(await settled(done)).toBe('fulfilled');
  });

  it('rejects after a crash only when everything is down', async () => {
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          context = given;
        },
      }),
    });
    await lifecycle.startAll();
    const down = lifecycle.done.catch(() => lifecycle.services.map(({ state }) => state));
    context?.crash(new Error('lost'));
    expect(await down).toEqual(['crashed']);
  });
});

const ENGINE = new URL('../support/hand-made.ts', import.meta.url).href;

/** Runs the lines in a process of their own, over a lifecycle whose one service crashes as soon as it runs. */
async function runAlone(lines: string): Promise<{ code: number; stderr: string }> {
  const script = `
    import { handMade, service } from '${ENGINE}';
    const lifecycle = handMade({ Db: service({ onStart: ({ spawn }) => void spawn(() => new Promise((_, no) => setTimeout(no, 5, new Error('lost')))) }) });
    ${lines}
  `;
  const loader = new URL('../../scripts/ts-node.mjs', import.meta.url).pathname;
  const args = ['--import', loader, '--input-type=module', '--eval', script];
  const run = promisify(execFile)(process.execPath, args, { cwd: new URL('../..', import.meta.url).pathname });
  return run.then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );
}

describe('a crash', { timeout: 30_000 }, () => {
  it('that nobody has asked about ends the process, with its cause', async () => {
    const { code, stderr } = await runAlone('await lifecycle.startAll();');
    expect(code).toBe(1);
    expect(stderr).toContain('Db crashed: task Db.spawned failed: lost');
    expect(stderr).toContain('[cause]: Error: lost');
  });

  it('that is handled harms nothing', async () => {
    const { code, stderr } = await runAlone('await lifecycle.startAll(); await lifecycle.done.catch(() => {});');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('lost') });
  });
});
