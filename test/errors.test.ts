import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CrashError, LifecycleError, messageOf, OptionError, StopError, textOf } from '../src/errors.ts';

describe('an error of the package', () => {
  it('has a name, a stable code, its facts and its cause', () => {
    const cause = new Error('refused');
    const error = new CrashError('Db', cause);
    expect(error).toMatchObject({ name: 'CrashError', code: 'LIFECYCLE_CRASHED', data: { service: 'Db' }, cause });
    expect(error.message).toBe('Db crashed: refused');
    expect(String(error)).toBe('CrashError: Db crashed: refused');
  });

  it('is a LifecycleError, the StopError too, and one of another copy of the package', () => {
    const foreign = Object.assign(new Error('of another copy'), { [Symbol.for('inversify-lifecycle.error')]: true });
    for (const error of [new OptionError('no'), new StopError([]), foreign])
      expect(error).toBeInstanceOf(LifecycleError);
    for (const other of [new Error('no'), {}, null, undefined, 'text', () => {}])
      expect(other).not.toBeInstanceOf(LifecycleError);
  });

  it('is told from its sisters', () => {
    expect(new OptionError('no')).toBeInstanceOf(OptionError);
    expect(new OptionError('no')).not.toBeInstanceOf(CrashError);
    expect(new StopError([])).toBeInstanceOf(AggregateError);
    expect(new StopError([])).not.toBeInstanceOf(CrashError);
  });
});

describe('a StopError', () => {
  it('holds all errors and names each', () => {
    const errors = [new Error('Db.onStop failed: one'), new Error('Api.onStop failed: two')];
    const error = new StopError(errors);
    expect(error).toMatchObject({ name: 'StopError', code: 'LIFECYCLE_STOP_FAILED', errors, data: { errors: 2 } });
    expect(error.message).toBe(
      'The stop is over, but 2 things went wrong:\n  - Db.onStop failed: one\n  - Api.onStop failed: two',
    );
    expect(new StopError([new Error('x')]).message).toContain('but one thing went wrong');
  });
});

it('messageOf gives a text of anything', () => {
  expect([new Error('a'), 'b', undefined, null, 3, Symbol('c')].map(messageOf)).toEqual([
    'a',
    'b',
    'undefined',
    'null',
    '3',
    'Symbol(c)',
  ]);
  expect(messageOf(Object.create(null))).toEqual(expect.any(String));
  const shown = Object.assign(Object.create(null), { [inspect.custom]: () => 'app.ts(1,19): error\n' });
  expect(messageOf(shown)).toBe('app.ts(1,19): error');
});

it('textOf shows a value, on one line and not too much of it', () => {
  const faulty = {
    [Symbol.for('nodejs.util.inspect.custom')]() {
      throw new Error('no');
    },
  };
  const nested = { max: 0, deep: { deeper: { deepest: {} } } };
  expect(
    ['a', 15, [15, 'b'], nested, new URL('file:///x.log'), class Db {}, null, new Date(0), faulty].map(textOf),
  ).toEqual([
    "'a'",
    '15',
    "[ 15, 'b' ]",
    '{ max: 0, deep: { deeper: [Object] } }',
    expect.stringMatching(/^URL { href: 'file:\/\/\/x.log', .{60,}\.\.\.$/),
    'the function Db',
    'null',
    '1970-01-01T00:00:00.000Z',
    'something that has no text',
  ]);
  expect(textOf(new Error('a\nb'))).toMatch(/^Error: a b at .{1,90}\.\.\.$/);
});
