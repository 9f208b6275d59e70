import { describe, expect, it } from 'vitest';
import { andThen, Later, promiseOf } from '../src/eventual.ts';

describe('an eventual value', () => {
  it('goes on at once where it is there', () => {
    expect(andThen(2, (value) => value + 1)).toBe(3);
  });

  it('goes on the moment it is given, through further ones', () => {
    const [first, second] = [new Later<number>(), new Later<number>()];
    const log: number[] = [];
    const sum = andThen(first, (a) => andThen(second, (b) => a + b));
    expect(sum).toBeInstanceOf(Later);
    andThen(sum, (value) => log.push(value));
    first.give(1);
    expect(log).toEqual([]);
    second.give(2);
    expect(log).toEqual([3]);
    andThen(sum, (value) => log.push(value));
    expect(log).toEqual([3, 3]);
  });

  it('is given once', () => {
    const later = new Later<string>();
    const log: string[] = [];
    later.whenGiven((value) => log.push(value));
    later.give('first');
    later.give('second');
    expect(log).toEqual(['first']);
  });

  it('can be awaited, and be made of a promise', async () => {
    expect(await promiseOf(1)).toBe(1);
    expect(await promiseOf(Later.of(Promise.resolve(2)))).toBe(2);
  });
});
