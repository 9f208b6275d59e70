import type { AddressInfo } from 'node:net';
import { injectable } from 'inversify';
import type { OnStart, OnStop, ServiceContext } from 'inversify-lifecycle';
import { type WebSocket, WebSocketServer } from 'ws';
import { listening, websocketPlace } from './ports.ts';
import { UserCache } from './user-cache.ts';

const GOING_AWAY = 1001;

/** Tells everybody who listens who the users are, and of each new one. */
@injectable()
export class Websockets implements OnStart, OnStop {
  #server: WebSocketServer | undefined;
  #port = 0;

  constructor(private readonly users: UserCache) {}

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  async onStart({ log }: ServiceContext): Promise<void> {
    const place = websocketPlace();
    const server = new WebSocketServer({ host: '127.0.0.1', port: place.port });
    server.on('connection', (client) => this.#greet(client));
    await listening(server, place);
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    log.info(`Accepting connections on port ${this.#port}`);
  }

  /** Says goodbye to everybody; the deadline cuts off whoever does not answer. */
  async onStop({ signal }: ServiceContext): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const clients = [...server.clients];
    signal.addEventListener('abort', () => {
      for (const client of clients) client.terminate();
    });
    for (const client of clients) client.close(GOING_AWAY, 'the server is stopping');
    await new Promise((resolve) => server.close(resolve));
    this.#server = undefined;
  }

  broadcast(message: object): void {
    for (const client of this.#server?.clients ?? []) client.send(JSON.stringify(message));
  }

  async #greet(client: WebSocket): Promise<void> {
    client.on('error', () => client.terminate());
    try {
      client.send(JSON.stringify({ users: await this.users.all() }));
    } catch {
      client.terminate();
    }
  }
}
