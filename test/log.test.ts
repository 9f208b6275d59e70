import { afterEach, describe, expect, it, vi } from 'vitest';
import { childLogger, consoleLogger } from '../src/log.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function recorded(): unknown[][] {
  const lines: unknown[][] = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...line) => void lines.push([level, ...line]));
  }
  return lines;
}

describe('a logger on the console', () => {
  it('writes warnings and errors, or from another level on, with the name of the service and the task', () => {
    const lines = recorded();
    for (const logger of [consoleLogger(), consoleLogger('debug')]) {
      const child = childLogger(logger, { service: 'Db', task: 'poll' });
      logger.debug('a');
      child.info('b');
      child.warn({ port: 1 }, 'c');
      logger.error('d');
    }
    const grave = [
      ['warn', 'Db.poll: c'],
      ['error', 'd'],
    ];
    expect(lines).toEqual([...grave, ['debug', 'a'], ['info', 'Db.poll: b'], ...grave]);
  });

  it('loses no error among the fields, under whatever name', () => {
    const lines = recorded();
    const error = new Error('lost');
    const logger = consoleLogger();
    logger.error({ err: error }, 'no');
    logger.error({ port: 1, e: error, err: 'a text' }, 'no');
    expect(lines).toEqual([
      ['error', 'no', error],
      ['error', 'no', error, 'a text'],
    ]);
  });

  it('takes an error in place of the fields, whose message is then the text where there is none', () => {
    const lines = recorded();
    const error = new Error('refused');
    const logger = childLogger(consoleLogger(), { service: 'Db' });
    logger.error(error, 'Cannot connect');
    for (const only of [error, undefined, null]) Reflect.apply(logger.error, logger, [only]);
    expect(lines).toEqual([
      ['error', 'Db: Cannot connect', error],
      ['error', 'Db: refused', error],
      ['error', 'Db: '],
      ['error', 'Db: '],
    ]);
  });

  it('has the message of such an error also where it has no children', () => {
    const lines: unknown[][] = [];
    const method = (...line: unknown[]): void => void lines.push(line);
    const child = childLogger({ debug: method, info: method, warn: method, error: method }, { service: 'Db' });
    const error = new Error('refused');
    Reflect.apply(child.error, child, [error]);
    expect(lines).toEqual([[error, 'Db: refused']]);
  });
});
