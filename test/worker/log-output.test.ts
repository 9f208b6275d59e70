import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../src/log.ts';
import { givenOutput, pinoOutput } from '../../src/worker/log-output.ts';
import { silent } from '../support/hand-made.ts';

describe('the log that somebody else has made', () => {
  const failure = new Error('the disk is full');

  it.each<[string, unknown]>([
    ['cannot be flushed', undefined],
    ['calls back', (done: () => void) => done()],
    ['gives a promise', async () => {}],
    ['rejects', () => Promise.reject(failure)],
    [
      'throws at once',
      () => {
        throw failure;
      },
    ],
    [
      'throws at once in place of calling back',
      (_done: () => void) => {
        throw failure;
      },
    ],
    ['rejects in place of calling back', (_done: () => void) => Promise.reject(failure)],
  ])('is closed, whatever its flush does: it %s', async (_, flush) => {
    vi.useFakeTimers();
    const output = givenOutput({ ...silent, flush }, false);
    output.flushNow();
    await output.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("the Worker's own log", () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function written(format: 'json' | 'pretty', write: (logger: Logger) => void): Promise<string[]> {
    const file = join(folder, format);
    const output = await pinoOutput({ kind: 'pino', level: 'info', format, file, isAskedFor: true });
    write(output.logger);
    await output.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    rmSync(file);
    return lines;
  }

  const given = { level: 'gold', time: '12:00', pid: 1, name: 'Bob', service: 'redis', depth: -1, task: 'wash', n: 1 };
  const ofDb = (logger: Logger): void => logger.child?.({ service: 'Db', depth: 1 }).info(given, 'seen');

  it('keeps fields apart from what a line has of its own', async () => {
    const [line = ''] = await written('json', ofDb);
    expect(JSON.parse(line)).toMatchObject({
      level: 30,
      pid: process.pid,
      name: 'Worker',
      service: 'Db',
      depth: 1,
      n: 1,
    });
    expect(JSON.parse(line)).toMatchObject({ level_: 'gold', pid_: 1, name_: 'Bob', service_: 'redis', depth_: -1 });
    const [pretty] = await written('pretty', ofDb);
    expect(pretty).toMatch(
      /^\[\d{4}.*: INFO\]: \[\^-Db\]: seen level_=gold time_=12:00 pid_=1 name_=Bob service_=redis depth_=-1 task_=wash n=1$/,
    );
  });

  it('writes a line as it is that a person cannot be shown', async () => {
    const odd = { msg: { toString: 'no function' } };
    const [line = '', ...others] = await written('pretty', (logger) => Reflect.apply(logger.info, logger, [odd]));
    expect(JSON.parse(line)).toMatchObject(odd);
    expect(others).toEqual([]);
  });
});
