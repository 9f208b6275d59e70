import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/logging.ts');
const cli = await bundle('src/cli/main.ts');
const cliFixture = await bundle('test/process/fixtures/cli/program.ts');
afterEach(killPrograms);

async function run(scenario: string, options: WorkerOptions = {}): Promise<Program> {
  const program = new Program(bundled(fixture, scenario), {
    OPTIONS: JSON.stringify({ logFormat: 'pretty', ...options }),
  });
  expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
  // The one listener is the guard of the exit.
  expect(program.stdout).toContain('returned: 0, given back: true, listeners: 1');
  return program;
}

/** Lines of the log without times. */
function lines({ stdout }: Program): string[] {
  return stdout
    .split('\n')
    .filter((line) => /^\[\d{4}/.test(line))
    .map((line) => line.replace(/^\[[^\]]+: (\w+)\]: /, '$1 '));
}

describe('what a program writes', () => {
  it('becomes lines of the service or the task that wrote it', async () => {
    const program = await run('writing', { redirect: true });
    const own = lines(program).filter((line) => line.includes('Writing') && !/(Starting|Stopping|Stopped)/.test(line));
    expect(own).toEqual([
      'INFO [^-Writing]: from onStart { port: 80 }',
      'WARNING [^-Writing]: careful',
      'ERROR [^-Writing]: failed: lost',
      'ERROR [^-Writing]: alone',
      'WARNING [^-Writing]: red',
      'INFO [^-Writing]: half a line ü',
      'INFO [^-Writing]: base64',
      'INFO [^-Writing]: called back',
      'INFO [^-Writing.poll]: polled',
      'INFO [^-Writing.poll]: a table',
      'INFO [^-Writing.poll]: later',
      'INFO [^-Writing]: no end',
    ]);
    expect(program.stdout).toMatch(/ERROR\]: \[\^-Writing\]: failed: lost\nError: lost\n +at Writing\.onStart/);
    expect(program.stdout.split('\n')).toContain('of a child');
    expect(program.stderr).toBe('');
  });

  it('is redirected as far as it is asked for, at the level that is asked for', async () => {
    const program = await run('writing', { redirect: { console: false, stderr: false, level: 'warn' } });
    expect(lines(program)).toContain('WARNING [^-Writing]: half a line ü');
    expect(program.stderr).toMatch(/^careful\nfailed: Error: lost/);
    const console = await run('writing', { redirect: { stdout: false, stderr: false } });
    expect(lines(console)).toContain('INFO [^-Writing.poll]: polled');
    expect(console.stdout).toContain('half a line ü\r\n');
  });

  it('with the console goes where it goes when that is to be left alone, and all else becomes lines', async () => {
    const program = await run('writing', { redirect: { console: false } });
    const raw = program.stdout.split('\n');
    for (const line of ['from onStart { port: 80 }', 'polled', 'later', 'a table', 'called back']) {
      expect(raw).toContain(line);
    }
    expect(program.stderr).toMatch(/^careful\n/);
    expect(lines(program)).toContain('INFO [^-Writing]: half a line ü');
    expect(lines(program)).toContain('WARNING [^-Writing]: red');
    expect(program.stdout).toContain('given back: true');
  });

  it('is left alone unless it is asked for', async () => {
    const program = await run('writing');
    expect(program.stdout.split('\n')).toContain('polled');
    expect(program.stderr).toMatch(/^careful\n/);
  });

  it('becomes lines of the services of a child container too, which log where its parent does', async () => {
    const own = lines(await run('hosting', { redirect: true })).filter((line) => line.includes('Session'));
    expect(own).toEqual(['INFO [^-Session]: logged', 'INFO [^-Session]: written']);
  });

  it('is refused as the stream refuses it', async () => {
    expect(lines(await run('refused', { redirect: true }))).toContain('INFO [^-Refused]: ERR_INVALID_ARG_TYPE');
  });

  it('goes round in no circle where the logger itself writes there, at once or later', async () => {
    const { stdout } = await run('writing, own console', { redirect: true, logFormat: undefined } as never);
    const all = stdout.split('\n');
    expect(all.filter((line) => line === 'own Writing.poll: polled')).toHaveLength(1);
    expect(all.filter((line) => line === 'late own Writing.poll: polled')).toHaveLength(1);
    expect(all.filter((line) => line === 'own Writing: Starting...')).toHaveLength(1);
    expect(stdout).not.toMatch(/own .*own /);
    const pino = await run('writing, own pino', { redirect: true, logFormat: undefined } as never);
    const json = pino.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(json.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'polled')).toMatchObject([
      { service: 'Writing', task: 'poll', level: 30 },
    ]);
    expect(pino.stdout).not.toContain('\\"msg\\"');
  });

  it('goes where it went before when the logger fails', async () => {
    const { stdout, stderr } = await run('writing, failing', {
      redirect: { stdout: false },
      logFormat: undefined,
    } as never);
    expect(stdout.split('\n')).toContain('polled');
    expect(stderr).toBe('what is written is not redirected, since the logger failed: out of order\n');
  });
});

