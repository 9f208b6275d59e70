import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { injectable } from 'inversify';
import { afterEach, describe, expect, it } from 'vitest';
import { Background, ServiceContainer, type TaskContext, Timer } from '../../container/index.ts';
import { LifecycleError, OptionError } from '../../src/errors.ts';
import { httpPort, LIMITS, type Limits } from '../../src/http/http-port.ts';
import { type HttpOptions, httpSettings } from '../../src/http/http-settings.ts';
import { readExposition } from '../support/exposition.ts';
import { accompany } from '../support/program-of.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

const TOKEN = 'a-secret-of-some-length';

@injectable()
class Store {
  onStart(): void {}
}

@injectable()
class Web {
  runs = 0;
  constructor(readonly store: Store) {}

  @Timer('1h')
  flush(_: TaskContext): void {
    this.runs++;
  }
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(options: HttpOptions = {}, limits: Limits = LIMITS) {
  const container = new ServiceContainer().add(Web, Store);
  const { lifecycle } = container;
  const { close, lines } = await accompany(httpPort(httpSettings({ port: 0, ...options }), limits), lifecycle);
  open.push(close, () => container.stopAll());
  const address = /http:\S+/.exec(lines.join('\n'))?.[0] ?? '';
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`${address}${path}`, init);
  const json = async (path: string, init?: RequestInit) => {
    const response = await ask(path, init);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  return { container, lifecycle, address, ask, json, close, lines };
}

const authorized = (token = TOKEN): RequestInit => ({ method: 'POST', headers: { authorization: `Bearer ${token}` } });

describe('the probes', () => {
  it('follow the application: before the start, running, asked to stop, stopped', async () => {
    const { container, lifecycle, json } = await serve();
    const all = async () => Promise.all(['/live', '/ready', '/startup'].map(async (path) => (await json(path)).status));
    expect(await all()).toEqual([200, 503, 503]);
    expect((await json('/startup')).body).toEqual({ ok: false, reasons: ['idle 0/0'] });
    await container.startAll();
    expect(await all()).toEqual([200, 200, 200]);
    lifecycle.requestStop('maintenance', { delay: '1h' });
    expect(await all()).toEqual([200, 503, 200]);
    expect((await json('/ready')).body).toEqual({ ok: false, reasons: ['a stop was requested'] });
    await container.stopAll();
    expect(await all()).toEqual([200, 503, 503]);
  });
});

describe('what there is to see', () => {
  it('is the services, the tasks and the graph', async () => {
    const { container, ask, json } = await serve();
    await container.startAll();
    expect((await json('/services')).body).toMatchObject([{ name: 'Web', state: 'running' }, { name: 'Store' }]);
    expect((await json('/tasks')).body).toMatchObject([{ name: 'Web.flush', kind: 'timer', runs: 0 }]);
    expect((await json('/graph.json')).body.nodes).toHaveLength(2);
    expect(await (await ask('/graph.mmd')).text()).toMatch(/^flowchart TB/);
    const image = await ask('/graph.svg');
    expect(image.headers.get('content-type')).toBe('image/svg+xml');
    expect(await image.text()).toContain('Store');
  });

  it('is metrics, which a scraper can read', async () => {
    const { container, ask } = await serve();
    await container.startAll();
    await container.lifecycle.tasks.get('Web.flush').trigger();
    const response = await ask('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const samples = readExposition(await response.text());
    const value = (name: string, labels: object = {}) =>
      samples.find((sample) => sample.name === name && isPart(labels, sample.labels))?.value;
    expect(value('lifecycle_ready')).toBe(1);
    expect(value('lifecycle_service_state', { service: 'Web', state: 'running' })).toBe(1);
    expect(value('lifecycle_service_state', { service: 'Web', state: 'crashed' })).toBe(0);
    expect(value('lifecycle_service_restarts_total', { service: 'Store' })).toBe(0);
    expect(value('lifecycle_service_blocked_seconds_total', { service: 'Store' })).toBe(0);
    expect(value('lifecycle_task_runs_total', { task: 'Web.flush', kind: 'timer' })).toBe(1);
    expect(value('lifecycle_task_run_seconds_count', { task: 'Web.flush' })).toBe(1);
    expect(value('lifecycle_service_start_seconds_count', { service: 'Web' })).toBe(1);
    expect(value('lifecycle_event_loop_utilization')).toBeGreaterThanOrEqual(0);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

describe('what changes something', () => {
  it('needs the token', async () => {
    const { container, json } = await serve({ token: TOKEN });
    await container.startAll();
    const path = '/tasks/Web.flush/trigger';
    expect((await json(path, { method: 'POST' })).status).toBe(401);
    expect((await json(path, authorized('a-secret-of-some-lengtH'))).status).toBe(403);
    expect(container.get(Web).runs).toBe(0);
    expect(await json(path, authorized())).toEqual({ status: 200, body: { ok: true } });
    expect(container.get(Web).runs).toBe(1);
  });

  it('is nothing where there is no token', async () => {
    const { json } = await serve();
    expect(await json('/stop', authorized())).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('no token is set') },
    });
  });

  it('pauses, resumes, restarts and stops', async () => {
    const { container, lifecycle, json } = await serve({ token: TOKEN });
    await container.startAll();
    await json('/tasks/Web.flush/pause', authorized());
    expect(lifecycle.tasks.get('Web.flush').snapshot().state).toBe('paused');
    await json('/tasks/Web.flush/resume', authorized());
    expect(lifecycle.tasks.get('Web.flush').snapshot().state).toBe('waiting');
    const before = lifecycle.get('Store').startedAt;
    expect((await json('/services/Store/restart', authorized())).status).toBe(200);
    expect(lifecycle.get('Store').startedAt).not.toBe(before);
    expect(await json('/services/Stroe/restart', authorized())).toEqual({
      status: 404,
      body: { error: 'there is no service Stroe. Did you mean Store?' },
    });
    expect((await json('/tasks/nope/pause', authorized())).status).toBe(404);
    await json('/stop', authorized());
    await lifecycle.done;
    expect(lifecycle.state).toBe('stopped');
  });
});

describe('who changes something', () => {
  it('is told to the log and the events, and what failed of it', async () => {
    const { container, lifecycle, json } = await serve({ token: TOKEN });
    await container.startAll();
    const events: object[] = [];
    lifecycle.on((event) => {
      if (event.kind.startsWith('operator:')) events.push(event);
    });
    const by = '127.0.0.1, with the token';
    await json('/tasks/Web.flush/pause', authorized());
    await json('/services/Stroe/restart', authorized());
    await json('/tasks/Web.flush/resume', { method: 'POST' });
    expect(events).toMatchObject([
      { kind: 'operator:command', command: 'pause Web.flush', by },
      { kind: 'operator:command', command: 'restart Stroe', by },
      { kind: 'operator:failed', command: 'restart Stroe', by, error: { message: expect.stringContaining('Stroe') } },
    ]);
  });
});

describe('a trigger', () => {
  @injectable()
  class Consumer {
    fault: Error | undefined;

    @Background({ restart: { max: Number.POSITIVE_INFINITY } })
    async consume({ signal }: TaskContext): Promise<void> {
      if (this.fault !== undefined) throw this.fault;
      await once(signal, 'abort');
    }
  }

  it('of a background task is answered at once: it goes on for as long as its service runs', async () => {
    const { container, lifecycle, json } = await serve({ token: TOKEN });
    container.add(Consumer);
    await container.startAll();
    const path = '/tasks/Consumer.consume/trigger';
    expect(await json(path, authorized())).toEqual({
      status: 200,
      body: { ok: true, note: 'Consumer.consume runs already, and goes on.' },
    });
    const task = lifecycle.tasks.get('Consumer.consume');
    task.pause();
    await expect.poll(() => task.state).toBe('paused');
    expect(await json(path, authorized())).toEqual({
      status: 200,
      body: { ok: true, note: 'Consumer.consume runs now.' },
    });
    expect(task.snapshot().runs).toBe(2);
    task.resume();
    task.pause();
    container.get(Consumer).fault = new Error('no queue');
    await expect.poll(() => task.state).toBe('paused');
    expect(await json(path, authorized())).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('no queue') },
    });
  });
});

