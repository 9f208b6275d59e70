import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ControlClient } from '../../src/control/client.ts';
import { readLines } from '../../src/control/lines.ts';
import { lineOf } from '../../src/control/protocol.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const cli = await bundle('src/cli/main.ts');
const fixture = await bundle('test/process/fixtures/control.ts');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const isRoot = process.getuid?.() === 0;
/** A number that is nobody's. */
const OTHER_USER = 65_534;

let runtime: string;
let folder: string;
const made: string[] = [];

beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), 'run-'));
  made.push(runtime);
  folder = join(runtime, 'inversify-lifecycle');
});
afterEach(killPrograms);
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true });
});

function start(...args: readonly string[]): Program {
  return new Program(bundled(fixture, ...args), { XDG_RUNTIME_DIR: runtime });
}

async function started(...args: readonly string[]): Promise<Program> {
  const program = start(...args);
  await program.prints('Started 3 services');
  return program;
}

/** What `attach` printed, and its exit code. */
async function attach(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = new Program(bundled(cli, 'attach', ...args), { XDG_RUNTIME_DIR: runtime });
  const { code } = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** Says lines to a socket, and hears the answers, until it is closed or the answers are there. */
async function talk(path: string, count: number, ...said: readonly string[]): Promise<Record<string, unknown>[]> {
  const socket: Socket = connect(path);
  const heard = new Promise<string>((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (text.split('\n').length > count) resolve(text);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
  for (const line of said) socket.write(`${line}\n`);
  const text = await heard;
  socket.destroy();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** In place of a program: it says hello, and what comes after that is answered as the test says. */
class Pretender {
  readonly path: string = join(runtime, 'pretender.sock');
  /** The process that has attached. */
  client = 0;
  readonly #server: Server;

  constructor(answer: (socket: Socket, request: { kind: string; id: number }) => void) {
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      readLines(socket, (line) => {
        const request = JSON.parse(line);
        if (request.kind !== 'hello') return answer(socket, request);
        this.client = Number(/\d+$/.exec(request.by)?.[0]);
        socket.write(lineOf({ kind: 'hello', protocol: 1, pid: 4_711, program: 'shop.js', since: 0 }));
      });
    }).listen(this.path);
    pretenders.add(this.#server);
  }
}

const pretenders = new Set<Server>();
afterEach(() => {
  for (const server of pretenders) server.close();
  pretenders.clear();
});

const HELLO = JSON.stringify({ kind: 'hello', protocol: 1, by: 'a test' });

describe('the control socket', () => {
  it('is there while the program runs, for its user alone, and leaves nothing behind', async () => {
    const program = await started();
    const [file = ''] = readdirSync(folder);
    expect(file).toMatch(/^\d+\.sock$/);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(folder, file)).mode & 0o777).toBe(0o600);
    // Somebody who stays connected does not hold the program.
    const client = await ControlClient.connect(join(folder, file));
    await client.watch(() => {});
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    await client.closed;
    expect(program.stdout).toContain('left: []');
    expect(program.stderr).toBe('');
    expect(existsSync(folder)).toBe(false);
  });

  it('is removed too when the third signal ends the process', async () => {
    const program = await started('shop', 'hangs');
    program.kill('SIGTERM');
    await program.prints('hanging');
    program.kill('SIGINT');
    await program.prints('again');
    program.kill('SIGHUP');
    expect(await program.ended).toEqual({ code: 129, signal: null });
    expect(existsSync(join(folder, 'shop.sock'))).toBe(false);
  });

  it('takes the place of one that a dead process has left', async () => {
    const dead = await started('shop');
    dead.kill('SIGKILL');
    await dead.ended;
    expect(existsSync(join(folder, 'shop.sock'))).toBe(true);
    await started('shop');
    expect(await attach('shop', 'health')).toMatchObject({ code: 0, stdout: 'live: yes, started: yes, ready: yes\n' });
  });

  it('is not taken from a process that answers', async () => {
    await started('shop');
    const { pid } = (await talk(join(folder, 'shop.sock'), 1, HELLO))[0] ?? {};
    const second = start('shop');
    expect(await second.ended).toMatchObject({ code: 2 });
    expect(second.stderr).toContain(`control: the process ${pid} (`);
    expect(second.stdout).not.toContain('Starting');
    expect(await attach('shop', 'health')).toMatchObject({ code: 0 });
  });

  it('can be at a path', async () => {
    const path = join(runtime, 'own.sock');
    await started(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect((await attach(path, 'tasks')).stdout).toContain('Cache.refresh');
  });

  it('is refused in a folder that others can write', async () => {
    const open = join(runtime, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const program = start(join(open, 'x.sock'));
    expect(await program.ended).toMatchObject({ code: 2 });
    expect(program.stderr).toContain(
      'can be written by others (mode 0777), so its sockets cannot be trusted; write chmod 700',
    );
  });

  it('is refused in a runtime folder that others can look into, and nobody attaches there', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const program = start();
    expect(await program.ended).toMatchObject({ code: 2 });
    expect(program.stderr).toContain(
      'is open to others (mode 0755), so its sockets cannot be trusted; write chmod 700',
    );
    const { code, stderr } = await attach('shop');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be trusted') });
  });

  it('answers whatever comes in, and the program goes on', async () => {
    await started('shop');
    const path = join(folder, 'shop.sock');
    expect(await talk(path, 9, '{"kind":"command","id":1,"words":["health"]}')).toMatchObject([
      { kind: 'failed', message: "the first request must be { kind: 'hello' }" },
    ]);
    expect(await talk(path, 9, '{"kind":"hello","protocol":7,"by":"a test"}')).toMatchObject([
      { kind: 'failed', message: expect.stringContaining('protocol must be 1, got 7') },
    ]);
    const bad = ['not JSON', 'null', '[]', '{"kind":"command","id":1,"words":"restart"}', '{"kind":"dance","id":2}'];
    const answers = await talk(path, 7, HELLO, ...bad, '{"kind":"command","id":3,"words":["health"]}');
    expect(answers.map(({ kind }) => kind)).toEqual(['hello', ...bad.map(() => 'failed'), 'done']);
    expect(answers.slice(1).map(({ id }) => id)).toEqual([undefined, undefined, undefined, 1, 2, 3]);
    expect(await talk(path, 9, HELLO, 'x'.repeat(10_000_000))).toMatchObject([
      { kind: 'hello' },
      { kind: 'failed', message: expect.stringContaining('no longer than 65536') },
    ]);
    expect(await attach('shop', 'health')).toMatchObject({ code: 0 });
  });

  it('has room for sixteen', async () => {
    await started('shop');
    const path = join(folder, 'shop.sock');
    const clients = await Promise.all(Array.from({ length: 16 }, () => ControlClient.connect(path)));
    await expect(ControlClient.connect(path)).rejects.toThrow('16 are connected already');
    clients[0]?.close();
    await vi.waitFor(async () => (await ControlClient.connect(path)).close());
    for (const client of clients) client.close();
  });
});

describe('attach with a command', () => {
  it('does it, and prints the answer', async () => {
    const program = await started('shop');
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await attach('shop', ...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    expect(await ok('restart', 'Cache')).toMatch(/^Cache, Api run again, after /);
    expect(await ok('services')).toMatch(/^Cache +running +\S+ \S+ +1 +Db$/m);
    expect(await ok('stop', 'Api')).toBe('Api is stopped.\n');
    expect(await ok('services')).toMatch(/^Api +stopped/m);
    expect(await ok('start', 'Api')).toMatch(/^Api runs now, after /);
    expect(await ok('start')).toBe('There was nothing to start.\n');
    expect(program.stdout).not.toContain('a fine line of a task');
    expect(await ok('log-level', 'debug')).toBe('The level is debug now; it was info.\n');
    expect(await ok('trigger', 'Cache.refresh')).toMatch(/^Cache.refresh took .* ms\.\n$/);
    await program.prints('a fine line of a task');
    expect(await ok('trigger', 'Api.serve')).toBe('Api.serve runs already, and goes on.\n');
    expect(await ok('pause', 'Db.poll')).toBe('Db.poll is paused.\n');
    expect(await ok('tasks')).toMatch(/^Db.poll +timer +paused/m);
    expect(await ok('resume', 'Db.poll')).toBe('Db.poll goes on.\n');
    expect(await ok('tasks')).toMatch(/^Db.poll +timer +(waiting|running)/m);
    expect(await ok('health')).toBe('live: yes, started: yes, ready: yes\n');
    expect(await ok('graph')).toContain('Api · running\n└─ Cache · running\n   └─ Db · running');
    expect(await ok('graph', 'mmd')).toContain('flowchart');
    expect(await ok('graph', 'dot')).toContain('digraph');
    expect(JSON.parse(await ok('graph', 'json')).nodes).toHaveLength(3);
    expect(await ok('cry')).toMatch(/^==== cry of \d+ /);
    expect(await ok('help')).toContain('restart <service>');
    expect(await ok()).toMatch(/^control-\S+ {2}running {2}pid \d+ {2}up /);
    expect(await ok('stop')).toBe('All is stopped.\n');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it('tells the log and the events of the program who has done what', async () => {
    const program = await started('shop');
    await attach('shop', 'restart', 'Api');
    await attach('shop', 'restart', 'Apy');
    await attach('shop', 'health');
    expect(program.stdout).toMatch(/INFO\]: \[\^Worker\]: Asked for by \S+, pid \d+: restart Api\n/);
    expect(program.stdout).toMatch(
      /WARNING\]: \[\^Worker\]: restart Apy failed: there is no service Apy\. Did you mean Api\?\n/,
    );
    const events = program.stdout.match(/event: .*/g);
    expect(events).toEqual(['operator:command', 'operator:command', 'operator:failed'].map((kind) => `event: ${kind}`));
  });

  it('ends with 2 for what was asked wrongly, and with 1 for what fails', async () => {
    await started('shop');
    const cases: [words: string[], code: number, text: string][] = [
      [['restrat', 'Db'], 2, "there is no command 'restrat'. Did you mean restart?"],
      [['restart', 'Bd'], 2, 'Did you mean Db?'],
      [['trigger', 'Cache.refesh'], 2, 'Did you mean Cache.refresh?'],
      [['log-level', 'debgu'], 2, "there is no level 'debgu'. Did you mean debug?"],
      [['graph', 'dott'], 2, "there is no format 'dott'. Did you mean dot?"],
      [['restart'], 2, 'restart was given too little; write restart <service>'],
      [['health', 'Db'], 2, 'health was given too much; write health'],
      [['trigger', 'Cache.crash'], 1, 'out of memory'],
    ];
    for (const [words, code, text] of cases) {
      const answer = await attach('shop', ...words);
      expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) });
    }
  });
});

