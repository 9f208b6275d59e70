import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { CrashError } from '../../src/errors.ts';
import { ErrorFields } from '../../src/worker/error-fields.ts';

const serialise = pino.stdSerializers.err;

describe('errors among the fields of a line', () => {
  it('are there under any name, the other fields stay as they are', () => {
    const fields = new ErrorFields(serialise, false);
    const error = new TypeError('lost');
    const given = { port: 1, e: error, list: [1], nothing: undefined, err: error };
    expect(fields.within(given)).toEqual({ ...given, e: serialise(error) });
    const plain = { port: 1, err: error };
    expect(fields.within(plain)).toBe(plain);
    expect(fields.of('a text')).toBe('a text');
    expect(fields.of(undefined)).toBeUndefined();
  });

  it('have their stack each time, or once: the error itself and what it caused', () => {
    const cause = new Error('lost');
    const error = new CrashError('Db', cause);
    const stacksOf = (fields: ErrorFields): unknown[] =>
      [cause, error, error, new Error('lost')].map((each) => (fields.of(each) as { stack: string }).stack);
    expect(stacksOf(new ErrorFields(serialise, false)).every((stack) => stack !== '')).toBe(true);
    expect(stacksOf(new ErrorFields(serialise, true))).toEqual([
      cause.stack,
      '',
      '',
      expect.stringContaining('Error: lost'),
    ]);
    expect(new ErrorFields(serialise, true).of(error)).toMatchObject({ stack: expect.stringContaining('caused by: ') });
  });

  it('have their own stack where only what caused them has been told, and of that the message', () => {
    const fields = new ErrorFields(serialise, true);
    const stackOf = (error: Error): string => (fields.of(error) as { stack: string }).stack;
    const lost = new TypeError('lost');
    const first = new Error('query A failed', { cause: lost });
    const second = new Error('query B failed', { cause: lost });
    const third = new Error('no user', { cause: second });
    expect(stackOf(first)).toBe(`${first.stack}\ncaused by: ${lost.stack}`);
    expect(stackOf(second)).toBe(`${second.stack}\ncaused by: TypeError: lost`);
    expect(stackOf(third)).toBe(`${third.stack}\ncaused by: Error: query B failed`);
    expect(stackOf(new CrashError('Db', third))).toBe('');
    const fourth = new Error('no page', { cause: lost });
    const crash = new CrashError('Db', fourth);
    expect(stackOf(crash)).toBe(`${crash.stack}\ncaused by: ${fourth.stack}\ncaused by: TypeError: lost`);
  });

  it('have the stacks of those that they gather, also those of what caused them', () => {
    const one = new Error('one');
    const both = new AggregateError([one, 'two'], 'both failed');
    const error = new Error('no', { cause: both });
    const fields = new ErrorFields(serialise, true);
    expect(fields.of(error)).toMatchObject({
      stack: `${error.stack}\ncaused by: ${both.stack}\none of its errors: ${one.stack}\none of its errors: two`,
    });
    const again = new AggregateError([one], 'again');
    expect(fields.of(again)).toMatchObject({ stack: `${again.stack}\none of its errors: Error: one` });
    expect(fields.of(again)).toMatchObject({ stack: '' });
  });

  it('may be their own cause', () => {
    const error = new Error('lost');
    error.cause = error;
    const fields = new ErrorFields(serialise, true);
    expect(fields.of(error)).toMatchObject({ type: 'Error', stack: expect.stringContaining('Error: lost') });
    expect(fields.of(error)).toMatchObject({ message: 'lost', stack: '' });
  });
  it('may throw themselves when they are looked at, or have such a cause', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const shy = Object.defineProperty(new Error('lost'), 'stack', {
      get() {
        throw new Error('not to be seen');
      },
    });
    const fields = new ErrorFields(serialise, true);
    const told = { type: 'Error', message: 'lost', stack: '' };
    expect(fields.of(new Error('lost', { cause: proxy }))).toEqual(told);
    expect(fields.of(shy)).toEqual(told);
    expect(fields.of(proxy)).toEqual({ ...told, message: '<Revoked Proxy>' });
  });
});
