import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/uncaught.ts');
afterEach(killPrograms);

function start(scenario: string, options: WorkerOptions = {}, env: NodeJS.ProcessEnv = {}): Program {
  return new Program(bundled(fixture, scenario), {
    OPTIONS: JSON.stringify({ logFormat: 'pretty', ...options }),
    ...env,
  });
}

/** It has ended in order, with code 1 and no listener left. */
async function expectFailure(program: Program): Promise<void> {
  expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 1, signal: null });
  expect(program.stdout).toContain('returned: 1, exitCode: 1');
  expect(program.stdout).toContain('listeners: 0,0,0,0,0');
  expect(program.stderr).toBe('');
}

/** What the log says, without times. */
function lines({ stdout }: Program): string[] {
  return stdout
    .split('\n')
    .filter((line) => /^\[\d{4}/.test(line))
    .map((line) => line.replace(/^\[[^\]]+: (\w+)\]: /, '$1 ').replace(/\d+(\.\d+)? m?s\b/g, '<time>'));
}

function eventsOf({ stdout }: Program): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('event '))
    .map((line) => JSON.parse(line.slice('event '.length)));
}

describe('an error that nobody catches', () => {
  it.each([
    ['timer', 'InTimer', 'onStart', 'exception', 'lost in a timer'],
    ['emitter', 'InEmitter', 'onStart', 'exception', 'nobody listens'],
    ['rejection', 'InPromise', 'onStart', 'rejection', 'nobody handles it'],
    ['task', 'InTask', 'task', 'exception', 'no error at all'],
    ['failing thread', 'WithFailingThread', 'onStart', 'exception', 'lost in a thread'],
    [
      'thread',
      'WithThread',
      'onStart',
      'exception',
      'Worker terminated due to reaching memory limit: JS heap out of memory',
    ],
  ])(
    'is of the service that set it off, stops all in order, and ends with 1: %s',
    async (scenario, service, step, origin, message) => {
      const program = start(scenario);
      await expectFailure(program);
      const action = 'the application is stopped';
      expect(eventsOf(program)[0]).toEqual({ kind: 'process:uncaught', origin, error: message, service, step, action });
      const what = origin === 'exception' ? 'Uncaught exception' : 'Unhandled rejection';
      const where = step === 'task' ? `a task of ${service}` : `${service}.${step}`;
      const text = `${what} in what ${where} has set off: ${message}`;
      const said = lines(program).filter((line) => !/Starting|Started/.test(line));
      expect(said).toEqual([
        `ERROR [^-${service}]: ${text}; ${action}.`,
        'INFO [^Worker]: Stopping...',
        `INFO [^-${service}]: Stopping...`,
        `INFO [^-${service}]: -Stopped!`,
        'INFO [^--Base]: Stopping...',
        'INFO [^--Base]: -Stopped!',
        'INFO [^Worker]: -Stopped!',
        `ERROR [^Worker]: ${text}`,
      ]);
    },
  );

  it('is logged with its stack and its causes', async () => {
    const program = start('rejection');
    await expectFailure(program);
    expect(program.stdout).toMatch(/Error: nobody handles it\n +at .*uncaught\.ts:\d+:\d+/);
    expect(program.stdout).toContain('the disk is full');
  });

  it('is told as well as it can be where it throws itself when it is looked at', async () => {
    const program = start('unreadable');
    await expectFailure(program);
    const text = 'Uncaught exception in what Unreadable.onStart has set off';
    expect(lines(program)).toContain(`ERROR [^-Unreadable]: ${text}: <Revoked Proxy>; the application is stopped.`);
    // What is told of an error without a message depends on Node.
    expect(program.stdout).toMatch(/has set off: [^;]+; it is being stopped already\./);
    expect(lines(program)).toContain('INFO [^--Base]: -Stopped!');
  });

  it('of no service is told as that', async () => {
    const program = start('outside');
    await expectFailure(program);
    expect(lines(program)).toContain(
      'ERROR [^Worker]: Unhandled rejection: of no service; the application is stopped.',
    );
    expect(eventsOf(program)[0]).not.toHaveProperty('service');
  });

  it('aborts a start, which is rolled back', async () => {
    const program = start('start');
    await expectFailure(program);
    expect(lines(program)).toContain(
      'ERROR [^-InStart]: Uncaught exception in what InStart.onStart has set off: lost in the start; the start is aborted.',
    );
    expect(lines(program)).toContain('INFO [^--Base]: -Stopped!');
    expect(program.stdout).not.toContain('Started');
  });

  it('that comes during the stop is logged too, and changes nothing', async () => {
    const program = start('twice');
    await expectFailure(program);
    expect(lines(program)).toContain(
      'ERROR [^-Twice]: Uncaught exception in what Twice.onStop has set off: the second; it is being stopped already.',
    );
    expect(lines(program)).toContain('INFO [^--Base]: -Stopped!');
    expect(lines(program).at(-1)).toBe(
      'ERROR [^Worker]: Uncaught exception in what Twice.onStart has set off: the first',
    );
  });

  it('leads to a stop within its budget, and to no other code when that is not enough', async () => {
    const program = start('hanging', { stopTimeout: '300ms' });
    await expectFailure(program);
    expect(program.stdout).toMatch(/InAStopThatHangs\.onStop had not settled after .* and was left behind/);
    expect(lines(program)).toContain('INFO [^--Base]: -Stopped!');
  });

  it.each(['ended by its stop', 'crash, ended by its stop'])(
    'is code 1 also where a stop hook ends the process: %s',
    async (scenario) => {
      const program = start(scenario);
      expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 1, signal: null });
      expect(program.stdout).toContain('lost in a timer');
      expect(program.stdout).not.toContain('returned');
    },
  );

  it("ends the process at once with uncaught: 'exit', when it is in the log", async () => {
    const program = start('timer', { uncaught: 'exit' });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(lines(program).at(-1)).toBe(
      'ERROR [^-InTimer]: Uncaught exception in what InTimer.onStart has set off: lost in a timer; the process ends at once.',
    );
    expect(program.stdout).toMatch(/Error: lost in a timer\n +at .*uncaught\.ts/);
    expect(program.stdout).not.toContain('Stopping');
    expect(program.stdout).toContain('exit: 1');
  });

  it('is told to listeners of the program too', async () => {
    const program = start('timer', {}, { LISTENER: 'early' });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stdout).toContain('own listener: lost in a timer');
    expect(program.stdout).toContain('listeners: 1,0,0,0,0');
    expect(lines(program)).toContain('INFO [^--Base]: -Stopped!');
  });

  it.each([
    ['timer', 'early', 'lost in a timer'],
    ['timer', 'late', 'lost in a timer'],
    ['rejection', 'late', 'nobody handles it'],
  ])("is told to them before the end with uncaught: 'exit' too: %s, %s", async (scenario, listener, message) => {
    const program = start(scenario, { uncaught: 'exit' }, { LISTENER: listener });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stdout).toContain(`own listener: ${message}\n`);
    expect(program.stdout).toContain('exit: 1');
    expect(program.stderr).toBe('');
  });
});

describe('a heap that is nearly full', () => {
  it('is told of once, with what to write', async () => {
    // On a busy machine collections take so long that V8 would give up while there is room.
    const flags = ['--max-old-space-size=64', '--no-detect-ineffective-gcs-near-heap-limit', '--expose-gc'];
    const program = new Program([process.execPath, ...flags, fixture, 'heap'], {
      OPTIONS: JSON.stringify({ logFormat: 'pretty' }),
    });
    await program.prints('hoarded');
    await program.prints('The heap has');
    program.kill('SIGTERM');
    expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
    const told = lines(program).filter((line) => line.includes('The heap has'));
    expect(told).toEqual([
      expect.stringMatching(
        /^WARNING \[\^Worker\]: The heap has 5\d(\.\d)? MB of 64 MB in use \(\d\d %\), after a full garbage collection.* --max-old-space-size=128,/,
      ),
    ]);
    expect(eventsOf(program)).toEqual([
      { kind: 'process:heapNearLimit', used: expect.any(Number), limit: 64 * 2 ** 20 },
    ]);
  });
});
