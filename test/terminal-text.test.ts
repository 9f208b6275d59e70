import { describe, expect, it } from 'vitest';
import { cutTo, endOf, tame, tameLines, widthOf } from '../src/terminal-text.ts';

describe('what a program says', () => {
  it('is harmless in a line', () => {
    expect(tame('a\u001B[2Jb\r\nc\u0007\u009B31m')).toBe('ab c ');
  });

  it('is harmless in several lines, with their indents', () => {
    expect(tameLines('a\u001B[2Jb\r\n\tc\u0007\u009B31m\u001B\n\u0085d')).toBe('ab\n\tc\nd');
  });

  it('is as wide as the terminal shows it', () => {
    expect(widthOf('Db 倉庫 e\u0301 🚀')).toBe(12);
  });

  it.each([
    ['Database', 8, 'Database', 'Database'],
    ['Database', 4, 'Dat…', '…ase'],
    ['倉庫の中', 4, '倉…', '…中'],
    ['Database', 1, '…', '…'],
  ])('is cut, as with %s in %i columns, at its end or its beginning', (text, columns, beginning, end) => {
    expect(cutTo(text, columns)).toBe(beginning);
    expect(endOf(text, columns)).toBe(end);
  });
});
