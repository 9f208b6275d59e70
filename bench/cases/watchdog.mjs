// What the watchdog costs.
//   idle <timeout[,sampling]|off|timer> <seconds>            a Worker that does nothing, or has a bare timer: processor time, in % of a core
//   busy <timeout[,sampling]> <turns> <requests in each>       an HTTP server that has one and has none, in turns: the ratios
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServiceContainer, Worker } from '../../dist/container/index.js';
import { declared } from '../declared.mjs';
import { median } from '../harness.mjs';
import { tell, timed } from '../measure.mjs';

const [what, ...given] = process.argv.slice(2);

const CONNECTIONS = 16;
const WARM_UP = 5;
const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** `1s,100ms` */
function optionsOf(text) {
  const [timeout, sampling] = text.split(',');
  return { timeout, sampling };
}

class Idle {
  onStart() {}
}

/** As often as the heart beats at most, in milliseconds. */
const BEAT = 50;

async function idle(blockingTimeout, seconds) {
  const container = new ServiceContainer().add(declared(Idle));
  const over = Worker.run(container, {
    quiet: true,
    blockingTimeout: ['off', 'timer'].includes(blockingTimeout) ? false : optionsOf(blockingTimeout),
  });
  if (blockingTimeout === 'timer') setInterval(() => {}, BEAT).unref();
  await sleep(2_000);
  const { wall, cpu } = await timed(() => sleep(Number(seconds) * 1_000));
  container.lifecycle.requestStop('measured');
  await over;
  tell({ share: (cpu / wall) * 100 });
}

/** A server in a process of its own, and the connections to it. */
async function serving() {
  const file = fileURLToPath(new URL('../programs/serves.mjs', import.meta.url));
  const program = fork(file, { execArgv: [] });
  const [port] = await once(program, 'message');
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
      await once(socket, 'connect');
      socket.once('close', () => {
        throw new Error('the server has closed a connection');
      });
      return socket;
    }),
  );
  return { program, sockets };
}

/** What the server answers. */
async function told(program, what) {
  program.send(what);
  const [answer] = await once(program, 'message');
  return answer;
}

/** One request after the other on each connection. */
async function ask(sockets, requests) {
  let left = requests;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          const next = () => {
            if (left-- > 0) socket.write(ASK);
            else socket.off('data', answered).pause() && resolve();
          };
          const answered = (text) => text.endsWith('\n') && !text.endsWith('\r\n') && next();
          socket.on('data', answered).resume();
          next();
        }),
    ),
  );
}

/** One turn with a watchdog, or without. @returns microseconds for each request */
async function turn({ program, sockets }, blockingTimeout, requests) {
  await told(program, blockingTimeout);
  await ask(sockets, requests / 10);
  const before = await told(program, 'cpu');
  const { wall } = await timed(() => ask(sockets, requests));
  const after = await told(program, 'cpu');
  return { cpu: (after - before) / requests, wall: (wall * 1_000) / requests };
}

async function busy(blockingTimeout, turns, requests) {
  const server = await serving();
  const kinds = Object.entries({ without: false, with: optionsOf(blockingTimeout), again: false });
  const ratios = { cpu: [], wall: [], controlCpu: [], controlWall: [] };
  const without = [];
  for (let round = -WARM_UP; round < turns; round++) {
    const took = {};
    for (const [name, kind] of round % 2 === 0 ? kinds : kinds.toReversed()) {
      took[name] = await turn(server, kind, Number(requests));
    }
    if (round < 0) continue;
    without.push(took.without.cpu);
    ratios.cpu.push(took.with.cpu / took.without.cpu);
    ratios.wall.push(took.with.wall / took.without.wall);
    ratios.controlCpu.push(took.again.cpu / took.without.cpu);
    ratios.controlWall.push(took.again.wall / took.without.wall);
  }
  for (const socket of server.sockets) socket.removeAllListeners('close').destroy();
  server.program.disconnect();
  const figures = Object.entries({ ...ratios, microseconds: without });
  tell(Object.fromEntries(figures.map(([name, values]) => [name, median(values.sort((a, b) => a - b))])));
}

await { idle, busy }[what](...given);
