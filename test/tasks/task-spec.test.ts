import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/duration.ts';
import { OptionError } from '../../src/errors.ts';
import type { BackgroundOptions, CrontabOptions, TimerOptions } from '../../src/tasks/options.ts';
import { background, crontab, timer } from '../support/tasks.ts';

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('an interval', () => {
  it.each<[unknown, string]>([
    [
      '10',
      "the interval must be a duration: milliseconds (1 or more) as a number, or a text like '250ms', '10s', '5m', '1h', '1d'; got '10'",
    ],
    ['1 fortnight', "got '1 fortnight'"],
    [-1, 'got -1'],
    [Number.NaN, 'got NaN'],
    [Number.POSITIVE_INFINITY, 'got Infinity'],
    [undefined, 'got undefined'],
    [null, 'got null'],
    [{ every: 1 }, 'got { every: 1 }'],
    [0, 'the interval must be a duration: milliseconds (1 or more)'],
    [0, 'got 0'],
    ['0s', "got '0s'"],
    [0.5, 'got 0.5'],
  ])('%s is refused', (interval, text) => {
    expect(refusal(() => timer(interval as Duration))).toContain(text);
  });
});

describe('options of a timer', () => {
  it.each<[string, unknown, string]>([
    ['a misspelt one', { imediate: true }, "options: there is no option 'imediate'; did you mean immediate?"],
    [
      'one of another decorator',
      { backoff: {} },
      "there is no option 'backoff'; known are name, enabled, onError, overlap",
    ],
    [
      'several that do not exist',
      { imediate: true, retries: 3, evry: 'delay', loud: 1 },
      "options: there is no option 'imediate'; did you mean immediate? there is no option 'evry'; did you mean every? there is no option 'retries', 'loud'; known are name,",
    ],
    ['a list', [], 'options: expected an object of options, got []'],
    ['a text', 'fast', "expected an object of options, got 'fast'"],
    ['name', { name: '' }, "name must be a text like 'flush', got ''"],
    ['enabled', { enabled: true }, 'enabled must be a function, got true'],
    ['onError', { onError: 'crash' }, "onError must be a function, got 'crash'"],
    ['immediate', { immediate: 1 }, 'immediate must be true or false, got 1'],
    ['every', { every: 'day' }, "every must be 'interval' or 'delay', got 'day'"],
    [
      'overlap',
      { overlap: 'wait' },
      "overlap must be 'skip', 'queue' or { max: 2 }, with a whole number of 1 or more, got 'wait'",
    ],
    ['overlap without places', { overlap: { max: 0 } }, 'with a whole number of 1 or more, got { max: 0 }'],
    ['overlap of null', { overlap: null }, 'got null'],
    ['missed', { missed: 'run' }, "missed must be 'skip' or 'runOnce', got 'run'"],
    ['jitter', { jitter: '1 s' }, 'jitter must be a duration'],
    [
      'jitter that is too long',
      { jitter: '1s' },
      'jitter (1000 ms) must be less than the interval (1000 ms), or runs change places',
    ],
    ['timeout', { timeout: 0 }, 'timeout must be a duration: milliseconds (1 or more)'],
    ['restart', { restart: 3 }, 'restart: expected an object of options, got 3'],
    [
      'restart of a background task',
      { restart: { max: 3, within: '1m' } },
      "restart: there is no option 'within'; known are max",
    ],
    [
      'restart without a number',
      { restart: {} },
      'restart.max must be a whole number of 0 or more, or Infinity; got NaN',
    ],
    ['a delay that overlaps', { every: 'delay', overlap: 'queue' }, "every: 'delay' and overlap contradict each other"],
    ['a delay that misses', { every: 'delay', missed: 'skip' }, "every: 'delay' and missed contradict each other"],
  ])('%s is refused', (_, options, text) => {
    expect(refusal(() => timer('1s', options as TimerOptions))).toContain(text);
  });
});

