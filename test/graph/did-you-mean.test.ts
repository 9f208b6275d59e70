import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance } from '../../src/did-you-mean.ts';

describe('didYouMean', () => {
  it.each([
    ['onstart', 'onStart'],
    ['onStrat', 'onStart'],
    ['onStopped', 'onStop'],
    ['onShutDown', 'onShutdown'],
  ])('takes %s for %s', (word, meant) => {
    expect(didYouMean(word, ['onStarted', 'onStart', 'onStop', 'onShutdown'])).toBe(meant);
  });

  it('has no idea where nothing is near', () => {
    expect(didYouMean('render', ['onStart', 'onStop'])).toBeUndefined();
    expect(didYouMean('Db', [])).toBeUndefined();
  });

  it('can be told how far to go', () => {
    expect(didYouMean('onStopp', ['onStop'], 0)).toBeUndefined();
    expect(didYouMean('ONSTOP', ['onStop'], 0)).toBe('onStop');
    expect(didYouMean('abcdef', ['ab'], 4)).toBe('ab');
    expect(didYouMean('abcdef', ['ab'], 3)).toBeUndefined();
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
    ['stack', 'stakc', 1],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });
});
