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
    line.show(() => '7/12');
    expect(line.above('b\n')).toBe(`${ERASE}b\n7/12`);
    line.hide();
    expect(line.above('c\n')).toBe('c\n');
  });

  it('is written where it has changed', () => {
    const { line, written } = terminal();
    line.hide();
    line.show(() => '7/12');
    line.show(() => '7/12');
    line.hide();
    expect(written).toEqual([`${ERASE}7/12`, ERASE]);
  });

  it('stays within one row of the terminal', () => {
    const { line, written } = terminal(5);
    line.show(() => '123456');
    expect(written).toEqual([`${ERASE}1234`]);
  });

  it('says what is so when it is drawn again', () => {
    const { line } = terminal();
    let text = 'Starting';
    line.show(() => text);
    text = 'Stopping';
    expect(line.above('a\n')).toBe(`${ERASE}a\nStopping`);
  });

  describe('on a terminal that the program writes to as well', () => {
    function shared() {
      const { line, written } = terminal();
      const stream = {
        write: (piece: unknown, _encoding?: unknown) => written.push(String(piece)) > 0,
        writableEnded: false,
        destroyed: false,
      };
      const original = stream.write;
      const undo = line.stayBelow(stream);
      return { line, written, stream, original, undo };
    }

    it('makes room for a line, and is drawn below it', () => {
      const { line, written, stream } = shared();
      line.show(() => '7/12');
      written.length = 0;
      expect(stream.write('migration 1\n')).toBe(true);
      expect(written).toEqual([ERASE, 'migration 1\n', `${ERASE}7/12`]);
    });

    it('waits for the end of a line', () => {
      const { line, written, stream } = shared();
      stream.write('migration 1');
      line.show(() => '7/12');
      stream.write(Buffer.from(' and'));
      stream.write('IDI=', 'base64');
      stream.write('\u001B[0m');
      expect(written).toEqual(['migration 1', ' and', 'IDI=', '\u001B[0m']);
      stream.write('\u001B[1m, done\n\u001B[0m');
      expect(written.at(-1)).toBe(`${ERASE}7/12`);
    });

    it('lets a line of the log begin where the program’s has not ended', () => {
      const { line, stream } = shared();
      line.show(() => '7/12');
      stream.write('migration 1');
      expect(line.above('a\n')).toBe('\na\n7/12');
      expect(line.above('b\n')).toBe(`${ERASE}b\n7/12`);
    });

    it('leaves the stream as it was', () => {
      const { line, written, stream, original, undo } = shared();
      const wrapped = stream.write;
      undo();
      expect(stream.write).toBe(original);
      line.show(() => '7/12');
      wrapped('late\n');
      expect(written.at(-1)).toBe('late\n');
    });
  });
});