describe('options of a crontab task', () => {
  it.each<[unknown, unknown, string]>([
    [
      'nonsense',
      {},
      "the cron expression must have five fields (minute, hour, day, month, weekday) such as '30 18 * * *', six with seconds in front, seven with a year behind, or be a nickname such as '@daily'; got 'nonsense'",
    ],
    ['61 * * * *', {}, "the cron expression '61 * * * *' makes no sense: there is no minute 61"],
    ['* * 32 * *', {}, "'* * 32 * *' makes no sense: there is no day 32"],
    ['* * 0 * *', {}, 'there is no day 0'],
    ['* * * 13 *', {}, 'there is no month 13'],
    ['* * * * 8', {}, 'there is no weekday 8'],
    ['* * * * * * 10000', {}, 'there is no year 10000'],
    ['*/0 * * * *', {}, "'*/0 * * * *' makes no sense: Syntax error, illegal stepping: 0"],
    ['@hourlyy', {}, "the cron expression '@hourlyy' is no nickname. Did you mean @hourly?"],
    ['@reboot', {}, 'no nickname. Known: @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually.'],
    [
      '* * * *',
      {},
      "six with seconds in front, seven with a year behind, or be a nickname such as '@daily'; got '* * * *'",
    ],
    ['* * * * * * * *', {}, "got '* * * * * * * *'"],
    ['', {}, "got ''"],
    [5, {}, 'got 5'],
    ['2027-01-01 00:00:00 * * *', {}, "got '2027-01-01 00:00:00 * * *'"],
    ['Fri Jan 1 2027 00:00:00', {}, "got 'Fri Jan 1 2027 00:00:00'"],
    ['2027-01-01T00:00:00', {}, "got '2027-01-01T00:00:00'"],
    [' 0 0 31 4 * ', {}, 'never comes true: there is no such day'],
    ['0 0 30 2 *', {}, "the cron expression '0 0 30 2 *' never comes true: there is no such day"],
    [
      '* * * * *',
      { timeZone: 'Mars/Base' },
      "timeZone must be an IANA time zone such as 'Europe/Berlin' or 'UTC', got 'Mars/Base'",
    ],
    ['* * * * *', { timezone: 'UTC' }, "there is no option 'timezone'; did you mean timeZone?"],
    ['* * * * *', { immediate: true }, "there is no option 'immediate'"],
  ])('%s %o is refused', (expression, options, text) => {
    expect(refusal(() => crontab(expression as string, options as CrontabOptions))).toContain(text);
  });

  it.each([
    '@hourly',
    ' @daily ',
    '@Midnight',
    '@weekly',
    '@monthly',
    '@yearly',
    '@annually',
    '*/5 * * * * *',
    '0 12 * * MON-FRI',
    '0 0  0 1 1\t* 2020',
    '0 0 0 1 1 * 2020',
    // Over before time began, yet there was such a day.
    '0 0 0 1 1 * 1969',
    ' 0 0 29 2 * ',
  ])('%s is fine', (expression) => {
    expect(crontab(expression)).toMatchObject({ kind: 'crontab', name: 'work' });
  });
});

describe('a refusal of a crontab task', () => {
  it.each(['nonsense', '61 * * * *', '@reboot', '0 0 30 2 *'])('has %s as data', (expression) => {
    expect(() => crontab(expression)).toThrow(expect.objectContaining({ data: { expression } }));
  });

  it('has the time zone as data', () => {
    const data = { timeZone: 'Mars/Base' };
    expect(() => crontab('* * * * *', data)).toThrow(expect.objectContaining({ data }));
  });
});

describe('options of a background task', () => {
  it.each<[unknown, string]>([
    [{ timeout: 1 }, "there is no option 'timeout'"],
    [{ restart: { max: -1 } }, 'restart.max must be a whole number of 0 or more, or Infinity; got -1'],
    [{ restart: { within: 'long' } }, 'restart.within must be a duration'],
    [{ restart: false }, 'restart: expected an object of options, got false'],
    [{ backoff: { intial: 1 } }, "backoff: there is no option 'intial'; did you mean initial?"],
    [{ backoff: { factor: 0.5 } }, 'backoff.factor must be a number of 1 or more, got 0.5'],
    [{ backoff: { jitter: 2 } }, 'backoff.jitter must be a share from 0 (none) to 1 (all), got 2'],
    [{ backoff: { initial: '1s', max: '1ms' } }, 'backoff.max (1 ms) must not be less than backoff.initial (1000 ms)'],
  ])('%o is refused', (options, text) => {
    expect(refusal(() => background(options as BackgroundOptions))).toContain(text);
  });
});

describe('a task', () => {
  it('has the defaults that are documented', () => {
    expect(timer('1s')).toEqual({
      kind: 'timer',
      name: 'work',
      method: { key: 'work' },
      interval: 1_000,
      immediate: false,
      every: 'interval',
      atOnce: 1,
      holds: false,
      missed: 'skip',
      jitter: 0,
      timeout: Number.POSITIVE_INFINITY,
      maxFailures: Number.POSITIVE_INFINITY,
      enabled: undefined,
      onError: undefined,
    });
    expect(background()).toMatchObject({
      intensity: { max: 5, within: 60_000 },
      backoff: { initial: 100, factor: 2, max: 30_000, jitter: 1, resetAfter: 60_000 },
    });
  });
});