describe('a command', () => {
  const post = (body?: string, type?: string): RequestInit => ({
    method: 'POST',
    headers: { ...authorized().headers, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });

  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['{}', 'application/json'],
    ['', 'application/x-www-form-urlencoded'],
    ['', 'application/octet-stream'],
  ])('with the body %j of %s needs none', async (body, type) => {
    const { container, json } = await serve({ token: TOKEN });
    await container.startAll();
    expect(await json('/tasks/Web.flush/pause', post(body, type))).toEqual({ status: 200, body: { ok: true } });
  });

  it('refuses a body that says something', async () => {
    const { json, lifecycle } = await serve({ token: TOKEN });
    for (const [body, type] of [['{"delay":"5s"}', 'application/json'] as const, ['delay=5s', 'text/plain'] as const]) {
      expect(await json('/stop', post(body, type))).toEqual({
        status: 400,
        body: { error: 'this takes no body; leave it out' },
      });
    }
    expect(lifecycle.state).toBe('idle');
  });
});

describe('bad requests', () => {
  it.each([
    ['DELETE', '/live', 405, 'GET, HEAD'],
    ['GET', '/stop', 405, 'POST'],
    ['PUT', '/tasks/Web.flush/pause', 405, 'POST'],
    ['GET', '/raedy', 404, null],
  ])('%s %s is answered with %i', async (method, path, status, allow) => {
    const { ask } = await serve();
    const response = await ask(path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(allow);
    const { error } = (await response.json()) as { error: string };
    if (status === 404) expect(error).toContain('Did you mean /ready?');
    expect(error).not.toMatch(/\n|\.ts:/);
  });

  it('huge headers and bodies are refused', async () => {
    const { ask } = await serve({ token: TOKEN });
    const long = await ask('/live', { headers: { 'x-long': 'x'.repeat(10_000) } });
    expect(long.status).toBe(431);
    expect(await long.json()).toEqual({ error: 'the headers are too long' });
    const body = JSON.stringify({ long: 'x'.repeat(5_000) });
    const headers = { ...authorized().headers, 'content-type': 'application/json' };
    expect((await ask('/stop', { method: 'POST', headers, body })).status).toBe(413);
  });

  it('a connection that says nothing holds neither the port nor the process', async () => {
    const { address, close } = await serve();
    const { port } = new URL(address);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /live HTTP/1.1\r\nHost: x\r\n');
    const gone = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    await close();
    await gone;
  });

  it.each([
    ['headers', 'POST /stop HTTP/1.1\r\nHost: x\r\n'],
    [
      'a body',
      `POST /stop HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ],
  ])('%s that never come to an end are given up', async (_, text) => {
    const { address, lifecycle } = await serve({ token: TOKEN }, { ...LIMITS, requestTimeout: 200 });
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.write(text);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toMatch(/\r\n\r\n\{"error":"the request took too long to come"\}$/);
    expect(answer).not.toMatch(/\.[jt]s:\d/);
    expect(lifecycle.state).toBe('idle');
  });

  it.each([
    'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /live HTTP/1.1\r\nConnection: close\r\n\r\n',
    'JUMP /live HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /live HTTP/9.9\r\n\r\n',
    'not HTTP at all\r\n\r\n',
    `POST /stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{`,
  ])('%j is a bad request', async (text) => {
    const { address, lifecycle } = await serve({ token: TOKEN });
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.write(text);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\n\r\n\{"error":"[^"]+"\}$/);
    expect(answer).not.toMatch(/\.[jt]s:\d/);
    expect(lifecycle.state).toBe('idle');
  });

  it('what Fastify refuses has the same shape', async () => {
    const { json } = await serve({ token: TOKEN });
    const long = await json(`/tasks/${'x'.repeat(101)}/pause`, authorized());
    expect(long).toEqual({ status: 414, body: { error: expect.any(String) } });
    const { headers } = authorized();
    const typeless = await json('/stop', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'none' },
      body: '{',
    });
    expect(typeless).toEqual({ status: 415, body: { error: expect.any(String) } });
  });

  it('what is expected of it, and it cannot do, is refused', async () => {
    const { address } = await serve();
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.write('GET /live HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
    expect(answer).toContain('{"error":"nothing can be expected here but 100-continue"}');
  });

  it('what an optional package is missing for says how to install it', async () => {
    const { json, lifecycle, lines } = await serve();
    const missing = new LifecycleError('LIFECYCLE_MISSING_PEER', 'write npm install @hpcc-js/wasm-graphviz');
    Object.defineProperty(lifecycle, 'graph', { value: () => ({ toSvg: () => Promise.reject(missing) }) });
    expect(await json('/graph.svg')).toEqual({ status: 501, body: { error: missing.message } });
    expect(lines).not.toContain('A request to the port failed');
  });

  it('what fails inside is for the log, not for who asked', async () => {
    const { json, lifecycle, lines } = await serve();
    Object.defineProperty(lifecycle, 'health', {
      value() {
        throw new Error('in /app/secret.ts');
      },
    });
    expect(await json('/ready')).toEqual({ status: 500, body: { error: 'internal error' } });
    expect(lines).toContain('A request to the port failed');
  });

  it.each([
    ['0.0.0.0', 'http://0.0.0.0:'],
    ['localhost', 'http://localhost:'],
    ...(hasIPv6 ? [['::', 'http://[::]:']] : []),
  ])('the log says that it listens on %s', async (host, beginning) => {
    const { lines, ask } = await serve({ host });
    expect(lines).toContainEqual(expect.stringMatching(/^Probes, metrics and pictures are at http:\S+:[1-9]\d*$/));
    expect(lines.join('\n')).toContain(`pictures are at ${beginning}`);
    expect((await ask('/live')).status).toBe(200);
  });

  it('a port that is taken is an error that says so', async () => {
    const { address } = await serve();
    const port = Number(new URL(address).port);
    const attempt = accompany(httpPort(httpSettings(port)), new ServiceContainer().lifecycle);
    await expect(attempt).rejects.toThrow(OptionError);
    await expect(attempt).rejects.toThrow(`http: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`);
    await expect(attempt).rejects.toThrow('choose another port, as in http: 9101, or 0 for any');
  });
});

function isPart(part: object, whole: object): boolean {
  return Object.entries(part).every(([name, value]) => (whole as Record<string, unknown>)[name] === value);
}
