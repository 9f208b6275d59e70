import { afterEach, describe, expect, it } from 'vitest';
import { takeCalls } from '../../src/redirect/console-calls.ts';

let giveBack = (): void => {};
afterEach(() => giveBack());

function linesOf(calls: () => void): unknown[][] {
  const lines: unknown[][] = [];
  giveBack = takeCalls({
    line: (...line) => lines.push(line),
    failed(error) {
      throw error;
    },
  });
  calls();
  giveBack();
  return lines;
}

const one = new Error('one');
const two = new TypeError('two');

describe('calls of the console', () => {
  it('become lines at their levels, without colours', () => {
    const lines = linesOf(() => {
      console.debug('from %s', 'there', { port: 80 });
      console.log('\u001B[32mgreen\u001B[39m \n');
      console.warn('50%d off', 5);
    });
    expect(lines).toEqual([
      ['debug', {}, 'from there { port: 80 }'],
      ['info', {}, 'green'],
      ['warn', {}, '505 off'],
    ]);
  });

  it('become no lines where they write nothing', () => {
    const lines = linesOf(() => {
      console.log();
      console.log('');
      console.error('\u001B[0m\n');
      console.error(new Error(''));
    });
    expect(lines).toEqual([['error', { err: expect.any(Error) }, '']]);
  });

  it('keep each error that they are given', () => {
    const lines = linesOf(() => {
      console.error('two failed', one, two, one);
      console.error(two, one);
    });
    expect(lines).toEqual([
      ['error', { err: one, err2: two }, 'two failed one two one'],
      ['error', { err: two, err2: one }, 'two one'],
    ]);
  });

  it('take the message of an error for no format', () => {
    const rate = new Error('rate is 50%d off');
    const lines = linesOf(() => console.error(rate, 5, 'of %s'));
    expect(lines).toEqual([['error', { err: rate }, 'rate is 50%d off 5 of %s']]);
  });
});