describe('the level', () => {
  it('changes while the program runs', async () => {
    const own = lines(await run('changing')).filter((line) => line.includes('Changing'));
    expect(own.slice(0, 4)).toEqual([
      'INFO [^-Changing]: Starting...',
      'DEBUG [^-Changing]: seen',
      'DEBUG [^-Changing]: seen again',
      'DEBUG [^-Changing]: Started.',
    ]);
  });

  it('is that of each service from the start, and a name that is none is warned of', async () => {
    const program = await run('quiet', { logLevels: { Quiet: 'debug', Quite: 'warn' } });
    expect(lines(program)).toContain('DEBUG [^-Quiet]: Started.');
    expect(lines(program)).not.toContain('DEBUG [^Worker]: Started.');
    expect(lines(program)).toContain(
      'WARNING [^Worker]: logLevels: nothing is called Quite so far. Did you mean Quiet?',
    );
  });

  it('of starts and stops is a matter of its own', async () => {
    const text = lines(await run('quiet', { routineLevel: 'debug' })).join('\n');
    expect(text).not.toContain('Starting...');
    expect(text).toContain('Started 1 service');
  });
});

describe.runIf(existsSync('/dev/full'))('a log that cannot be written', () => {
  it('ends nothing, and tells how much is lost', async () => {
    const { stderr } = await run('quiet', { logFile: '/dev/full' });
    expect(stderr).toMatch(
      /^lines of the log are lost, since \/dev\/full cannot be written: ENOSPC: .*\n\d lines of the log were lost: ENOSPC: .*\n$/,
    );
  });

  it('ends nothing where what is written is redirected to it', async () => {
    const { stderr } = await run('writing', { logFile: '/dev/full', redirect: true });
    expect(stderr).toMatch(/^lines of the log are lost.*\n\d+ lines of the log were lost: ENOSPC: .*\n$/);
  });
});

it('the command line has flags for it', async () => {
  const args = ['--no-daemon', '--log-format', 'json', '--routine-level', 'warn', '--redirect', 'console,stdout'];
  const program = new Program(bundled(cli, 'run', cliFixture, ...args, '--log-levels', 'Import=debug'));
  await program.ended;
  const all = program.stdout.split('\n').filter((line) => line.startsWith('{'));
  const parsed = all.map((line) => JSON.parse(line));
  expect(parsed).toContainEqual(expect.objectContaining({ level: 40, msg: 'Starting...' }));
  expect(parsed).toContainEqual(expect.objectContaining({ level: 20, service: 'Import', msg: 'Started.' }));
  expect(parsed).toContainEqual(expect.objectContaining({ level: 30, msg: expect.stringContaining('arguments:') }));
  const wrong = new Program(bundled(cli, 'run', cliFixture, '--log-levels', 'App'));
  expect((await wrong.ended).code).toBe(2);
  expect(wrong.stderr).toContain("--log-levels must be like Db=debug,Web=warn, got 'App'");
});
