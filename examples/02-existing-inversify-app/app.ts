// An Express application on Inversify, as teams have it: nothing here knows of inversify-lifecycle. So far its main file
// reads `await store.open(); await server.listen(8000);`, and nothing is closed when the process ends.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Container, inject, injectable } from 'inversify';

export interface User {
  readonly name: string;
}

export interface Store {
  open(): Promise<void>;
  close(): Promise<void>;
  all(): Promise<readonly User[]>;
}

export const STORE = Symbol('Store');

@injectable()
export class MemoryStore implements Store {
  #users: User[] | undefined;

  async open(): Promise<void> {
    this.#users = [{ name: 'ada' }, { name: 'grace' }];
    console.log('store opened');
  }

  async close(): Promise<void> {
    this.#users = undefined;
    console.log('store closed');
  }

  async all(): Promise<readonly User[]> {
    if (this.#users === undefined) throw new Error('the store is not open');
    return this.#users;
  }
}

@injectable()
export class UserRepository {
  constructor(@inject(STORE) private readonly store: Store) {}

  async names(): Promise<string[]> {
    return (await this.store.all()).map(({ name }) => name);
  }
}

@injectable()
export class ExpressServer {
  readonly #server: Server;

  constructor(users: UserRepository) {
    const app = express();
    app.get('/users', async (_request, response) => {
      response.json(await users.names());
    });
    this.#server = createServer(app);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        console.log('server listening');
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.close((error) => {
        if (error) return reject(error);
        console.log('server closed');
        resolve();
      });
    });
  }
}

export const container = new Container({ defaultScope: 'Singleton' });
container.bind(STORE).to(MemoryStore);
container.bind(UserRepository).toSelf();
container.bind(ExpressServer).toSelf();
