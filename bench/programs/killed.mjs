// A program that is killed: `killed.mjs <tidy|stubborn|leaky> <folder> <port> <probes> <seed>`. It has what a stop has to let go: an
// HTTP server, a child process, a Unix socket, the Worker's port and control socket; and hooks that take a while. What it does
// at which moment it says on standard output: `@ <what> <milliseconds>`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Background, ServiceContainer, Timer, Worker } from '../../dist/container/index.js';
import { random } from '../dag.mjs';
import { declared } from '../declared.mjs';

const [kind, folder, port, probes, seed] = process.argv.slice(2);
const next = random(Number(seed));

/** Standard output is a pipe that is written at once, so that nothing is lost. */
function say(what) {
  writeSync(1, `@ ${what} ${Date.now()}\n`);
}

function listening(server, ...place) {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(...place, resolve);
  });
}

const closed = (server) => new Promise((resolve) => server.close(resolve));

/** Milliseconds of a hook. */
const delay = () => next() * 100;

class Store {
  async onStart({ sleep }) {
    await sleep(delay());
  }

  /** Longer than its dependents, and asks for no mercy: it does not mind the signal. */
  async onStop() {
    await new Promise((resolve) => setTimeout(resolve, delay()));
  }

  async poll({ signal, sleep }) {
    while (!signal.aborted) await sleep(20);
  }
}
declared(Store, { tasks: { poll: Background() } });

class Child {
  async onStart({ sleep, defer }) {
    // It ends with whoever holds its standard input, so no end of this program leaves it behind.
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = once(child, 'exit');
    child.stdin.on('error', () => {});
    defer(async () => {
      child.kill();
      await gone;
    });
    await once(child, 'spawn');
    await sleep(delay());
  }
}
declared(Child, { needs: [Store] });

class Socket {
  #server = createServer((socket) => socket.on('error', () => {}).resume());
  #connections = new Set();

  constructor() {
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  async onStart({ sleep, defer }) {
    const path = join(folder, 'app.sock');
    // Of a program that was killed.
    rmSync(path, { force: true });
    await listening(this.#server, path);
    defer(() => {
      for (const socket of this.#connections) socket.destroy();
      return closed(this.#server);
    });
    await sleep(delay());
  }
}
declared(Socket, { needs: [Store] });

/** That of docs/http-server.md. */
class Web {
  #server = createHttpServer(async (_request, response) => {
    if (container.lifecycle.stopRequested) response.setHeader('Connection', 'close');
    await null;
    response.end('hello\n');
  });

  constructor() {
    this.#server.keepAliveTimeout = 200;
  }

  async onStart({ sleep }) {
    await sleep(delay());
    await listening(this.#server, Number(port), '127.0.0.1');
  }

  async onStop({ signal, sleep }) {
    signal.addEventListener('abort', () => this.#server.closeAllConnections());
    await closed(this.#server);
    await sleep(delay());
  }

  async beat({ sleep }) {
    await sleep(3);
  }
}
declared(Web, { needs: [Child, Socket], tasks: { beat: Timer('15ms') } });

/** Does not let go. */
class Stubborn {
  onStart() {}

  onStop() {
    say('stubborn');
    return new Promise(() => {});
  }
}
declared(Stubborn, { needs: [Store] });

/** Leaves something open. */
class Leaky {
  onStart() {
    say('leaky');
    setInterval(() => {}, 1_000);
  }
}
declared(Leaky, { needs: [Store] });

const SERVICES = { tidy: [], stubborn: [Stubborn], leaky: [Leaky] };

const container = new ServiceContainer().add(Store, Child, Socket, Web, ...SERVICES[kind]);
container.lifecycle.on(({ kind: what }) => {
  if (what === 'app:running') say('running');
});
const over = Worker.run(container, {
  stopTimeout: '3s',
  exitTimeout: '500ms',
  signals: ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'],
  control: join(folder, 'control.sock'),
  http: Number(probes),
  blockingTimeout: next() < 0.5 ? '1s' : false,
  logFormat: 'json',
});
say('heard');
const code = await over;
say(`over:${code}`);
