import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/worker.ts');
const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

function start(scenario: string, options: WorkerOptions = {}, env: NodeJS.ProcessEnv = {}): Program {
  return new Program(bundled(fixture, scenario), {
    OPTIONS: JSON.stringify({ logFormat: 'pretty', ...options }),
    ...env,
  });
}

/** It ended by itself, with nothing left of the Worker or the application. */
async function expectEnd(program: Program, code: number): Promise<void> {
  expect(await program.ended, program.stdout + program.stderr).toEqual({ code, signal: null });
  expect(program.stdout).toContain(`exit: ${code}, listeners: 0,0,0`);
  expect(program.stdout).toContain(`returned: ${code}, exitCode: ${code}`);
  expect(program.stdout).toContain('handles: []');
  expect(program.stderr).toBe('');
}

/** It was called wrongly, which it says on standard error, and has started nothing. */
async function expectUsage(program: Program, text: string): Promise<void> {
  expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 2, signal: null });
  expect(program.stderr).toContain(text);
  expect(program.stdout).toContain('exit: 2, listeners: 0,0,0');
  expect(program.stdout).not.toContain('Starting');
}

/** What the log says, without times. */
function lines({ stdout }: Program): string[] {
  return stdout
    .split('\n')
    .filter((line) => /^\[\d{4}/.test(line))
    .map((line) => line.replace(/^\[[^\]]+: (\w+)\]: /, '$1 ').replace(/\d+(\.\d+)? m?s\b/g, '<time>'));
}

function jsonOf({ stdout }: Program): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

