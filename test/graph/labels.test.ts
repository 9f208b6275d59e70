import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniqueLabels } from '../../src/graph/labels.ts';

describe('uniqueLabels', () => {
  it('numbers all but the first of equal labels', () => {
    expect(uniqueLabels(['Db', 'Api', 'Db', 'Db'])).toEqual(['Db', 'Api', 'Db#2', 'Db#3']);
  });

  it('leaves a number to the label that has it', () => {
    expect(uniqueLabels(['Db', 'Db', 'Db#2', 'Db'])).toEqual(['Db', 'Db#3', 'Db#2', 'Db#4']);
    expect(uniqueLabels(['Db#2', 'Db#2', 'Db', 'Db'])).toEqual(['Db#2', 'Db#2#2', 'Db', 'Db#3']);
  });

  it('is not slowed down by many equal labels', () => {
    expect(uniqueLabels(Array<string>(20_000).fill('Db')).at(-1)).toBe('Db#20000');
  });

  it('makes labels unique, keeps their beginnings, and leaves unique ones alone', () => {
    const label = fc.constantFrom('A', 'A#2', 'A#3', 'A#2#2', 'constructor', '');
    fc.assert(
      fc.property(fc.array(label), (labels) => {
        const unique = uniqueLabels(labels);
        expect(new Set(unique).size).toBe(labels.length);
        unique.forEach((text, index) => {
          expect(text.startsWith(labels[index] ?? '?')).toBe(true);
          if (labels.indexOf(labels[index] ?? '') === index) expect(text).toBe(labels[index]);
        });
      }),
    );
  });
});
