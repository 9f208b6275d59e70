import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LineWriter, type Loss, lossText } from '../../src/worker/line-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('counts the lines that could not be written, and tells them once it can write again', () => {
  const file = join(folder, 'lost.log');
  closeSync(openSync(file, 'a'));
  const told: Loss[] = [];
  // It can only be read, as long as it is this one.
  const writer = new LineWriter(openSync(file, 'r'), file, (loss) => {
    told.push(loss);
    writer.write(`${lossText(loss)}\n`);
  });
  writer.write('one\n');
  writer.write('two\n');
  expect(told).toEqual([]);
  rmSync(file);
  writer.write('three\n');
  writer.write('four\n');
  writer.close();
  expect(told).toEqual([{ lines: 2, error: expect.objectContaining({ code: 'EBADF' }) }]);
  expect(readFileSync(file, 'utf8')).toBe('three\n2 lines of the log were lost\nfour\n');
});

it('begins a file anew that was removed', () => {
  const file = join(folder, 'removed.log');
  const writer = new LineWriter(openSync(file, 'a'), file, () => {});
  writer.write('one\n');
  rmSync(file);
  writer.write('two\n');
  writer.close();
  expect(readFileSync(file, 'utf8')).toBe('two\n');
});
