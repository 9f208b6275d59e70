import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abortController } from '../src/abort.ts';
import { sleep } from '../src/clock.ts';
import { Events } from '../src/events/events.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { type WaitHost, waitFor } from '../src/wait.ts';
import { silent } from './support/hand-made.ts';
import { drain } from './support/time.ts';

/** What is waited for, and when it comes. */
interface Source {
  readonly kind: 'fulfils' | 'rejects' | 'signal' | 'event' | 'state' | 'function' | 'failing function' | 'never';
  readonly at: number;
}

interface Case {
  readonly sources: readonly Source[];
  readonly timeout: number | undefined;
  readonly stop: number;
}

/** How it is to end: what comes first. */
function model({ sources, timeout, stop }: Case): string {
  const ends = [
    { at: stop, end: 'stopped' },
    ...(timeout === undefined ? [] : [{ at: timeout, end: 'timeout' }]),
    ...sources.flatMap(({ kind, at }, index) => {
      if (kind === 'never') return [];
      return [{ at, end: kind === 'rejects' || kind === 'failing function' ? `failed ${index}` : `done ${index}` }];
    }),
  ];
  const { at, end } = ends.reduce((first, next) => (next.at < first.at ? next : first));
  return `${end} at ${at}`;
}

async function real({ sources, timeout, stop }: Case): Promise<string> {
  const clock = new ManualClock();
  const events = new Events(() => clock.date());
  const service = { label: 'Db', state: { at: 'running' as 'running' | 'stopped' } };
  const host: WaitHost = { clock, events, runningGraph: { find: () => service } };
  const [life, other] = [abortController(), abortController()];
  clock.timer(stop, () => life.abort(new DOMException('over', 'AbortError')));
  const waitables = sources.map(({ kind, at }, index) => {
    const fail = (): Promise<never> => Promise.reject(new Error(`failed ${index}`));
    switch (kind) {
      case 'fulfils':
        return sleep(clock, at);
      case 'rejects':
        return sleep(clock, at).then(fail);
      case 'function':
        return (signal: AbortSignal) => sleep(clock, at, signal).then(() => signal.throwIfAborted());
      case 'failing function':
        return () => sleep(clock, at).then(fail);
      case 'signal':
        clock.timer(at, () => other.abort());
        return other.signal;
      case 'event':
        clock.timer(at, () => events.emit({ kind: 'service:joined', service: 'Db' }));
        return { event: 'service:joined', of: 'Db' };
      case 'state':
        clock.timer(at, () => {
          service.state.at = 'stopped';
          events.emit({ kind: 'service:stopped', service: 'Db', from: 'stopping' });
        });
        return { state: 'stopped', of: 'Db' };
      default:
        return new Promise(() => {});
    }
  });
  const options = timeout === undefined ? [] : [{ timeout }];
  const wait = waitFor([...waitables, ...options], { host, signal: life.signal, log: () => silent }).then(
    (result) => (result.kind === 'done' ? `done ${result.index}` : result.kind),
    (error: Error) => error.message,
  );
  let ended = '';
  void wait.then((end) => {
    ended = `${end} at ${clock.now()}`;
    for (const { signal } of [life, other]) expect(EventEmitter.getEventListeners(signal, 'abort')).toEqual([]);
    expect(['service:joined', 'service:stopped'].some((kind) => events.wants(kind as 'service:joined'))).toBe(false);
  });
  await drain(clock);
  await wait;
  expect(clock.pending).toBe(0);
  return ended;
}

const kinds = ['fulfils', 'rejects', 'signal', 'event', 'state', 'function', 'failing function', 'never'] as const;

/** Each moment once, and each of what there is only one of. */
const cases: fc.Arbitrary<Case> = fc
  .uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 8, maxLength: 8 })
  .chain(([stop = 1, timeout = 2, ...moments]) =>
    fc.record({
      stop: fc.constant(stop),
      timeout: fc.option(fc.constant(timeout), { nil: undefined }),
      sources: fc
        .array(fc.constantFrom(...kinds), { maxLength: moments.length })
        .filter((chosen) =>
          ['signal', 'event', 'state'].every((one) => chosen.filter((kind) => kind === one).length < 2),
        )
        .map((chosen) => chosen.map((kind, index) => ({ kind, at: moments[index] ?? 1 }))),
    }),
  );

describe('a wait for anything', () => {
  it('ends with what comes first, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        expect(await real(each)).toBe(model(each));
      }),
      { numRuns: 300 },
    );
  });
});