describe('a program run by a Worker', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops in order on %s, and ends with 0', async (signal) => {
    const program = start('running');
    await program.prints('Started 2 services');
    program.kill(signal);
    await expectEnd(program, 0);
    expect(lines(program)).toEqual([
      'INFO [^Worker]: Starting...',
      'INFO [^--Base]: Starting...',
      'INFO [^-Jobs]: Starting...',
      'INFO [^Worker]: Started 2 services in <time>',
      'INFO [^Worker]: Stopping on signal received...',
      'INFO [^Worker]: Stopping...',
      'INFO [^-Jobs]: Stopping...',
      'INFO [^-Jobs]: -Stopped!',
      'INFO [^--Base]: Stopping...',
      'INFO [^--Base]: -Stopped!',
      'INFO [^Worker]: -Stopped!',
    ]);
  });

  it('aborts its start on the first signal, rolls back, and ends with 0', async () => {
    const program = start('slow start');
    await program.prints('on its way');
    program.kill('SIGTERM');
    await expectEnd(program, 0);
    expect(program.stdout).toMatch(/\[\^--Base\]: -Stopped!/);
  });

  it('stops when the application asks for it', async () => {
    const program = start('request stop');
    await expectEnd(program, 0);
    expect(program.stdout).not.toContain('on signal received');
  });

  it('gives the stop a second after the second signal', async () => {
    const program = start('hanging');
    await program.prints('Started');
    program.kill('SIGINT');
    await program.prints('hanging');
    const before = Date.now();
    program.kill('SIGTERM');
    await expectEnd(program, 124);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(program.stdout).toContain('SIGTERM again: what is not stopped in 1 s is left behind');
    expect(program.stdout).toMatch(
      /ERROR\]: \[\^Worker\]: One thing went wrong in the stop: Hanging\.onStop had not settled/,
    );
    expect(program.stdout).toMatch(/\[\^--Base\]: -Stopped!/);
    expect(program.stdout).toMatch(/INFO\]: \[\^-Hanging\]: -Stopped, with something left behind!/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends at once on the third signal, with the code of %s', async (signal, code) => {
    const program = start('hanging');
    await program.prints('Started');
    program.kill(signal === 'SIGINT' ? 'SIGTERM' : 'SIGINT');
    await program.prints('hanging');
    program.kill(signal === 'SIGHUP' ? 'SIGTERM' : 'SIGHUP');
    await program.prints('again');
    program.kill(signal);
    expect(await program.ended).toEqual({ code, signal: null });
    expect(program.stdout).toMatch(/once more: ended at once/);
  });

  it('takes the two deliveries of one Ctrl-C for one press', async () => {
    const program = start('slow stop', { stopTimeout: '2s' });
    await program.prints('Started');
    program.kill('SIGINT');
    program.kill('SIGINT');
    await program.prints('taking its time');
    expect(program.stdout).not.toContain('again');
    // A third delivery of it would end the process.
    program.kill('SIGINT');
    await expectEnd(program, 124);
  });

  it('spends no more than the budget of its stop, and ends with 124', async () => {
    const program = start('hanging', { stopTimeout: '300ms' });
    await program.prints('Started');
    program.kill('SIGTERM');
    await expectEnd(program, 124);
  });

  it.each([
    ['the application asks for', 'hanging, asked from inside', 124],
    ['a crash leads to', 'hanging, crashed', 1],
    ['undoes a start that failed', 'hanging, failed to start', 1],
  ])('nor does a stop that %s', async (_, scenario, code) => {
    const program = start(scenario, { stopTimeout: '300ms' });
    await expectEnd(program, code);
    expect(program.stdout).toMatch(/HangingBase\.onStop had not settled after \d{1,3}(\.\d)? ms and was left behind/);
  });

  it('whose stop hook fails ends with 1, and says so', async () => {
    const program = start('failing stop');
    await program.prints('Started');
    program.kill('SIGTERM');
    await expectEnd(program, 1);
    expect(program.stdout).toMatch(
      /ERROR\]: \[\^-FailingStop\]: FailingStop\.onStop failed: disk full\nError: disk full\n +at /,
    );
  });

  it('that fails to start ends with 1, and the log has the whole story', async () => {
    const program = start('failing');
    await expectEnd(program, 1);
    expect(program.stdout).toMatch(
      /ERROR\]: \[\^Worker\]: Not started: Failing\.onStart failed: no port\n {2}completed: {3}Base\n/,
    );
    expect(program.stdout).toMatch(/\nError: no port\n +at Failing\.onStart .*worker\.ts:\d+:\d+/);
    expect(program.stdout.match(/Error: no port/g)).toHaveLength(1);
  });

  it('that fails to start says why at once, before all that is done about it', async () => {
    const program = start('failing');
    await expectEnd(program, 1);
    expect(lines(program)).toEqual([
      'INFO [^Worker]: Starting...',
      'INFO [^--Base]: Starting...',
      'INFO [^-Failing]: Starting...',
      'ERROR [^Worker]: Failing.onStart failed: no port',
      'INFO [^Worker]: Stopping...',
      'INFO [^-Failing]: Stopping...',
      'INFO [^-Failing]: -Crashed!',
      'INFO [^--Base]: Stopping...',
      'INFO [^--Base]: -Stopped!',
      'INFO [^Worker]: -Crashed!',
      'ERROR [^Worker]: Not started: Failing.onStart failed: no port',
    ]);
    const cut = start('hanging, failed to start', { logFormat: 'json' });
    await cut.prints('HangingBase","depth":2,"msg":"Stopping...');
    cut.kill('SIGKILL');
    expect(await cut.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(cut.stdout).toMatch(/"err":{"type":"Error","message":"no port","stack":"[^"]+at FailingAbove\.onStart/);
  });

  it('with faults in its graph ends with 1', async () => {
    const program = start('graph');
    await expectEnd(program, 1);
    expect(program.stdout).toContain('nothing is bound to Base, needed by Missing');
  });

  it.each([
    ['one service', 'too slow', {}],
    ['all', 'slow start', { startTimeout: '200ms' }],
  ] as const)('whose start takes too long ends with 75: %s', async (_, scenario, options) => {
    const program = start(scenario, options);
    await expectEnd(program, 75);
  });

  it('that crashes stops in order and ends with 1; the log has the cause', async () => {
    const program = start('crashing');
    await expectEnd(program, 1);
    expect(program.stdout).toMatch(/Error: connection lost\n +at Crashing\.poll .*worker\.ts:\d+:\d+/);
    expect(program.stdout).toMatch(/\[\^--Base\]: -Stopped!/);
    expect(lines(program).at(-1)).toMatch(/^ERROR \[\^Worker\]: Crashing crashed: task Crashing\.poll failed once/);
  });

  it('runs to completion: all background work, or that of some services', async () => {
    const done = start('done');
    await expectEnd(done, 0);
    expect(done.stdout).toMatch(/\[\^-Import\.load\]: imported/);
    const complete = start('complete');
    await expectEnd(complete, 0);
    expect(complete.stdout).toMatch(/\[\^-Import\.load\]: imported/);
    expect(complete.stdout).not.toContain('Other starts');
  });

  it('may be run again', async () => {
    const program = start('one after the other');
    await expectEnd(program, 0);
    expect(program.stdout.match(/imported/g)).toHaveLength(2);
  });

  it('told to complete something that is not there ends with 2', async () => {
    const program = start('unknown');
    await expectEnd(program, 2);
    expect(program.stdout).toMatch(
      /\[\^Worker\]: runUntilComplete\(\) expects an identifier, .* got Imprt, .* Did you mean Import\?/,
    );
  });

  it('told to complete nothing ends with 2, before anything starts', async () => {
    const program = start('complete nothing');
    await expectUsage(program, 'write runUntilComplete(Import), or run everything to its end with');
  });

  it('that has no service is warned', async () => {
    const program = start('empty');
    await expectEnd(program, 0);
    expect(lines(program)).toContainEqual(
      expect.stringMatching(/^WARNING \[\^Worker\]: There is nothing to run: no service is bound\./),
    );
    const whole = start('done');
    await expectEnd(whole, 0);
    expect(whole.stdout).not.toContain('nothing to run');
  });

  it('called with an option that makes no sense ends with 2', async () => {
    const program = start('running', { logLevel: 'loud' as never });
    await expectUsage(program, "logLevel must be one of trace, debug, info, warn, error, fatal, silent, got 'loud'");
  });

  it('told to listen to a signal that no process can catch ends with 2, before anything starts', async () => {
    const program = start('running', { signals: ['SIGTERM', 'SIGKILL' as never] });
    await expectUsage(program, 'signals: SIGKILL cannot ask for the end, since no process can catch it');
  });

  it('refuses a second Worker beside the first', async () => {
    const program = start('two workers');
    await expectEnd(program, 0);
    expect(program.stdout).toContain('LIFECYCLE_WORKER_RUNNING another Worker runs in this process already');
  });

  it('is ended by force when something keeps it alive, which is named', async () => {
    const program = start('leaky', { exitTimeout: '200ms' });
    expect(await program.ended).toEqual({ code: 125, signal: null });
    expect(program.stderr).toContain('something has kept the process alive for 200 ms');
    expect(program.stderr).toMatch(/^ {2}server 127\.0\.0\.1:\d+, made by Leaky \(onStart\)$/m);
  });

  it('goes on as before for a while after the first signal, if it was told to, and is not ready', async () => {
    const program = start('running', { preStopDelay: '500ms', logLevel: 'debug' });
    await program.prints('Started 2 services');
    program.kill('SIGTERM');
    await program.prints('A stop is requested, in 500 ms.');
    const ticks = (): number => program.stdout.match(/Jobs\.tick\]: Run/g)?.length ?? 0;
    const before = ticks();
    await expectEnd(program, 0);
    expect(ticks()).toBeGreaterThan(before + 3);
  });
});

