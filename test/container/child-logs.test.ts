import { injectable } from 'inversify';
import pino from 'pino';
import { expect, it } from 'vitest';
import { type Logger, ServiceContainer, type ServiceContext } from '../../container/index.ts';

const logs: Logger[] = [];

@injectable()
class Db {
  onStart({ log }: ServiceContext): void {
    log.info('parent');
  }
}

@injectable()
class Session {
  onStart({ log }: ServiceContext): void {
    logs.push(log);
    log.info('child');
  }
}

function kept(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): void => {
    const { service = 'root', msg } = JSON.parse(line);
    lines.push(`${service}: ${msg}`);
  };
  return { logger: pino({ level: 'info' }, { write }), lines };
}

function family(child: { logger?: Logger } = {}) {
  const { logger, lines } = kept();
  const parent = new ServiceContainer({ lifecycle: { logger } }).add(Db);
  const kid = new ServiceContainer({ parent, lifecycle: child }).add(Session);
  return { parent, kid, lines };
}

it('a child container logs where its parent does, also where that has changed, or with a logger of its own', async () => {
  const { parent, kid, lines } = family();
  await kid.startAll();
  expect(lines).toEqual(['Session: child']);
  await kid.stopAll();
  const other = kept();
  const restore = parent.lifecycle.loggers.use(other.logger, 'info');
  await kid.startAll();
  await kid.stopAll();
  restore();
  expect(other.lines).toEqual(['Session: child']);
  const own = kept();
  const apart = family({ logger: own.logger });
  await apart.kid.startAll();
  await apart.kid.stopAll();
  expect([own.lines, apart.lines]).toEqual([['Session: child'], []]);
});

it('a child of a child logs there too', async () => {
  const { kid, lines } = family();
  @injectable()
  class Page extends Session {}
  const grandchild = new ServiceContainer({ parent: kid }).add(Page);
  await grandchild.startAll();
  await grandchild.stopAll();
  expect(lines).toEqual(['Page: child']);
});

it('the level is that of the log as a whole, whichever of them it is set with, and loggers that services hold follow', async () => {
  const { parent, kid, lines } = family();
  await kid.startAll();
  const log = logs.at(-1);
  lines.length = 0;
  parent.lifecycle.setLogLevel('debug');
  log?.debug('seen');
  parent.lifecycle.resetLogLevel();
  log?.debug('hidden');
  kid.lifecycle.setLogLevel('warn');
  expect(parent.lifecycle.logLevel()).toBe('warn');
  log?.info('hidden');
  kid.lifecycle.setLogLevel('debug', Session);
  log?.debug('seen again');
  kid.lifecycle.resetLogLevel();
  kid.lifecycle.resetLogLevel(Session);
  log?.debug('hidden');
  expect([lines, parent.lifecycle.logLevel()]).toEqual([['Session: seen', 'Session: seen again'], 'info']);
  await kid.stopAll();
});
