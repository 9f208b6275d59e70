import { once } from 'node:events';
import { console as inspected } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inspectMainThread, type SampledStack } from '../../src/watchdog/main-thread.ts';

vi.setConfig({ testTimeout: 30_000 });

const PROGRAM = `
const __name = (f) => f;
const { parentPort } = require('node:worker_threads');
const mainThread = (${inspectMainThread})();
parentPort.on('message', async ({ method, given }) => {
  parentPort.postMessage({ answer: await mainThread[method](...given) });
});
`;

let thread: Worker | undefined;
afterEach(async () => {
  await thread?.terminate();
  thread = undefined;
});

/** Has the thread do something, as this one goes on. */
async function call(method: keyof ReturnType<typeof inspectMainThread>, ...given: unknown[]): Promise<unknown> {
  thread ??= new Worker(PROGRAM, { eval: true });
  thread.postMessage({ method, given });
  const [{ answer }] = await once(thread, 'message');
  return answer;
}

/** Long enough for samples on a busy machine too, in milliseconds. */
const SPELL = 700;

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function early(): void {
  spin(SPELL);
}

function late(): void {
  spin(SPELL);
}

const namesOf = (stacks: unknown): string[] =>
  (stacks as SampledStack[]).flatMap(({ nodes }) => nodes.map(({ callFrame }) => callFrame.functionName));

describe('what is asked of the main thread', () => {
  it('has values', async () => {
    expect(await call('evaluate', '6 * 7')).toBe(42);
    expect(await call('isHeldByDebugger')).toBe(false);
  });

  it('has samples of a time, also once those before were forgotten, and whatever the program profiles', async () => {
    await call('startSampling', 10);
    early();
    inspected.profile('of the program');
    await call('forgetSamples');
    const between = process.hrtime.bigint();
    late();
    const until = process.hrtime.bigint();
    inspected.profileEnd('of the program');
    await call('forgetSamples');
    early();
    const names = namesOf(await call('sampled', between, until));
    expect(names).toContain('late');
    expect(names).not.toContain('early');
    await call('forgetSamples');
    await call('forgetSamples');
    expect(await call('sampled', between, until)).toEqual([]);
    await call('stopSampling');
    expect(await call('sampled', between)).toEqual([]);
  });

  it('counts the samples of a stack, the one with the most first', async () => {
    await call('startSampling', 5);
    const since = process.hrtime.bigint();
    late();
    late();
    early();
    const stacks = (await call('sampled', since)) as SampledStack[];
    const counts = stacks.map(({ count }) => count);
    expect(counts).toEqual([...counts].sort((one, other) => other - one));
    expect(namesOf(stacks.slice(0, 1))).toContain('late');
    await call('stopSampling');
  });
});
