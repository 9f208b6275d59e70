import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Duration, humanize, milliseconds } from '../src/duration.ts';

describe('a duration', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [12.5, 12.5],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%o is %d ms', (value, expected) => {
    expect(milliseconds(value, 'it')).toBe(expected);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '10',
    '10 s',
    '-5s',
    '5sec',
    's',
    '1e3ms',
    null,
    undefined,
    {},
    true,
  ])('%o is none: the error says what was expected and got', (value) => {
    expect(() => milliseconds(value as Duration, 'stopAll({ timeout })')).toThrow(
      expect.objectContaining({
        code: 'LIFECYCLE_INVALID_OPTION',
        message: expect.stringMatching(/^stopAll\(\{ timeout \}\) must be a duration: .*'10s'.*; got /),
      }),
    );
  });
});

describe('humanize', () => {
  it.each([
    [0, '0 ms'],
    [0.26, '0.3 ms'],
    [950, '950 ms'],
    [1_240, '1.2 s'],
    [60_000, '1 m'],
    [125_000, '2 m 5 s'],
  ])('%d reads %s', (ms, text) => {
    expect(humanize(ms)).toBe(text);
  });

  it('never says 60 s or 1000 ms, whatever it rounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (ms) => {
        expect(humanize(ms)).not.toMatch(/\b(1000 ms|60 s)\b/);
      }),
    );
    for (const ms of [999.96, 59_960, 119_600, 59_999.9]) expect(humanize(ms)).not.toMatch(/\b(1000 ms|60 s)\b/);
  });
});
