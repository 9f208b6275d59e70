import { describe, expect, it, vi } from 'vitest';
import { givenOutput } from '../../src/worker/log-output.ts';
import { silent } from '../support/hand-made.ts';

describe('the log that somebody else has made', () => {
  const failure = new Error('the disk is full');

  it.each<[string, unknown]>([
    ['cannot be flushed', undefined],
    ['calls back', (done: () => void) => done()],
    ['gives a promise', async () => {}],
    ['rejects', () => Promise.reject(failure)],
    [
      'throws at once',
      () => {
        throw failure;
      },
    ],
    [
      'throws at once in place of calling back',
      (_done: () => void) => {
        throw failure;
      },
    ],
    ['rejects in place of calling back', (_done: () => void) => Promise.reject(failure)],
  ])('is closed, whatever its flush does: it %s', async (_, flush) => {
    vi.useFakeTimers();
    const output = givenOutput({ ...silent, flush }, false);
    output.flushNow();
    await output.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
