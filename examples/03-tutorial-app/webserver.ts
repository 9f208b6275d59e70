import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { injectable } from 'inversify';
import { Lifecycle, type OnStart, type OnStop, type ServiceContext } from 'inversify-lifecycle';
import { httpPlace, listening } from './ports.ts';
import { UserCache } from './user-cache.ts';
import { Websockets } from './websockets.ts';

/** The users over HTTP. */
@injectable()
export class Webserver implements OnStart, OnStop {
  #server: Server | undefined;

  constructor(
    private readonly users: UserCache,
    private readonly websockets: Websockets,
    private readonly lifecycle: Lifecycle,
  ) {}

  async onStart({ log }: ServiceContext): Promise<void> {
    const place = httpPlace();
    const server = createServer(this.#routes());
    server.listen(place.port, '127.0.0.1');
    await listening(server, place);
    this.#server = server;
    log.info(`Serving on port ${(server.address() as AddressInfo).port}`);
  }

  /**
   * Requests in hand are answered, connections that are merely kept alive are closed; what is left at the deadline is cut
   * off.
   */
  async onStop({ signal }: ServiceContext): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    signal.addEventListener('abort', () => server.closeAllConnections());
    await new Promise((resolve) => server.close(resolve));
    this.#server = undefined;
  }

  #routes(): Express {
    const app = express();
    app.use((_request, response, next) => {
      // Whoever kept this connection would send its next request to nobody.
      if (this.lifecycle.stopRequested) response.set('Connection', 'close');
      next();
    });
    app.get('/', (_request, response) => {
      response.json({ users: '/users', websocket: this.websockets.url });
    });
    app.get('/users', async (_request, response) => {
      response.json(await this.users.all());
    });
    app.post('/users/:name', async (request, response) => {
      const { name } = request.params;
      const isNew = await this.users.add(name);
      if (isNew) this.websockets.broadcast({ added: name });
      response.status(isNew ? 201 : 200).json({ name });
    });
    return app;
  }
}
