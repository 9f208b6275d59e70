import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { Debugger } from '../support/debugger.ts';
import { killPrograms, Program, ROOT } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const cli = await bundle('src/cli/main.ts');
const fixture = await bundle('test/process/fixtures/cli/program.ts');
const own = await bundle('test/process/fixtures/cli/own-worker.ts');
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

/** A module that runs the container of the fixture by itself. */
function ownWorker(name: string, options: string): string {
  const text = `import { consoleLogger, container, Worker } from ${JSON.stringify(fixture)};\nawait Worker.run(container, ${options});`;
  return module(name, text);
}

/** What a service of the fixture has logged as JSON. */
function messagesOfImport(log: string): string[] {
  const messages = log.split('\n').flatMap((line) => (line === '' ? [] : [String(JSON.parse(line).msg)]));
  return messages.filter((text) => /^arguments|^a fine/.test(text));
}

/** A port of 127.0.0.1 that somebody listens on. */
async function takenPort(): Promise<{ readonly port: string } & AsyncDisposable> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port: `${port}`, [Symbol.asyncDispose]: async () => void server.close() };
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

  it.each<[string[], NodeJS.ProcessEnv, string[]]>([
    [['--quiet'], { LIFECYCLE_LOG_LEVEL: 'info' }, []],
    [['--quiet'], { LIFECYCLE_DEBUG: 'true' }, []],
    [['--log-level', 'info'], { LIFECYCLE_QUIET: 'true' }, ['arguments: ']],
    [['--debug'], { LIFECYCLE_LOG_LEVEL: 'info' }, ['arguments: ', 'a fine line']],
    [['--debug'], { LIFECYCLE_QUIET: 'true' }, ['arguments: ', 'a fine line']],
    [['--log-level', 'info'], { LIFECYCLE_DEBUG: 'true' }, ['arguments: ']],
  ])('has %o win over what contradicts it in the environment, %o', async (flags, env, lines) => {
    const program = start(['run', fixture, '--no-daemon', '--log-format', 'json', ...flags], env);
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(messagesOfImport(program.stdout)).toEqual(lines);
  });

  it('has flags and the environment win over what contradicts them in the module', async () => {
    const file = ownWorker('level.mjs', "{ daemon: false, logFormat: 'json', logLevel: 'info' }");
    const quiet = await output('run', file, '--quiet');
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
    const program = start(['run', file], { LIFECYCLE_DEBUG: 'true' });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(messagesOfImport(program.stdout)).toContain('a fine line');
  });

  it.each<[string[], NodeJS.ProcessEnv, RegExp]>([
    [['--log-file', '/nope/x/a.log'], {}, /^--log-file \/nope\/x\/a\.log cannot be written/],
    [[], { LIFECYCLE_LOG_FILE: '/nope/x/a.log' }, /^LIFECYCLE_LOG_FILE \/nope\/x\/a\.log cannot be written/],
    [['--http', 'PORT'], {}, /^--http: cannot listen .* choose another port, as in --http 9101, or 0/],
    [['--inspect', 'PORT'], { LIFECYCLE_INSPECT: '0' }, /--inspect: the inspector cannot listen on/],
    [[], { LIFECYCLE_INSPECT: 'PORT' }, /LIFECYCLE_INSPECT: the inspector cannot listen on/],
  ])('ends with 2, in the words of %o, %o, when what these ask for cannot be had', async (flags, env, text) => {
    await using taken = await takenPort();
    const inserted = Object.entries(env).map(([name, value]) => [name, value?.replace('PORT', taken.port)]);
    const program = start(
      ['run', fixture, ...flags.map((flag) => flag.replace('PORT', taken.port))],
      Object.fromEntries(inserted),
    );
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(text);
  });

  it.skipIf(process.platform === 'win32')('says in which flag another name is to be given', async () => {
    const env = { XDG_RUNTIME_DIR: folder };
    const first = start(['run', fixture, '--control', 'shop'], env);
    await first.prints('Waiting for inversify-lifecycle attach shop');
    const second = start(['run', fixture, '--control', 'shop'], env);
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.stderr).toMatch(/^--control: the process \d+ .* give another name, such as --control shop-2\n$/);
    const third = start(['run', fixture], { ...env, LIFECYCLE_CONTROL: 'shop' });
    expect(await third.ended).toEqual({ code: 2, signal: null });
    expect(third.stderr).toMatch(/^LIFECYCLE_CONTROL: .* such as LIFECYCLE_CONTROL=shop-2\n$/);
  });

  it('leaves to a module the words of its own options', async () => {
    const file = ownWorker('no-file.mjs', "{ logFile: '/nope/x/a.log' }");
    const { code, stderr } = await output('run', file, '--no-daemon');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^logFile \/nope\/x\/a\.log cannot be written/);
  });

  it.each<[string[], NodeJS.ProcessEnv, string]>([
    [
      ['--quiet', '--log-level', 'info'],
      {},
      '--quiet and --log-level contradict each other: --quiet is --log-level warn',
    ],
    [['--quiet', '--debug'], {}, '--quiet and --debug contradict each other: the one writes less, the other more'],
    [
      [],
      { LIFECYCLE_QUIET: 'true', LIFECYCLE_LOG_LEVEL: 'info' },
      'LIFECYCLE_QUIET and LIFECYCLE_LOG_LEVEL contradict each other: LIFECYCLE_QUIET is LIFECYCLE_LOG_LEVEL=warn',
    ],
  ])('ends with 2 for what contradicts itself: %o, %o', async (flags, env, text) => {
    const program = start(['run', fixture, ...flags], env);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toBe(`${text}\n`);
  });

  it('leaves to the logger of a module what that decides', async () => {
    const file = ownWorker('logger.mjs', '{ daemon: false, logger: consoleLogger("info") }');
    const flag = await output('run', file, '--log-level', 'debug');
    expect(flag).toMatchObject({ code: 2, stdout: '' });
    expect(flag.stderr).toContain('--log-level cannot be given: the program gives Worker.run a logger of its own');
    const program = start(['run', file], { LIFECYCLE_LOG_FILE: join(folder, 'no.log') });
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain('LIFECYCLE_LOG_FILE cannot be given: the program gives');
    const fine = start(['run', file], { LIFECYCLE_QUIET: 'false' });
    expect(await fine.ended, fine.stderr).toEqual({ code: 0, signal: null });
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
    [
      'a folder',
      ['run', './examples/01-hello/..'],
      'examples, which is a folder without an index. Give a file such as',
    ],
    ['a folder of modules', ['run', 'scripts'], 'scripts, which is a folder without an index. Known: '],
    ['a module in what is no folder', ['run', 'biome.json/app'], 'biome.json/app, and there is no such module. Give'],
    ['a URL of another machine', ['run', 'file://dist/app.js'], "'file://dist/app.js' is no URL of a file: "],
    ['no export', ['run', `${fixture}:contaner`], 'has no export contaner. Did you mean container?'],
    ['a class', ['run', `${fixture}:App`], 'export default new App()'],
    ['a number', ['run', `${fixture}:number`], 'the export number of'],
    ['an option that is none', ['run', fixture, '--log-levl', 'info'], '(Did you mean --log-level?)'],
    [
      "an option that is the program's",
      ['run', '--quiet', fixture, '--port', '80', '--', 'x'],
      `error: unknown option '--port': the program's own arguments come after --, as in run ${fixture} -- --port 80 x\n`,
    ],
    ['an option before the module', ['run', '--port', '80'], "unknown option '--port': the program's own arguments"],
    ['a level that is none', ['run', fixture, '--log-level', 'loud'], '--log-level must be one of'],
    ['a duration that is none', ['run', fixture, '--stop-timeout', 'soon'], '--stop-timeout must be a duration'],
    ['a flag that takes the module for its value', ['run', '--control', 'app.ts'], 'write run app.ts --control'],
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
    const loud = start(['run', fixture], { LIFECYCLE_LOG_LEVEL: 'loud' });
    expect(await loud.ended).toEqual({ code: 2, signal: null });
    expect(loud.stderr).toContain('LIFECYCLE_LOG_LEVEL must be one of');
  });

  it('tells of a variable that is none', async () => {
    const program = start(['run', fixture, '--no-daemon', '--quiet'], { LIFECYCLE_LOGLEVEL: 'debug' });
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe(
      'LIFECYCLE_LOGLEVEL is no variable of inversify-lifecycle run. Did you mean LIFECYCLE_LOG_LEVEL?\n',
    );
  });

  it('tells what a module threw when it was loaded, and where', async () => {
    const file = module('throws.mjs', "function setUp() {\n  throw new Error('no DATABASE_URL');\n}\nsetUp();\n");
    const { code, stderr } = await output('run', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file} cannot be loaded: no DATABASE_URL`);
    expect(stderr).toMatch(/at setUp .*throws\.mjs:2/);
  });

  it.each([
    ['imports.mjs', "import './unread.mjs';"],
    ['calls.mjs', "export default () => import('./unread.mjs');"],
    ['listens.mjs', "process.on('uncaughtException', () => {});\nawait import('./unread.mjs');"],
  ])('tells where a module that another one needs cannot be read: %s', async (name, text) => {
    module('unread.mjs', 'const fine = 1;\nconst wrong = ;\n');
    const { code, stderr } = await output('check', module(name, text));
    expect(code).toBe(1);
    expect(stderr).toMatch(/unread\.mjs:2\nconst wrong = ;\n {14}\^\n\s*SyntaxError: Unexpected token/);
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
    expect(two).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it exports one, two; write export default container'),
    });
    const both = await output('run', module('both.mjs', 'export const one = 1; export function make() {}'));
    expect(both.stderr).toContain('both.mjs:make');
    const empty = await output('run', module('empty.mjs', 'export default {};'));
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('the export default of') });
  });

  it('says so when a module, or its function, never comes', async () => {
    const file = module('never.mjs', 'await new Promise(() => {});');
    const first = await output('check', file);
    expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining(`${file} cannot be loaded: it, or`) });
    const made = await output('run', module('never-made.mjs', 'export default () => new Promise(() => {});'));
    expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining('awaits what never comes') });
  });

  it.each([0, 3])('lets a module that ends the process with %i do so', async (code) => {
    const file = module(`ends-${code}.mjs`, `process.exit(${code});`);
    expect(await output('check', file)).toEqual({ code, stdout: '', stderr: '' });
  });

  it('says no more than Node does of a module that dies while it is loaded', async () => {
    const text = "setTimeout(() => { throw new Error('too late'); });\nawait new Promise(() => {});\n";
    const { code, stderr } = await output('check', module('dies.mjs', text));
    expect(code).toBe(1);
    expect(stderr).toContain('Error: too late');
    expect(stderr).not.toContain('cannot be loaded');
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

  it('takes the Worker that a module would run, and flags win', async () => {
    const options = ['--no-daemon', '--log-format', 'json'];
    const { code, stdout, stderr } = await output('run', `${own}`, ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('"msg":"a fine line"');
    expect(stdout).toContain('arguments:');
    expect(stdout).toContain('and ends with 0');
    const part = await output('run', own, '--log-format', 'json', '--', 'part');
    expect(part).toMatchObject({ code: 0, stdout: expect.not.stringContaining('arguments:') });
    expect(part.stdout).toContain('"msg":"Started 1 service');
    expect(await output('graph', own)).toEqual({ code: 0, stdout: 'Import\n└─ Store\n', stderr: '' });
    expect(await output('check', own, '--strict')).toMatchObject({ code: 0 });
  });

  it('runs TypeScript with ts-node', async () => {
    const { code, stdout, stderr } = await output('graph', join(ROOT, 'test/process/fixtures/cli/typescript'));
    expect(stdout).toBe('Web\n└─ Store\n');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('tells where a module that TypeScript needs cannot be read', async () => {
    const { code, stderr } = await output('check', join(ROOT, 'test/process/fixtures/cli/unread.mts'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/const wrong = ;\n {14}\^\n\s*SyntaxError: Unexpected token/);
  });

  it('says what package is missing, also where ts-node looks for it', async () => {
    const project = mkdtempSync(join(folder, 'project-'));
    mkdirSync(join(project, 'node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '@hpcc-js'))
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    copyFileSync(cli, join(project, 'cli.mjs'));
    copyFileSync(fixture, join(project, 'program.mjs'));
    writeFileSync(join(project, 'app.mts'), "export { container } from './program.mjs';");
    const program = new Program(
      bundled(join(project, 'cli.mjs'), 'graph', join(project, 'app.mts'), '--format', 'svg'),
    );
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toBe(
      'toSvg() needs the package @hpcc-js/wasm-graphviz, which is not installed; write npm install @hpcc-js/wasm-graphviz\n',
    );
  });

  it('has stacks say the lines of the TypeScript, of modules of both kinds', async () => {
    for (const [name, line] of [
      ['throws.mts', 10],
      ['throws.cts', 8],
    ] as const) {
      const { code, stderr } = await output('check', join(ROOT, 'test/process/fixtures/cli', name));
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`at setUp .*${name}:${line}:\\d+`));
    }
  });

  it('says what TypeScript is wrong, and that ts-node cannot be set up', async () => {
    const link = join(folder, 'node_modules');
    symlinkSync(join(ROOT, 'node_modules'), link);
    const wrong = await output('check', module('wrong.mts', 'const x: number = ;'));
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be loaded: \S*wrong\.mts\(1,19\): error TS1109: .*\n$/),
    });
    unlinkSync(link);
    mkdirSync(join(link, 'typescript'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules/ts-node'), join(link, 'ts-node'));
    writeFileSync(
      join(link, 'typescript/package.json'),
      '{ "name": "typescript", "version": "7.0.2", "main": "index.js" }',
    );
    writeFileSync(join(link, 'typescript/index.js'), 'exports.version = "7.0.2";');
    const command = bundled(cli, 'run', 'wrong.mts').join(' ');
    const program = new Program(['sh', '-c', `cd ${folder} && ${command}`]);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain(
      'ts-node cannot be set up: it knows TypeScript up to 6, and found 7.0.2: write npm install --save-dev typescript@6',
    );
    rmSync(link, { recursive: true });
  });

  it('says what TypeScript needs where there is no ts-node', async () => {
    const { code, stderr } = await output('run', module('app.ts', 'export default 1;'));
    expect(code).toBe(2);
    expect(stderr).toContain('write npm install --save-dev ts-node typescript@6, or');
  });
});

describe.skipIf(process.platform === 'win32')('what is printed', () => {
  const commandFor = (...args: readonly string[]): string => bundled(cli, ...args).join(' ');

  it('may be cut off by whoever reads it', async () => {
    const program = new Program(['bash', '-c', `set -o pipefail; ${commandFor('graph', fixture)} | true`]);
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it.runIf(existsSync('/dev/full'))('is told to be lost where there is no room', async () => {
    const program = new Program(['sh', '-c', `${commandFor('graph', fixture)} > /dev/full`]);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/^standard output cannot be written: ENOSPC.*\n$/);
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
