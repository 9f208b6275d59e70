/* The services of `bugs.ts` as they should be. */

import { once } from 'node:events';
import { inject, injectable } from 'inversify';
import { Background, type ServiceContext, type TaskContext } from '../../../container/index.ts';
import type { TestWorld } from '../../../src/testing/world.ts';
import { Bus, Database } from './surroundings.ts';

@injectable()
export class Server {
  isListening = false;

  constructor(@inject('world') readonly world: TestWorld) {}

  async onStart({ signal }: ServiceContext): Promise<void> {
    await this.world.io('listen', signal);
    this.isListening = true;
  }

  onStop(): void {
    this.isListening = false;
  }
}

@injectable()
export class Client {
  constructor(readonly server: Server) {}

  onStart(): void {
    if (!this.server.isListening) throw new Error('connect ECONNREFUSED');
  }
}

@injectable()
export class Journal {
  constructor(readonly database: Database) {}

  async onStop(): Promise<void> {
    await this.database.query('flush');
  }
}

@injectable()
export class Metrics {
  count = 0;

  onStart({ defer }: ServiceContext): void {
    const interval = setInterval(() => this.count++, 1_000);
    defer(() => clearInterval(interval));
  }
}

@injectable()
export class Refresher {
  constructor(readonly database: Database) {}

  @Background()
  async refresh({ signal, sleep }: TaskContext): Promise<void> {
    for (await sleep('5s'); !signal.aborted; await sleep('5s')) await this.database.query('refresh', signal);
  }
}

@injectable()
export class Registrar {
  #isRegistered = false;

  onStart(): void {
    if (this.#isRegistered) throw new Error('already registered');
    this.#isRegistered = true;
  }

  onStop(): void {
    this.#isRegistered = false;
  }
}

@injectable()
export class Consumer {
  #end: () => void = () => {};
  #ended: Promise<void> | undefined;

  async onStart({ sleep, signal }: ServiceContext): Promise<void> {
    await sleep(50);
    if (signal.aborted) return;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async onStop(): Promise<void> {
    this.#end();
    await this.#ended;
    this.#ended = undefined;
  }
}

@injectable()
export class Poller {
  constructor(readonly database: Database) {}

  @Background()
  async poll({ signal }: TaskContext): Promise<void> {
    while (!signal.aborted) await this.database.query('poll', signal);
  }
}

@injectable()
export class Warmer {
  constructor(readonly database: Database) {}

  async onStarted({ log }: ServiceContext): Promise<void> {
    await this.database.query('warm up').catch((error: unknown) => log.warn(String(error)));
  }
}

@injectable()
export class Subscriber {
  count = 0;

  constructor(readonly bus: Bus) {}

  onStart({ defer }: ServiceContext): void {
    const listener = (): void => void this.count++;
    this.bus.on('message', listener);
    defer(() => this.bus.off('message', listener));
  }
}

@injectable()
export class Watcher {
  count = 0;

  constructor(readonly bus: Bus) {}

  @Background()
  async watch({ signal }: TaskContext): Promise<void> {
    while (!signal.aborted) {
      await once(this.bus, 'message', { signal });
      this.count++;
    }
  }
}

@injectable()
export class Pool {
  constructor(@inject('world') readonly world: TestWorld) {}

  async onStart({ signal, defer }: ServiceContext): Promise<void> {
    const socket = this.world.open('a socket');
    defer(() => socket.close());
    await this.world.io('shake hands', signal);
  }
}
