import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import { watchdogSettings } from '../../src/watchdog/watchdog-settings.ts';

describe('the settings of the watchdog', () => {
  it('have defaults, and may be a duration alone', () => {
    const defaults = { timeout: 1_000, unready: 0, exitAfter: Number.POSITIVE_INFINITY, sampling: 0 };
    expect(watchdogSettings('1s')).toEqual(defaults);
    expect(watchdogSettings({ timeout: '1s' })).toEqual(defaults);
    expect(watchdogSettings({ timeout: 200, unready: '5s', exitAfter: '1m', sampling: 100 })).toEqual({
      timeout: 200,
      unready: 5_000,
      exitAfter: 60_000,
      sampling: 100,
    });
  });

  it.each<[unknown, string]>([
    [49, 'blockingTimeout must be a duration: milliseconds (50 or more)'],
    ['soon', 'blockingTimeout must be a duration'],
    [{ timeout: 100, exit: 1 }, "blockingTimeout: there is no option 'exit'"],
    [{ timeout: 100, exitAfter: 99 }, 'blockingTimeout.exitAfter must be a duration: milliseconds (100 or more)'],
    [{ timeout: 100, unready: -1 }, 'blockingTimeout.unready must be a duration'],
    [{ timeout: 100, sampling: 9 }, 'blockingTimeout.sampling must be a duration: milliseconds (10 or more)'],
    [{ timeout: 100, sampling: 51 }, 'blockingTimeout.sampling must be no more than half the timeout, 50 ms, got 51'],
  ])('refuse %o', (given, text) => {
    expect(() => watchdogSettings(given as never)).toThrow(OptionError);
    expect(() => watchdogSettings(given as never)).toThrow(text);
  });
});
