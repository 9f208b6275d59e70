import { describe, expect, it } from 'vitest';
import { LineBuffer } from '../../src/redirect/line-buffer.ts';

function linesOf(...pieces: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const buffer = new LineBuffer((line) => lines.push(line));
  for (const piece of pieces) buffer.add(piece);
  buffer.flush();
  return lines;
}

describe('lines of what comes in pieces', () => {
  it('are whole, without colours, and none of them is empty', () => {
    const bytes = Buffer.from('\u001B[31mü\u001B[0m\r\n\n \nend');
    expect(linesOf('a ', bytes.subarray(0, 6), bytes.subarray(6))).toEqual(['a ü', 'end']);
  });

  it('are cut where they are too long, but not within a character', () => {
    const bytes = Buffer.from(`${'x'.repeat(65_537)}ü and more\n`);
    const lines = linesOf(bytes.subarray(0, 65_538), bytes.subarray(65_538));
    expect(lines).toEqual(['x'.repeat(65_537), 'ü and more']);
  });
});
