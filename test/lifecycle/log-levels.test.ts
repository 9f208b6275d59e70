import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { Loggers } from '../../src/lifecycle/loggers.ts';
import { consoleLogger, type Logger } from '../../src/log.ts';
import { RefError } from '../../src/refs.ts';
import { handMade, service, silent } from '../support/hand-made.ts';

interface Probe {
  readonly lifecycle: Lifecycle;
  readonly lines: string[];
  /** What Db and Api were given in their `onStart`. */
  readonly logs: Record<string, Logger>;
}

/** A pino whose lines are kept, and the loggers that two services hold. */
function probe(level = 'info'): Probe {
  const lines: string[] = [];
  const write = (line: string): void => {
    const { service: who = 'root', msg } = JSON.parse(line);
    lines.push(`${who}: ${msg}`);
  };
  const logs: Record<string, Logger> = {};
  const keeping = (name: string) => ({
    onStart({ log }: ServiceContext): void {
      logs[name] = log;
    },
  });
  const lifecycle = handMade(
    { Db: service(keeping('Db')), Api: service(keeping('Api'), { needs: ['Db'] }) },
    { logger: pino({ level }, { write }) },
  );
  return { lifecycle, lines, logs };
}

describe('the level of the log', () => {
  it('can be set while all runs, and loggers that services hold follow at once', async () => {
    const { lifecycle, lines, logs } = probe();
    await lifecycle.startAll();
    logs.Db?.debug('hidden');
    lifecycle.setLogLevel('debug');
    expect(lifecycle.logLevel()).toBe('debug');
    expect(lifecycle.logLevel('Db')).toBe('debug');
    logs.Db?.debug('seen');
    lifecycle.setLogLevel('warn');
    logs.Db?.info('hidden');
    lifecycle.resetLogLevel();
    expect(lifecycle.logLevel()).toBe('info');
    logs.Db?.debug('hidden');
    logs.Db?.info('told');
    expect(lines).toEqual(['Db: seen', 'Db: told']);
  });

  it('can be finer for one service, whose events are then written too', async () => {
    const { lifecycle, lines, logs } = probe();
    lifecycle.setLogLevel('debug', 'Db');
    await lifecycle.startAll();
    expect(lines).toEqual(['Db: Starting...', 'Db: Started.']);
    logs.Db?.debug('seen');
    logs.Api?.debug('hidden');
    lifecycle.resetLogLevel('Db');
    expect(lifecycle.logLevel('Db')).toBe('info');
    logs.Db?.debug('hidden');
    await lifecycle.stopAll();
    expect(lines).toEqual(['Db: Starting...', 'Db: Started.', 'Db: seen']);
  });

  it('can be coarser for one service, which keeps it when the whole changes and over restarts', async () => {
    const { lifecycle, lines, logs } = probe();
    await lifecycle.startAll();
    lifecycle.setLogLevel('error', 'Db');
    lifecycle.setLogLevel('trace');
    logs.Db?.warn('hidden');
    logs.Api?.debug('seen');
    await lifecycle.restart('Db');
    logs.Db?.warn('hidden');
    expect(lifecycle.logLevel('Db')).toBe('error');
    expect(lines.filter((line) => line.startsWith('Db'))).toEqual([]);
    expect(lines).toContain('Api: seen');
  });

  it('of tasks is that of their service', async () => {
    const { lifecycle, lines } = probe();
    await lifecycle.startAll();
    const [db] = lifecycle.runningGraph.units;
    if (db === undefined) throw new Error('there is no Db');
    const log = lifecycle.loggers.ofTask(db, 'poll');
    lifecycle.setLogLevel('debug', 'Db');
    log.debug('polled');
    lifecycle.loggers.ofTask(db, 'later').debug('made later');
    expect(lines).toEqual(['Db: polled', 'Db: made later']);
  });

  it('follows for a logger that was made where the service stood before', () => {
    const lines: string[] = [];
    let depth = 1;
    const db = { label: 'Db' };
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
    const loggers = new Loggers(
      logger,
      () => [db],
      () => depth,
    );
    const early = loggers.of(db);
    depth = 2;
    expect(loggers.of(db)).not.toBe(early);
    loggers.setLevel('debug', 'Db');
    early.debug('seen');
    expect(lines).toEqual(['seen']);
  });

  it('silent leaves nothing', async () => {
    const { lifecycle, lines, logs } = probe('debug');
    lifecycle.setLogLevel('silent');
    await lifecycle.startAll();
    logs.Db?.error('hidden');
    expect(lines).toEqual([]);
  });

  it('of the console can be set too', () => {
    const logger = consoleLogger();
    const child = logger.child?.({ service: 'Db' });
    const other = logger.child?.({ service: 'Api' });
    if (child === undefined) throw new Error('it has no children');
    expect(child.isLevelEnabled?.('info')).toBe(false);
    logger.level = 'debug';
    expect(child.isLevelEnabled?.('debug')).toBe(true);
    child.level = 'error';
    expect(child.isLevelEnabled?.('warn')).toBe(false);
    expect(other?.isLevelEnabled?.('debug')).toBe(true);
  });

  it('of the console is followed again when that of a service is taken back', async () => {
    const logger = consoleLogger();
    const logs: Logger[] = [];
    const keeping = service({ onStart: ({ log }) => void logs.push(log) });
    const lifecycle = handMade({ Db: keeping }, { logger });
    await lifecycle.startAll();
    lifecycle.setLogLevel('error', 'Db');
    lifecycle.resetLogLevel('Db');
    logger.level = 'info';
    expect(logs[0]?.isLevelEnabled?.('info')).toBe(true);
    await lifecycle.stopAll();
  });

  it('of a logger whose level is a function, as bunyan has it, is not known', () => {
    const bunyan = { ...silent, level: () => 30 };
    const lifecycle = handMade({ Db: service({ onStart() {} }) }, { logger: bunyan as never });
    expect([lifecycle.logLevel(), lifecycle.logLevel('Db')]).toEqual([undefined, undefined]);
    expect(() => lifecycle.setLogLevel('debug')).toThrow("pino's level, got one without level");
    expect(() => lifecycle.resetLogLevel()).not.toThrow();
  });

  it('cannot be set where there is none, to what is none, or of what nobody knows', () => {
    const lifecycle = handMade({ Db: service({ onStart() {} }) }, { logger: silent });
    expect(() => lifecycle.setLogLevel('debug')).toThrow(OptionError);
    expect(() => lifecycle.setLogLevel('debug')).toThrow("pino's level, got one without level; give pino()");
    const childless = { ...silent, level: 'info' };
    const other = handMade({ Db: service({ onStart() {} }) }, { logger: childless });
    other.setLogLevel('debug');
    expect(childless.level).toBe('debug');
    expect(() => other.setLogLevel('debug', 'Db')).toThrow("pino's level and child(), got one without child");
    expect(other.logLevel('Db')).toBe('debug');
    expect(() => probe().lifecycle.setLogLevel('loud' as 'info')).toThrow(
      "setLogLevel() must be one of trace, debug, info, warn, error, fatal, silent, got 'loud'",
    );
    expect(() => probe().lifecycle.setLogLevel('debug', 'Dbb')).toThrow(RefError);
    expect(() => probe().lifecycle.setLogLevel('debug', 'Dbb')).toThrow('Did you mean Db?');
    expect(() => probe().lifecycle.logLevel('Dbb')).toThrow('logLevel() expects');
    expect(() => probe().lifecycle.resetLogLevel('Dbb')).toThrow('resetLogLevel() expects');
  });
});
