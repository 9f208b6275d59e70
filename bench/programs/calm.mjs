// A program under normal load, with the watchdog and the exit guard: `calm.mjs <blockingTimeout>`. It serves requests, has timers and a
// loop, and now and then a thread and a child process; no piece of its work takes 20 ms, and there is much garbage. What it does it
// says on standard output: `@ <what> <milliseconds>`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker as Thread } from 'node:worker_threads';
import { Background, ServiceContainer, Timer, Worker } from '../../dist/container/index.js';
import { declared } from '../declared.mjs';

const [blockingTimeout] = process.argv.slice(2);

function say(what) {
  writeSync(1, `@ ${what} ${Date.now()}\n`);
}

const records = (count) => Array.from({ length: count }, (_, id) => ({ id, name: `record ${id}`, tags: ['a', 'b'] }));

/** A few milliseconds. */
const SOME = records(4_000);
const FEW = records(200);

let pieces = 0;

function piece(of) {
  pieces++;
  return JSON.parse(JSON.stringify(of)).length;
}

class Web {
  #server = createServer((_request, response) => {
    response.setHeader('Connection', container.lifecycle.stopRequested ? 'close' : 'keep-alive');
    response.end(`${piece(FEW)}\n`);
  });

  async onStart() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    say(`port:${this.#server.address().port}`);
  }

  async onStop({ signal }) {
    signal.addEventListener('abort', () => this.#server.closeAllConnections());
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    await closed;
  }
}
declared(Web);

class Jobs {
  #kept = [];

  poll() {
    piece(SOME);
  }

  /** Much that lives for a while, and has to be collected. */
  async churn({ signal, sleep }) {
    while (!signal.aborted) {
      this.#kept.push(records(2_000));
      if (this.#kept.length > 50) this.#kept.splice(0, 25);
      await sleep(20).catch(() => {});
    }
  }
}
declared(Jobs, { tasks: { poll: Timer('100ms'), churn: Background() } });

class Helpers {
  async thread() {
    const thread = new Thread('let sum = 0; for (let n = 0; n < 3e7; n++) sum += n;', { eval: true });
    await once(thread, 'exit');
  }

  async child() {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 100)']);
    await once(child, 'close');
  }
}
declared(Helpers, { tasks: { thread: Timer('5s'), child: Timer('7s') } });

const container = new ServiceContainer().add(Web, Jobs, Helpers);
container.lifecycle.on((event) => {
  if (event.kind === 'loop:blocked') say(`blocked:${Math.round(event.duration)}`);
  if (event.kind === 'app:running') say('running');
});
const delay = monitorEventLoopDelay({ resolution: 20 });
delay.enable();
await Worker.run(container, { blockingTimeout, quiet: true });
delay.disable();
say(`slowest:${Math.round(delay.max / 1e6)}`);
say(`pieces:${pieces}`);
