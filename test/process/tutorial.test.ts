import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START: string = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts.start;

/** Who needs whom in the tutorial. */
const NEEDS = [
  ['App', 'Webserver'],
  ['App', 'Websockets'],
  ['App', 'UserCache'],
  ['Webserver', 'Websockets'],
  ['Webserver', 'UserCache'],
  ['Websockets', 'UserCache'],
  ['UserCache', 'Store'],
] as const;

/** The tutorial as a process, run by the very command of `npm start`. */
class Program {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  stdout = '';
  stderr = '';

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn('sh', ['-c', START], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Fulfils when the text is on standard output; fails when the program ends without it. */
  async prints(text: string): Promise<void> {
    const gone = this.ended.then(() => {
      if (!this.stdout.includes(text)) throw new Error(`ended without '${text}':\n${this.stdout}${this.stderr}`);
    });
    while (!this.stdout.includes(text)) await Promise.race([once(this.#child.stdout, 'data'), gone]);
  }

  get url(): string {
    const port = /Serving on port (\d+)/.exec(this.stdout)?.[1];
    return `http://127.0.0.1:${port}`;
  }

  /** Where this line of this service stands in the log. */
  place(service: string, text: string): number {
    const place = this.stdout.search(new RegExp(`\\[\\^-+${service}\\]: ${text}`));
    expect(place, `${service}: ${text}`).toBeGreaterThanOrEqual(0);
    return place;
  }
}

const programs: Program[] = [];

function start(env?: NodeJS.ProcessEnv): Program {
  const program = new Program(env);
  programs.push(program);
  return program;
}

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL');
    await program.ended;
  }
});

async function nextMessage(socket: WebSocket): Promise<unknown> {
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data));
}

/** A request whose connection stays open afterwards. */
async function getKeptAlive(url: string, agent: Agent): Promise<void> {
  const [response] = await once(request(url, { agent }).end(), 'response');
  response.resume();
  await once(response, 'end');
  expect(response.headers.connection).toBe('keep-alive');
}

describe('the tutorial application', { timeout: 60_000 }, () => {
  it('serves HTTP and WebSockets, comes up in dependency order and goes down in reverse on Ctrl-C', async () => {
    const program = start();
    await program.prints('Ready');
    const { websocket } = (await (await fetch(`${program.url}/`)).json()) as { websocket: string };
    const socket = new WebSocket(websocket);
    expect(await nextMessage(socket)).toEqual({ users: [] });

    const added = nextMessage(socket);
    expect((await fetch(`${program.url}/users/ada`, { method: 'POST' })).status).toBe(201);
    expect(await added).toEqual({ added: 'ada' });
    expect((await fetch(`${program.url}/users/ada`, { method: 'POST' })).status).toBe(200);
    expect(await (await fetch(`${program.url}/users`)).json()).toEqual(['ada']);

    const agent = new Agent({ keepAlive: true });
    await getKeptAlive(`${program.url}/users`, agent);
    const closed = once(socket, 'close');
    program.kill('SIGINT');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    agent.destroy();
    expect((await closed)[0]).toBe(1001);
    expect(program.stderr).toBe('');
    for (const [service, dependency] of NEEDS) {
      expect(program.place(dependency, 'Starting')).toBeLessThan(program.place(service, 'Starting'));
      expect(program.place(service, '-Stopped!')).toBeLessThan(program.place(dependency, 'Stopping'));
    }
  });

  it('writes its log as Mode does, with the depth of each service', async () => {
    const program = start();
    await program.prints('Ready');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const lines = program.stdout.trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: INFO\]: \[\^-*\w+\]: /);
    }
    expect(program.stdout).toMatch(/: \[\^-App\]: Starting\.\.\.\n/);
    expect(program.stdout).toMatch(/: \[\^--Webserver\]: Serving on port \d+\n/);
    expect(lines.at(-1)).toMatch(/: \[\^Lifecycle\]: -Stopped!$/);
    expect(program.stderr).toBe('');
  });

  it('says that its port is taken, takes down what had started, and fails', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    const program = start({ PORT: String(port), WEBSOCKET_PORT: '0' });
    const { code } = await program.ended;
    occupant.close();
    expect(code).toBe(1);
    expect(program.stderr).toContain(`Webserver.onStart failed: port ${port} is taken; choose another one with PORT=`);
    expect(program.stderr).toContain('needed by:   App -> Webserver');
    expect(program.place('Websockets', '-Stopped!')).toBeLessThan(program.place('UserCache', 'Stopping'));
  });
});
