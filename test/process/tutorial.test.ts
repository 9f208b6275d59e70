import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { killPrograms, Program, ROOT } from '../support/program.ts';

const START: string = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts.start;

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
const GRAPH = join(folder, 'graph.svg');
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

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

/** The tutorial as a process, run by the very command of `npm start`, or by npm itself. */
class Tutorial extends Program {
  constructor(env: NodeJS.ProcessEnv = {}, command: readonly string[] = ['sh', '-c', START]) {
    super(command, { PORT: '0', GRAPH, ...env });
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
    const program = new Tutorial();
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
    const program = new Tutorial();
    await program.prints('Ready');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const lines = program.stdout.trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: INFO\]: \[\^-*\w+\]: /);
    }
    expect(program.stdout).toMatch(/: \[\^Worker\]: Starting\.\.\.\n/);
    expect(program.stdout).toMatch(/: \[\^-App\]: Starting\.\.\.\n/);
    expect(program.stdout).toMatch(/: \[\^--Webserver\]: Serving on port \d+\n/);
    expect(lines.at(-1)).toMatch(/: \[\^Worker\]: -Stopped!$/);
    expect(program.stderr).toBe('');
  });

  it('says that its port is taken, takes down what had started, and fails', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    const program = new Tutorial({ PORT: String(port), WEBSOCKET_PORT: '0' });
    const { code } = await program.ended;
    occupant.close();
    expect(code).toBe(1);
    expect(program.stdout).toContain(`Webserver.onStart failed: port ${port} is taken; choose another one with PORT=`);
    expect(program.stdout).toContain('needed by:   App -> Webserver');
    expect(program.place('Websockets', '-Stopped!')).toBeLessThan(program.place('UserCache', 'Stopping'));
  });

  it('draws what it is made of, each service in the colour of one that runs', async () => {
    const program = new Tutorial();
    await program.prints('Ready');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const svg = readFileSync(GRAPH, 'utf8');
    for (const name of ['App', 'Webserver', 'Websockets', 'UserCache', 'Store'])
      expect(svg).toContain(`>${name}</text>`);
    expect(svg.match(/fill="#dcfce7"/g)).toHaveLength(5);
    expect(svg.match(/<g id="edge/g)).toHaveLength(8);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 when %s is sent to npm, or to the whole group',
    async (signal) => {
      const program = new Tutorial({}, ['npm', 'start']);
      await program.prints('Ready');
      // A terminal sends Ctrl-C to all of them, and npm hands on what it gets: it arrives twice.
      if (signal === 'SIGINT') program.killGroup(signal);
      else program.kill(signal);
      expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
      expect(program.stdout).toMatch(/\[\^Worker\]: -Stopped!\n$/);
      expect(program.stdout.match(/on signal received/g)).toHaveLength(1);
      expect(program.stdout).not.toContain('again');
    },
  );
});
