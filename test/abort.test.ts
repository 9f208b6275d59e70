import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortController, isAbortOf } from '../src/abort.ts';
import { Life } from '../src/lifecycle/life.ts';

describe('the signal of a life', () => {
  it('may be listened to by any number: Node does not take them for a leak', async () => {
    const warned: unknown[] = [];
    const listener = (warning: Error): void => void warned.push(warning.name);
    process.on('warning', listener);
    const { signal } = new Life();
    for (let count = 0; count < 50; count++) signal.addEventListener('abort', () => {});
    process.emitWarning('the last one', 'Marker');
    await once(process, 'warning');
    process.removeListener('warning', listener);
    expect(warned).toEqual(['Marker']);
  });
});

describe('what is thrown because of an abort', () => {
  it('is the reason, or an AbortError of whoever listened', () => {
    const controller = abortController();
    const reason = new Error('enough');
    const abortError = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(isAbortOf(controller.signal, abortError)).toBe(false);
    controller.abort(reason);
    expect(isAbortOf(controller.signal, reason)).toBe(true);
    expect(isAbortOf(controller.signal, abortError)).toBe(true);
    expect(isAbortOf(controller.signal, new Error('lost'))).toBe(false);
    expect(isAbortOf(controller.signal, undefined)).toBe(false);
  });
});
