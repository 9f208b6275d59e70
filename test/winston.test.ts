import { describe, expect, it } from 'vitest';
import type { Logger } from '../src/log.ts';
import { Worker } from '../src/worker/worker.ts';
import { handMade, service } from './support/hand-made.ts';

const NPM = { error: 0, warn: 1, info: 2, http: 3, verbose: 4, debug: 5, silly: 6 };
const SYSLOG = { emerg: 0, alert: 1, crit: 2, error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

/** The shape of winston 3.19, which writes what reaches its level as winston does: `err` of an error would be `{}`. */
class WinstonDouble {
  readonly transports = [];
  readonly lines: Record<string, unknown>[] = [];
  readonly levels: Readonly<Record<string, number>>;
  readonly defaultMeta = { host: 'web-1', service: 'user-service' };
  level = 'info';
  silent = false;

  constructor(levels: Readonly<Record<string, number>> = NPM) {
    this.levels = levels;
    for (const level of Object.keys(levels)) {
      Object.assign(this, { [level]: (message: string, meta?: object) => this.log(level, message, meta) });
    }
  }

  log(level: string, message: string, meta?: object): void {
    this.write({ ...this.defaultMeta, ...meta, level, message });
  }

  write(line: Record<string, unknown>): void {
    if (!this.silent && this.isLevelEnabled(String(line.level))) this.lines.push(JSON.parse(JSON.stringify(line)));
  }

  isLevelEnabled(level: string): boolean {
    return (this.levels[this.level] ?? -1) >= (this.levels[level] ?? Number.POSITIVE_INFINITY);
  }
}

const given = (winston: WinstonDouble): Logger => winston as unknown as Logger;

describe('a winston logger', () => {
  it('is given the message, the fields, and errors with their stacks and causes', async () => {
    const winston = new WinstonDouble();
    const lost = new Error('lost', { cause: new Error('no route') });
    const lifecycle = handMade(
      {
        Db: service({
          onStart({ log }) {
            log.info({ port: 5432 }, '100 %d done');
            log.error({ err: lost }, 'no');
            log.warn(lost, 'careful');
            log.debug('fine');
          },
        }),
      },
      { logger: given(winston) },
    );
    await lifecycle.startAll();
    await lifecycle.stopAll();
    const own = { host: 'web-1', service: 'Db', depth: 1 };
    const err = expect.stringMatching(/^Error: lost\n {4}at [\s\S]*\[cause\]: Error: no route\n/);
    expect(winston.lines).toEqual([
      { ...own, level: 'info', message: '100 %d done', port: 5432 },
      { ...own, level: 'error', message: 'no', err },
      { ...own, level: 'warn', message: 'careful', err },
    ]);
  });

  it('has its level set, and a service a coarser one', async () => {
    const winston = new WinstonDouble();
    const log: Logger[] = [];
    const lifecycle = handMade(
      { Db: service({ onStart: (context) => void log.push(context.log) }), Api: service({ onStart() {} }) },
      { logger: given(winston) },
    );
    await lifecycle.startAll();
    const written = (): unknown[] => {
      winston.lines.length = 0;
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[0]?.[level](level);
      return winston.lines.map(({ message }) => message);
    };
    expect(lifecycle.logLevel()).toBe('info');
    expect(written()).toEqual(['info', 'warn', 'error']);
    lifecycle.setLogLevel('warn', 'Db');
    expect(written()).toEqual(['warn', 'error']);
    lifecycle.setLogLevel('fatal', 'Db');
    expect(written()).toEqual(['error']);
    lifecycle.setLogLevel('silent', 'Db');
    expect(written()).toEqual([]);
    lifecycle.resetLogLevel('Db');
    lifecycle.setLogLevel('trace');
    expect([winston.level, written()]).toEqual(['silly', ['debug', 'info', 'warn', 'error']]);
    lifecycle.setLogLevel('silent');
    expect([lifecycle.logLevel(), written()]).toEqual(['silent', []]);
    lifecycle.resetLogLevel();
    expect([winston.level, written()]).toEqual(['info', ['info', 'warn', 'error']]);
    winston.level = 'debug';
    expect(written()).toEqual(['debug', 'info', 'warn', 'error']);
    await lifecycle.stopAll();
  });

  it('may have the levels of syslog; one that lacks some is refused', async () => {
    const winston = new WinstonDouble(SYSLOG);
    const lifecycle = handMade({ Db: service({ onStart: ({ log }) => log.warn('no') }) }, { logger: given(winston) });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(winston.lines).toMatchObject([{ level: 'warning', message: 'no' }]);
    const few = { logger: given(new WinstonDouble({ error: 0, info: 1 })) };
    expect(() => handMade({}, few)).toThrow('debug is missing');
  });

  it('is taken by a Worker as well, with the cause of a failed start', async () => {
    const winston = new WinstonDouble();
    const failing = service({ onStart: () => Promise.reject(new Error('no port')) });
    const worker = new Worker(handMade({ Web: failing }), { logger: given(winston), exitTimeout: Infinity });
    expect(await worker.run()).toBe(1);
    process.exitCode = undefined;
    expect(winston.lines).toContainEqual(
      expect.objectContaining({ level: 'error', err: expect.stringMatching(/^Error: no port\n {4}at /) }),
    );
  });

  it('is not the module itself', () => {
    const module = Object.assign(() => {}, { ...given(new WinstonDouble()), createLogger() {}, write: undefined });
    expect(() => handMade({}, { logger: module as never })).toThrow('winston.createLogger');
    expect(() => handMade({}, { logger: { ...module } as never })).toThrow('winston.createLogger');
  });
});
