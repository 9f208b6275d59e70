import { Container } from 'inversify';
import { describe, expect, it } from 'vitest';
import { ServiceContainer } from '../../container/index.ts';
import { OptionError } from '../../src/errors.ts';
import { Worker } from '../../src/worker/worker.ts';
import { workerSettings } from '../../src/worker/worker-settings.ts';
import { silent } from '../support/hand-made.ts';

describe('options of a Worker', () => {
  it('have the defaults that are documented', () => {
    expect(workerSettings({})).toEqual({
      daemon: true,
      startTimeout: undefined,
      stopTimeout: undefined,
      preStopDelay: 0,
      exitTimeout: 5_000,
      trackHandles: false,
      signals: ['SIGINT', 'SIGTERM', 'SIGHUP'],
      log: { kind: 'pino', level: 'info', format: 'auto', file: undefined, isAskedFor: false },
      routine: 'info',
      isRedirected: false,
      // Errors that nobody catches, the heap, a cry; spans, where the program has set up a tracer by the time it runs.
      companions: Array(4).fill(expect.any(Function)),
    });
    expect(workerSettings({ quiet: true }).log).toMatchObject({ level: 'warn', isAskedFor: true });
    expect(workerSettings({ logger: silent }).log).toEqual({ kind: 'given', logger: silent });
    expect(workerSettings({ exitTimeout: Number.POSITIVE_INFINITY }).exitTimeout).toBe(Number.POSITIVE_INFINITY);
  });

  it.each<[unknown, string]>([
    [{ loglevel: 'info' }, "Worker options: there is no option 'loglevel'; did you mean logLevel?"],
    [null, 'Worker options: expected an object of options, got null'],
    [{ daemon: 'no' }, "daemon must be true or false, got 'no'"],
    [{ startTimeout: '1 s' }, 'startTimeout must be a duration'],
    [{ stopTimeout: -1 }, 'stopTimeout must be a duration'],
    [{ preStopDelay: Number.POSITIVE_INFINITY }, 'preStopDelay must be a duration'],
    [{ exitTimeout: Number.NaN }, 'exitTimeout must be a duration'],
    [{ signals: 'SIGTERM' }, "signals must be a list like ['SIGINT', 'SIGTERM'], got 'SIGTERM'"],
    [{ signals: ['TERM'] }, "signals: there is no signal 'TERM'. Did you mean SIGTERM?"],
    [{ signals: ['SIGTREM'] }, "there is no signal 'SIGTREM'. Did you mean SIGTERM?"],
    [{ signals: ['SIGFOO'] }, "there is no signal 'SIGFOO'. Known: SIGINT, SIGTERM, SIGHUP"],
    [{ signals: ['toString'] }, "there is no signal 'toString'"],
    [{ signals: ['SIGTERM', 'SIGKILL'] }, 'signals: SIGKILL cannot ask for the end, since no process can catch it'],
    [{ signals: ['SIGSTOP'] }, 'signals: SIGSTOP cannot ask for the end'],
    [{ signals: ['SIGUSR1'] }, 'since Node opens its inspector on it; take SIGUSR2'],
    [{ signals: ['SIGSEGV'] }, 'signals: SIGSEGV cannot ask for the end'],
    [{ signals: [15] }, "signals must be a list like ['SIGINT', 'SIGTERM'], got [ 15 ]"],
    [{ trackHandles: 'yes' }, "trackHandles must be true or false, got 'yes'"],
    [{ uncaught: 'ignore' }, "uncaught must be 'stop' or 'exit', got 'ignore'"],
    [{ logLevel: 'loud' }, "logLevel must be one of trace, debug, info, warn, error, fatal, silent, got 'loud'"],
    [{ logLevels: 'debug' }, "logLevels must be an object like { Db: 'debug' }, got 'debug'"],
    [
      { logLevels: { Db: 'loud' } },
      "logLevels.Db must be one of trace, debug, info, warn, error, fatal, silent, got 'loud'",
    ],
    [{ routineLevel: 'silent' }, "routineLevel must be one of debug, info, warn, error, got 'silent'"],
    [{ redirect: 'all' }, "redirect must be true, false, or an object like { stdout: true, level: 'info' }, got 'all'"],
    [{ redirect: { stdOut: true } }, "redirect: there is no option 'stdOut'; did you mean stdout?"],
    [{ redirect: { stdout: 1 } }, 'redirect.stdout must be true or false, got 1'],
    [{ redirect: { level: 'loud' } }, "redirect.level must be one of debug, info, warn, error, got 'loud'"],
    [{ logFormat: 'xml' }, "logFormat must be 'auto', 'pretty' or 'json', got 'xml'"],
    [{ logFile: '' }, "logFile must be a path, got ''"],
    [{ logFile: new URL('file:///x.log') }, "logFile must be a path, got URL { href: 'file:///x.log'"],
    [{ debug: 'yes' }, "debug must be true or false, got 'yes'"],
    [{ debug: true, quiet: true }, 'quiet and debug contradict each other'],
    [{ inspect: 'localhost' }, "inspect must be true, a port, or a text like '127.0.0.1:9229', got 'localhost'"],
    [{ http: 'nowhere' }, "http must be true, a port, or a text like '0.0.0.0:9100', got 'nowhere'"],
    [{ traces: 1 }, 'traces must be true or false, got 1'],
    [{ inspect: 65_536 }, 'inspect must be true, a port'],
    [{ control: 7 }, "control must be true, or a name like 'shop', got 7"],
    [{ quiet: 1 }, 'quiet must be true or false, got 1'],
    [{ quiet: true, logLevel: 'debug' }, "quiet and logLevel contradict each other: quiet is logLevel: 'warn'"],
    [{ logger: silent, logFile: 'x' }, 'logger and logFile contradict each other: set it on the logger that you give'],
    [{ logger: silent, quiet: true }, 'logger and quiet contradict each other'],
    [{ logger: { info() {} } }, 'logger must have the methods debug, info, warn, error'],
  ])('%o are refused', (options, text) => {
    expect(() => new Worker(new ServiceContainer(), options as never)).toThrow(OptionError);
    expect(() => new Worker(new ServiceContainer(), options as never)).toThrow(text);
  });

  it('take any signal that can be listened to, also one that other platforms have', () => {
    const signals = ['SIGINT', 'SIGBREAK', 'SIGQUIT', 'SIGUSR2'] as const;
    expect(workerSettings({ signals }).signals).toEqual(signals);
    expect(workerSettings({ signals: ['SIGALRM'] as never }).signals).toEqual(['SIGALRM']);
    expect(workerSettings({ signals: [] }).signals).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      'a container without the plugin',
      new Container(),
      'got a Container that has none; write container.register(LifecyclePlugin)',
    ],
    ['nothing', undefined, 'got undefined'],
    ['a class', class App {}, 'got the function App'],
  ])('and what it runs: not %s', (_, runnable, text) => {
    expect(() => new Worker(runnable as never)).toThrow(text);
  });

  it('take a container, a lifecycle, and anything of that shape', () => {
    const container = new ServiceContainer();
    const { lifecycle } = container;
    const shape = { lifecycle, startAll: () => lifecycle.startAll(), stopAll: () => lifecycle.stopAll() };
    for (const runnable of [container, lifecycle, shape]) expect(new Worker(runnable)).toBeInstanceOf(Worker);
  });
});
