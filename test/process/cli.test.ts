import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { Debugger } from '../support/debugger.ts';
import { killPrograms, Program, ROOT } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const cli = await bundle('src/cli/main.ts');
const fixture = await bundle('test/process/fixtures/cli/program.ts');
const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
/** A terminal to run a program in. */
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  return new Program(bundled(cli, ...args), env);
}

/** Runs an export of the fixture on a terminal. */
function onTerminal(name: string, env: NodeJS.ProcessEnv = {}): Program {
  const command = bundled(cli, 'run', `${fixture}:${name}`).join(' ');
  return new Program(['script', '-qefc', `stty columns 100; exec ${command}`, '/dev/null'], env);
}

const ERASE = '\r\u001B[K';

/** The lines that a terminal shows in the end. */
function screen(written: string): string[] {
  const lines = written.replaceAll('\r\n', '\n').split('\n');
  return lines.map((line) => line.split(ERASE).at(-1) ?? '');
}

/** What a command printed, and its exit code. */
async function output(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = start(args);
  const { code } = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

function module(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('run', () => {
  it.each(['container', 'make', 'app'])('runs the export %s to its end', async (name) => {
    const { code, stdout, stderr } = await output('run', `${fixture}:${name}`, '--no-daemon', '--log-format', 'pretty');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('[^Worker]: Starting...');
    expect(stdout).toContain('[^Worker]: -Stopped!');
  });

  it('takes the export that is called container without being told', async () => {
    const { stdout } = await output('run', fixture, '--no-daemon', '--log-format', 'pretty');
    expect(stdout).toContain('arguments:');
  });

  it('takes the default export first', async () => {
    const file = module('default.mjs', `export { app as default, container } from ${JSON.stringify(fixture)};`);
    const { stdout } = await output('graph', file);
    expect(stdout).toBe('App\n');
  });

  it('hands on what stands after --', async () => {
    const { stdout } = await output('run', fixture, '--no-daemon', '--', '--port', '80');
    expect(stdout).toContain('arguments: --port 80');
  });

  it('stops in order on a signal', async () => {
    const program = start(['run', fixture, '--log-format', 'pretty']);
    await program.prints('Started 2 services');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/-Import\]: -Stopped![\s\S]*--Store\]: -Stopped!/);
  });

  it('reads options from the environment, and flags win', async () => {
    const env = { LIFECYCLE_LOG_LEVEL: 'debug', LIFECYCLE_LOG_FORMAT: 'json', LIFECYCLE_DAEMON: 'false' };
    const fine = start(['run', fixture], env);
    expect(await fine.ended).toEqual({ code: 0, signal: null });
    expect(fine.stdout).toContain('"msg":"a fine line"');
    const coarse = start(['run', fixture, '--log-level', 'info'], env);
    await coarse.ended;
    expect(coarse.stdout).toContain('"level":30');
    expect(coarse.stdout).not.toContain('a fine line');
  });

  it.skipIf(!hasScript)('shows on a terminal how far a long start is, and ends it with a tree of times', async () => {
    const program = onTerminal('slow');
    await program.prints('Started 2 services');
    await program.prints('critical path: Store');
    const erased = program.stdout.split(ERASE);
    expect(erased).toContainEqual(expect.stringMatching(/^Starting 1\/2: Late 1(\.\d)? s$/));
    expect(program.stdout).toMatch(/\n {2}\* Late {2}2(\.\d)? s, after/);
    program.killGroup('SIGTERM');
    await program.ended;
  });

  it.skipIf(!hasScript)('keeps what the program writes apart from the line of a long start', async () => {
    const program = onTerminal('talking');
    await program.prints('Started 1 service');
    program.killGroup('SIGTERM');
    await program.ended;
    const lines = screen(program.stdout);
    for (let count = 1; count <= 8; count++) expect(lines).toContain(`migration ${count} done`);
    expect(program.stdout).toContain(` done\r\n${ERASE}Starting 0/1: Migrations 1`);
    const [, after] = program.stdout.split('Started 1 service');
    expect(after).not.toContain('Starting 0/1');
    expect(lines.filter((line) => line.startsWith('Starting'))).toEqual([]);
  });

  it.skipIf(!hasScript)('says that a long start is undone', async () => {
    const program = onTerminal('talking', { STOP_AT: '6' });
    await program.ended;
    expect(program.stdout).toContain('Starting 0/1: Migrations');
    const [, after = ''] = program.stdout.split('[^Worker]: Stopping...');
    expect(after).toContain('Stopping 0/1: Migrations');
    expect(after).not.toContain('Starting');
    expect(screen(program.stdout).filter((line) => /^(Starting|Stopping)/.test(line))).toEqual([]);
  });

  it('opens the inspector while it runs', async () => {
    const program = start(['run', `${fixture}:slow`, '--inspect', '0']);
    await program.prints('Started');
    expect(program.stderr).toMatch(/Debugger listening on ws:\/\/127\.0\.0\.1:\d+/);
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it('stops as it is told while a debugger is attached', async () => {
    const program = start(['run', `${fixture}:slow`, '--inspect', '0']);
    await program.prints('Started');
    await using attached = await Debugger.attach(program.stderr);
    await attached.call('Debugger.enable');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it('ends with 2 when the inspector cannot have its port', async () => {
    const first = start(['run', `${fixture}:slow`, '--inspect', '0']);
    await first.prints('Starting');
    const port = /127\.0\.0\.1:(\d+)/.exec(first.stderr)?.[1] ?? '';
    const { code, stderr } = await output('run', `${fixture}:slow`, '--inspect', port);
    expect(code).toBe(2);
    expect(stderr).toContain(`the inspector cannot listen on 127.0.0.1:${port}`);
  });

  it.each([
    ['no module', ['run', './nope.js'], 'there is no such module'],
    ['no module, nearly', ['run', 'vitest.confg.ts'], 'Did you mean vitest.config.ts?'],
    ['no export', ['run', `${fixture}:contaner`], 'has no export contaner. Did you mean container?'],
    ['a class', ['run', `${fixture}:App`], 'export default new App()'],
    ['a number', ['run', `${fixture}:number`], 'the export number of'],
    ['an option that is none', ['run', fixture, '--log-levl', 'info'], '(Did you mean --log-level?)'],
    ['a level that is none', ['run', fixture, '--log-level', 'loud'], 'logLevel must be one of'],
    ['a duration that is none', ['run', fixture, '--stop-timeout', 'soon'], 'stopTimeout must be a duration'],
    ['a command that is none', ['rum', fixture], '(Did you mean run?)'],
  ])('ends with 2 for %s', async (_, args, text) => {
    const { code, stdout, stderr } = await output(...args);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('ends with 2 for a variable that means nothing', async () => {
    const program = start(['run', fixture], { LIFECYCLE_QUIET: 'maybe' });
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain("LIFECYCLE_QUIET must be true or false, got 'maybe'");
  });

  it('tells what a module threw when it was loaded, and where', async () => {
    const file = module('throws.mjs', "function setUp() {\n  throw new Error('no DATABASE_URL');\n}\nsetUp();\n");
    const { code, stderr } = await output('run', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file} cannot be loaded: no DATABASE_URL`);
    expect(stderr).toMatch(/at setUp .*throws\.mjs:2/);
  });

  it('tells what a function threw when it was called, with its cause', async () => {
    const { code, stderr } = await output('run', `${fixture}:fails`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/threw when it was called: no settings[\s\S]*no file/);
  });

  it('says what a module without anything to run exports', async () => {
    const nothing = await output('run', module('nothing.mjs', ''));
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('it exports nothing') });
    const two = await output('run', module('two.mjs', 'export const one = 1, two = 2;'));
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('it exports one, two; write') });
  });

  it('sees what a CommonJS module exports', async () => {
    const file = module(
      'common.cjs',
      `exports.container = import(${JSON.stringify(fixture)}).then((m) => m.container);`,
    );
    const { code, stderr } = await output('run', `${file}:missing`);
    expect(code).toBe(2);
    expect(stderr).toContain('Known: container.');
  });

  it('runs TypeScript with ts-node', async () => {
    const { code, stdout, stderr } = await output('graph', join(ROOT, 'test/process/fixtures/cli/typescript'));
    expect(stdout).toBe('Web\n└─ Store\n');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('says what TypeScript needs where there is no ts-node', async () => {
    const { code, stderr } = await output('run', module('app.ts', 'export default 1;'));
    expect(code).toBe(2);
    expect(stderr).toContain('npm install --save-dev ts-node');
  });
});

describe('graph', () => {
  it('prints a tree, and does not wait for what the module has opened', async () => {
    const { code, stdout } = await output('graph', `${fixture}:held`);
    expect([code, stdout]).toEqual([0, 'Store\n']);
  });

  it.each([
    ['dot', /^digraph/],
    ['gv', /^digraph/],
    ['mmd', /^flowchart LR/],
    ['json', /^\{\n {2}"nodes"/],
    ['svg', /^<\?xml[\s\S]*Import/],
    ['txt', /^Import\n└─ Store\n$/],
  ])('writes a file of the kind .%s', async (extension, text) => {
    const file = join(folder, `graph.${extension}`);
    const { code, stdout, stderr } = await output('graph', fixture, '-o', file, '-d', 'LR');
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    expect(readFileSync(file, 'utf8')).toMatch(text);
  });

  it('prints another format, and draws a service on its own', async () => {
    const { stdout } = await output('graph', `${fixture}:app`, '--format', 'mmd');
    expect(stdout).toMatch(/^flowchart TB\n {2}n_n1\("App"\)/);
  });

  it.each([
    ['a format that is none', ['--format', 'sgv'], "there is no format 'sgv'. Did you mean svg?"],
    ['a file of no format', ['-o', 'graph.xyz'], "there is no format 'xyz'"],
    ['a file that cannot be written', ['-o', '/nowhere/graph.dot'], '/nowhere/graph.dot cannot be written'],
  ])('ends with 2 for %s', async (_, args, text) => {
    const { code, stderr } = await output('graph', fixture, ...args);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
  });
});

describe('check', () => {
  it('ends with 0 when all is well', async () => {
    expect(await output('check', fixture)).toEqual({
      code: 0,
      stdout: '2 services, 0 errors, 0 warnings\n',
      stderr: '',
    });
  });

  it('tells errors, and ends with 1', async () => {
    const { code, stdout } = await output('check', `${fixture}:faulty`);
    expect(stdout).toMatch(/^error \w+: .*Lost[\s\S]*\n1 service, 1 error, 0 warnings\n$/);
    expect(code).toBe(1);
  });

  it('tells warnings, which are errors when it is to be strict', async () => {
    const { code, stdout } = await output('check', `${fixture}:doubtful`);
    expect(stdout).toMatch(/^warning NEAR_MISS: .*onstart[\s\S]*0 errors, 1 warning\n$/);
    expect(code).toBe(0);
    expect((await output('check', `${fixture}:doubtful`, '--strict')).code).toBe(1);
  });
});

describe('help', () => {
  it('says what there is, and what a variable is called', async () => {
    const { code, stdout } = await output('run', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('(LIFECYCLE_LOG_LEVEL)');
    expect(stdout).toContain('(LIFECYCLE_DAEMON=false)');
  });

  it('says which version it is', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await output('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
