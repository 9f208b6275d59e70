import { describe, expect, it } from 'vitest';
import { type Failure, failuresWithin, intensityOf } from '../../src/supervision/intensity.ts';

const failure = (at: number): Failure => ({ at, date: at, error: new Error('lost') });

describe('the failures of a window', () => {
  it('are those that came within it, the latest one included', () => {
    const [first, second, third] = [failure(0), failure(1), failure(1_000)];
    expect(failuresWithin({ max: 5, within: 1_000 }, [first, second], third)).toEqual([second, third]);
  });

  it('are not kept where no number is too many: a service that is tried for ever costs no memory', () => {
    const [first, latest] = [failure(0), failure(1)];
    expect(failuresWithin(intensityOf({ max: Infinity }, 'restart'), [first], latest)).toEqual([latest]);
  });

  it('are five in a minute unless told otherwise', () => {
    expect(intensityOf({}, 'restart')).toEqual({ max: 5, within: 60_000 });
  });
});
