import { describe, expect, it } from 'vitest';
import { StatusLine } from '../../src/worker/status-line.ts';

const ERASE = '\r\u001B[K';

function terminal(columns = 80) {
  const written: string[] = [];
  const line = new StatusLine(
    (text) => written.push(text),
    () => columns,
  );
  return { line, written };
}

describe('the status line', () => {
  it('is erased before what is written above it, and drawn again after', () => {
    const { line } = terminal();
    expect(line.above('a\n')).toBe('a\n');
    line.show('7/12');
    expect(line.above('b\n')).toBe(`${ERASE}b\n7/12`);
    line.show('');
    expect(line.above('c\n')).toBe('c\n');
  });

  it('is written where it has changed', () => {
    const { line, written } = terminal();
    line.show('');
    line.show('7/12');
    line.show('7/12');
    line.show('');
    expect(written).toEqual([`${ERASE}7/12`, ERASE]);
  });

  it('stays within one row of the terminal', () => {
    const { line, written } = terminal(5);
    line.show('123456');
    expect(written).toEqual([`${ERASE}1234`]);
  });
});