describe('attach', () => {
  it('lists what there is, and removes what dead processes have left', async () => {
    expect((await attach()).stdout).toContain('No program of yours has a control socket');
    const dead = await started('dead');
    dead.kill('SIGKILL');
    await dead.ended;
    await started('shop');
    const { code, stdout } = await attach();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NAME +PID +PROGRAM +UP\nshop +\d+ +control-\S+ +.*\n$/);
    expect(existsSync(join(folder, 'dead.sock'))).toBe(false);
  });

  it('finds a program that has a name by its process id too', async () => {
    await started('shop');
    const pid = /shop +(\d+)/.exec((await attach()).stdout)?.[1] ?? '';
    expect(await attach(pid, 'health')).toMatchObject({ code: 0 });
  });

  it('ends with 2 where there is nothing of that name', async () => {
    const nothing = await attach('shpo');
    expect(nothing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Nothing runs under 'shpo'. No program"),
    });
    await started('shop');
    const near = await attach('shpo', 'health');
    expect(near).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean shop?') });
    const process = await attach('99999999');
    expect(process).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no process 99999999.') });
    const path = await attach(join(runtime, 'no.sock'));
    expect(path).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody listens at') });
  });

  it('ends with 2 where a dead process has left a socket, and removes it', async () => {
    const dead = await started('shop');
    dead.kill('SIGKILL');
    await dead.ended;
    const { code, stderr } = await attach('shop', 'health');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("Nothing runs under 'shop'") });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes nothing at a path that it was given', async () => {
    const file = join(runtime, 'data.json');
    writeFileSync(file, '{}');
    expect(await attach(file, 'health')).toMatchObject({ code: 2, stderr: expect.stringContaining('is no socket') });
    expect(readFileSync(file, 'utf8')).toBe('{}');
    const path = join(runtime, 'x.sock');
    const dead = await started(path);
    dead.kill('SIGKILL');
    await dead.ended;
    expect(await attach(path, 'health')).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody listens') });
    expect(existsSync(path)).toBe(true);
    // The next program of that name copes.
    await started(path);
    expect(await attach(path, 'health')).toMatchObject({ code: 0 });
  });

  it('does not wait for ever for a program that is blocked', async () => {
    const program = await started('shop');
    program.kill('SIGSTOP');
    const blocked = await attach('shop', 'health');
    program.kill('SIGCONT');
    expect(blocked).toMatchObject({ code: 2, stderr: expect.stringContaining('its event loop may be blocked') });
    expect(await attach('shop', 'health')).toMatchObject({ code: 0 });
  });

  it('ends with 2 where something else listens', async () => {
    const path = join(runtime, 'http.sock');
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(path);
    expect(await attach(path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no program of this kind'),
    });
    server.close();
  });

  it('ends with 1 where the program closes the connection before it is seen', async () => {
    const { path } = new Pretender((socket) => socket.destroy());
    expect(await attach(path)).toEqual({ code: 1, stdout: '', stderr: 'the process has closed the connection\n' });
  });

  it('says what is the matter with a process that has no socket', async () => {
    const { code, stderr } = await attach(String(process.pid));
    expect(code).toBe(2);
    expect(stderr).toContain(`The process ${process.pid} has no control socket`);
  });

  it.skipIf(!isRoot)("does not reach another user's program", async () => {
    const open = mkdtempSync(join(tmpdir(), 'open-'));
    made.push(open);
    chmodSync(open, 0o755);
    const path = join(open, 'x.sock');
    await started(path);
    const asAnother = (target: string): { status: number | null; stderr: string } => {
      const [file = '', ...args] = bundled(cli, 'attach', target, 'health');
      const env = { ...process.env, XDG_RUNTIME_DIR: undefined };
      return spawnSync(file, args, { uid: OTHER_USER, gid: OTHER_USER, env, encoding: 'utf8' });
    };
    const byPath = asAnother(path);
    expect(byPath).toMatchObject({ status: 2, stderr: expect.stringContaining('belongs to another user') });
    const byId = asAnother(String(process.pid));
    expect(byId).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("write sudo -u '#0' inversify-lifecycle attach"),
    });
  });
});

