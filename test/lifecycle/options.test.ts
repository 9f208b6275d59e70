import { describe, expect, it } from 'vitest';
import { lifecycleSettings, startSettings, stopBudgetOf } from '../../src/lifecycle/options.ts';
import { handMade, service, silent } from '../support/hand-made.ts';

const refused = (text: string) =>
  expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) });

describe('options', () => {
  it.each([
    [{ stopTimeout: -1 }, 'stopTimeout must be a duration'],
    [{ stopTimeout: Number.NaN }, 'got NaN'],
    [{ stopTimeout: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ slowAfter: '5 s' }, "got '5 s'"],
    [{ stoptimeout: 1 }, "there is no option 'stoptimeout'; did you mean stopTimeout?"],
    [{ colour: 1 }, 'known are stopTimeout'],
    [{ logger: { info() {} } }, 'debug is missing'],
    [{ strict: 'yes' }, "strict must be true or false, got 'yes'"],
    [{ guard: 1 }, 'guard must be true or false, got 1'],
    [{ gaurd: true }, 'did you mean guard?'],
    [null, 'expected an object of options, got null'],
  ])('of a lifecycle: %o', (options, text) => {
    expect(() => lifecycleSettings(options as never)).toThrow(refused(text));
  });

  it.each([
    [{ concurrency: 0 }, 'a whole number of 1 or more, got 0'],
    [{ concurrency: -2 }, 'got -2'],
    [{ concurrency: Number.NaN }, 'got NaN'],
    [{ concurrency: 1.5 }, 'got 1.5'],
    [{ concurrency: '4' }, 'got 4'],
    [{ timeout: -5 }, 'startAll({ timeout }) must be a duration'],
    [{ only: 'Db' }, 'must be an array of refs, got Db; write only: [Api]'],
    [{ signal: {} }, 'must be an AbortSignal'],
    [{ concurency: 2 }, 'did you mean concurrency?'],
  ])('of startAll: %o', async (options, text) => {
    expect(() => startSettings(options as never)).toThrow(refused(text));
    const lifecycle = handMade({ Db: service({}) });
    await expect(lifecycle.startAll(options as never)).rejects.toThrow(text);
    expect(lifecycle.state).toBe('idle');
  });

  it.each([
    [{ timeout: -1 }, 'stopAll({ timeout }) must be a duration'],
    [{ timeout: '10sec' }, "got '10sec'"],
    [{ resaon: 'x' }, 'did you mean reason?'],
  ])('of stopAll: %o', async (options, text) => {
    expect(() => stopBudgetOf(options as never, 1)).toThrow(refused(text));
    const lifecycle = handMade({ Db: service({}) });
    await lifecycle.startAll();
    await expect(lifecycle.stopAll(options as never)).rejects.toThrow(text);
    expect(lifecycle.state).toBe('running');
  });

  it('have the defaults that are documented', () => {
    expect(lifecycleSettings({ logger: silent })).toMatchObject({
      stopTimeout: 25_000,
      slowAfter: 5_000,
      strict: false,
      guard: false,
      logger: silent,
    });
    expect(startSettings({})).toEqual({ only: undefined, concurrency: Infinity, timeout: Infinity, signal: undefined });
    expect(stopBudgetOf({}, 25_000)).toBe(25_000);
    expect(stopBudgetOf({ timeout: '2s' }, 25_000)).toBe(2_000);
  });

  it('name what is unknown among only, before anything starts', async () => {
    const lifecycle = handMade({ Database: service({}) });
    await expect(lifecycle.startAll({ only: ['Databas'] })).rejects.toMatchObject({
      code: 'LIFECYCLE_UNKNOWN_REF',
      message: expect.stringContaining('Did you mean Database?'),
    });
    expect(lifecycle.state).toBe('idle');
  });
});
