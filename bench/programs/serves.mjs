// An HTTP server in a Worker, forked by a case: `serves.mjs <blockingTimeout|off>`. Asked by a message, it tells the microseconds
// of processor time that it has taken, those of its threads too.
import { createServer } from 'node:http';
import { ServiceContainer, Worker } from '../../dist/container/index.js';
import { declared } from '../declared.mjs';

const [blockingTimeout] = process.argv.slice(2);

class Server {
  #server = createServer(async (_request, response) => {
    await null;
    response.end(`${JSON.stringify({ hello: 'world' })}\n`);
  });

  async onStart() {
    // Its turn may come late.
    this.#server.keepAliveTimeout = 0;
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  onStarted() {
    process.on('message', () => {
      const { user, system } = process.cpuUsage();
      process.send(user + system);
    });
    process.send(this.#server.address().port);
  }

  async onStop() {
    process.disconnect();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

await Worker.run(new ServiceContainer().add(declared(Server)), {
  quiet: true,
  blockingTimeout: blockingTimeout === 'off' ? false : blockingTimeout,
});