/** A terminal of 100 by 30, with a program in it. */
class Terminal {
  readonly #name = `attach-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(command: readonly string[]) {
    const shell = `XDG_RUNTIME_DIR=${runtime} ${command.map((word) => `'${word}'`).join(' ')}; echo "code: $?"; stty -a | grep -o ' -\\?icanon'; exec cat`;
    this.#tmux('new-session', '-d', '-s', 'it', '-x', '100', '-y', '30', shell);
  }

  get text(): string {
    return this.#tmux('capture-pane', '-p', '-t', 'it');
  }

  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', 'it', ...keys);
  }

  async shows(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.text).toMatch(text), { timeout: 20_000, interval: 100 });
  }

  close(): void {
    this.#tmux('kill-server');
  }

  /** A server of its own. */
  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#name, '-f', '/dev/null', ...args], { encoding: 'utf8', stdio: 'pipe' });
  }
}

describe.skipIf(!hasTmux)('attach on a terminal', () => {
  let terminal: Terminal | undefined;
  afterEach(() => terminal?.close());

  it('shows the start, a crash and the restart of a program, and leaves the terminal as it was', async () => {
    await started('shop');
    terminal = new Terminal(bundled(cli, 'attach', 'shop'));
    await terminal.shows(/SERVICE +STATE +UP +RESTARTS +LOOP/);
    await terminal.shows(/^Api +running .*\n└ Cache +running .*\n {2}└ Db +running/m);
    await terminal.shows(/Db +running +\S+ \S+( \d+ s)? +0 +\d+(\.\d)? %/);
    await terminal.shows(/event loop \d/);
    terminal.press(':', 'trigger Cache.crash', 'Enter');
    await terminal.shows(/Cache +(crashed|restarting) /);
    await terminal.shows(/not ready: .*Cache restarting/);
    await terminal.shows(/Cache +running +\S+ \S+( \d+ s)? +1 /);
    await terminal.shows(/Cache: Crashed: .*out of memory/);
    // The chosen service is the first one.
    terminal.press('r');
    await terminal.shows(/^:restart Api/m);
    terminal.press('Enter');
    await terminal.shows('Api runs again, after');
    terminal.press('g');
    await terminal.shows('q back');
    terminal.press('q');
    await terminal.shows('↑↓ choose');
    terminal.press('C-c');
    await terminal.shows(/code: 0\n +icanon/);
    expect(terminal.text).not.toContain('SERVICE');
  });

  it('leaves the terminal as it was when the program ends, and when it is killed', async () => {
    const program = await started('shop');
    terminal = new Terminal(bundled(cli, 'attach', 'shop'));
    await terminal.shows('SERVICE');
    program.kill('SIGTERM');
    await terminal.shows(/The program has stopped\.\ncode: 0\n +icanon/);
    terminal.close();
    const other = await started('shop');
    terminal = new Terminal(bundled(cli, 'attach', 'shop'));
    await terminal.shows('SERVICE');
    other.kill('SIGKILL');
    await terminal.shows(/The connection is lost: [\s\S]*code: 1\n +icanon/);
  });

  it.each(['q', 'C-c', 'C-d', 'SIGTERM', 'SIGHUP'])(
    'can be left by %s while the program does not answer',
    async (key) => {
      const pretender = new Pretender(() => {});
      terminal = new Terminal(bundled(cli, 'attach', pretender.path));
      await terminal.shows('shop.js  pid 4711  waiting for the program...');
      if (key.startsWith('SIG')) process.kill(pretender.client, key);
      else terminal.press(key);
      await terminal.shows(/code: 0\n +icanon/);
    },
  );

  it('has no answer say anything to the terminal, and leaves one alone that goes elsewhere', async () => {
    const text = 'a\u001B[2Jb\r\n  c\u0007';
    const { path } = new Pretender((socket, { id }) => {
      socket.write(lineOf({ kind: 'done', id, text }));
    });
    terminal = new Terminal(bundled(cli, 'attach', path, 'cry'));
    await terminal.shows(/^ab\n {2}c\ncode: 0/);
    expect(await attach(path, 'cry')).toEqual({ code: 0, stdout: `${text}\n`, stderr: '' });
  });

  it('leaves the terminal as it was when the program will not be watched, or goes before it is seen', async () => {
    const refusing = new Pretender((socket, { id }) => {
      socket.write(lineOf({ kind: 'failed', id, code: 'EBUSY', message: 'not today' }));
    });
    terminal = new Terminal(bundled(cli, 'attach', refusing.path));
    await terminal.shows(/^not today\ncode: 1\n +icanon/);
    terminal.close();
    rmSync(refusing.path);
    const going = new Pretender((socket) => socket.destroy());
    terminal = new Terminal(bundled(cli, 'attach', going.path));
    await terminal.shows(/^The connection is lost: [\s\S]*code: 1\n +icanon/);
  });
});