describe('the log of a Worker', () => {
  it('is JSON where standard output is no terminal, one object a line, with the service, its depth and the task', async () => {
    const program = start('done', { logFormat: 'auto' });
    await expectEnd(program, 0);
    const objects = jsonOf(program);
    expect(objects).toContainEqual(
      expect.objectContaining({
        level: 30,
        name: 'Worker',
        service: 'Import',
        depth: 1,
        task: 'load',
        msg: 'imported',
      }),
    );
    expect(objects.at(-1)).toMatchObject({ name: 'Worker', msg: '-Stopped!' });
  });

  it('has the cause in the last line too, and errors under any name', async () => {
    const crashed = start('crashing', { logFormat: 'json' });
    await expectEnd(crashed, 1);
    expect(jsonOf(crashed).at(-1)).toMatchObject({
      msg: expect.stringContaining('Crashing crashed'),
      err: { stack: expect.stringContaining('Error: connection lost') },
    });
    const names = start('errors in fields', { logFormat: 'json' });
    await expectEnd(names, 0);
    expect(jsonOf(names)).toContainEqual(
      expect.objectContaining({
        msg: 'two of them',
        e: expect.objectContaining({ type: 'TypeError', message: 'one', stack: expect.stringContaining('onStart') }),
        err: expect.objectContaining({ message: 'two' }),
      }),
    );
    const pretty = start('errors in fields');
    await expectEnd(pretty, 0);
    expect(pretty.stdout).toMatch(/: two of them\ne: TypeError: one\n +at .*\n(.*\n)*Error: two\n +at /);
  });

  it('goes to a file, and is added to what is there', async () => {
    const file = join(folder, 'worker.log');
    for (let round = 1; round <= 2; round++) {
      const program = start('done', { logFile: file, logFormat: 'json' });
      await expectEnd(program, 0);
      expect(program.stdout).not.toContain('Starting');
      const text = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).msg);
      expect(text.filter((line) => line === '-Stopped!')).toHaveLength(3 * round);
    }
  });

  it('to a file that cannot be written ends the program with 2, before anything starts', async () => {
    const file = join(folder, 'nowhere', 'worker.log');
    const program = start('running', { logFile: file });
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain(`logFile ${file} cannot be written: ENOENT`);
    expect(program.stdout).not.toContain('Starting');
  });

  it('has only warnings and errors where it is quiet, and more where it is told to', async () => {
    const quiet = start('crashing', { quiet: true });
    await expectEnd(quiet, 1);
    expect(lines(quiet).every((line) => /^(ERROR|WARNING)/.test(line))).toBe(true);
    expect(lines(quiet).length).toBeGreaterThan(1);
    const loud = start('done', { logLevel: 'debug' });
    await expectEnd(loud, 0);
    expect(lines(loud)).toContain('DEBUG [^-Import]: Started.');
  });

  it("is a pino of one's own, flushed before the end", async () => {
    const file = join(folder, 'own.log');
    const program = start('own pino', {}, { FILE: file });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('"service":"Import"');
    expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ msg: '-Stopped!' });
  });

  it('is the logger that the lifecycle was given, with the service in each line where it has no children', async () => {
    const program = start('logger of the lifecycle', {});
    await expectEnd(program, 0);
    expect(program.stdout).toContain('Base: Starting...\nImport: Starting...');
    expect(program.stdout).toContain('Import.load: imported');
  });

  it('is whole to the last line, whatever ends the program', async () => {
    const file = join(folder, 'killed.log');
    const program = start('hanging', { logFile: file });
    await written(file, 'Started');
    program.kill('SIGINT');
    await written(file, 'hanging');
    program.kill('SIGTERM');
    await written(file, 'SIGTERM again');
    program.kill('SIGHUP');
    expect(await program.ended).toEqual({ code: 129, signal: null });
    expect(readFileSync(file, 'utf8')).toMatch(/SIGHUP once more: ended at once\.\n$/);
  });
});

/** Waits for a text to be in a file. */
function written(file: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!existsSync(file) || !readFileSync(file, 'utf8').includes(text)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}
