// An HTTP server beside a Worker, forked by a case. What it is told: the blockingTimeout of the Worker that is to run
// from now on, or 'cpu'; to that it says the microseconds of processor time that it has taken, those of its threads too. It is one
// process with the watchdog and without: two that do the same differ by more than what is to be found out.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { ServiceContainer, Worker } from '../../dist/container/index.js';
import { declared } from '../declared.mjs';

class Idle {
  onStart() {}
}
declared(Idle);

const server = createServer(async (_request, response) => {
  await null;
  response.end(`${JSON.stringify({ hello: 'world' })}\n`);
});
// Its turn may come late.
server.keepAliveTimeout = 0;

let stop = async () => {};

async function run(blockingTimeout) {
  await stop();
  const { lifecycle } = new ServiceContainer().add(Idle);
  const running = new Promise((resolve) => lifecycle.on(({ kind }) => kind === 'app:running' && resolve()));
  const over = Worker.run(lifecycle, { quiet: true, exitTimeout: Number.POSITIVE_INFINITY, blockingTimeout });
  stop = () => {
    lifecycle.requestStop('the next turn');
    return over;
  };
  await running;
}

process.on('message', async (told) => {
  if (told !== 'cpu') {
    await run(told);
    process.send('running');
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send(user + system);
});
process.once('disconnect', async () => {
  await stop();
  process.exit();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send(server.address().port);
