/* Services with the bugs that are found in production; `twins.ts` has each of them as it should be. */

import { inject, injectable } from 'inversify';
import { Background, type ServiceContext, type TaskContext, Timer } from '../../../container/index.ts';
import type { OpenResource } from '../../../src/testing/resources.ts';
import type { TestWorld } from '../../../src/testing/world.ts';
import { Bus, Database } from './surroundings.ts';

/** Says that it runs before it listens. */
@injectable()
export class Server {
  isListening = false;

  constructor(@inject('world') readonly world: TestWorld) {}

  onStart(): void {
    void this.#listen();
  }

  onStop(): void {
    this.isListening = false;
  }

  async #listen(): Promise<void> {
    await this.world.io('listen');
    this.isListening = true;
  }
}

@injectable()
export class Client {
  constructor(readonly server: Server) {}

  onStart(): void {
    if (!this.server.isListening) throw new Error('connect ECONNREFUSED');
  }
}

/** Does not wait for its last words to be written. */
@injectable()
export class Journal {
  constructor(readonly database: Database) {}

  onStop(): void {
    void this.database.query('flush');
  }
}

/** Never clears its interval. */
@injectable()
export class Metrics {
  count = 0;

  onStart(): void {
    setInterval(() => this.count++, 1_000);
  }
}

/** Goes on after its stop, by a timer that keeps no process alive, with a database that is closed by then. */
@injectable()
export class Refresher {
  constructor(readonly database: Database) {}

  onStart(): void {
    this.#later();
  }

  #later(): void {
    setTimeout(() => void this.#refresh(), 5_000).unref();
  }

  async #refresh(): Promise<void> {
    await this.database.query('refresh');
    this.#later();
  }
}

/** Cannot start twice. */
@injectable()
export class Registrar {
  #isRegistered = false;

  onStart(): void {
    if (this.#isRegistered) throw new Error('already registered');
    this.#isRegistered = true;
  }
}

/** Waits in its stop for the end of what its start, aborted, never began. */
@injectable()
export class Consumer {
  #end: () => void = () => {};
  #ended: Promise<void> = new Promise(() => {});

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
    this.#ended = new Promise(() => {});
  }
}

/** Does not look at its signal. */
@injectable()
export class Poller {
  constructor(readonly database: Database) {}

  @Background()
  async poll(): Promise<void> {
    for (;;) await this.database.query('poll');
  }
}

/** Lets go of a promise that may reject. */
@injectable()
export class Warmer {
  constructor(readonly database: Database) {}

  onStarted(): void {
    void this.database.query('warm up');
  }
}

/** Listens once more with each start. */
@injectable()
export class Subscriber {
  count = 0;

  constructor(readonly bus: Bus) {}

  onStart(): void {
    this.bus.on('message', () => this.count++);
  }
}

/** Listens once more with each turn. */
@injectable()
export class Watcher {
  count = 0;

  constructor(readonly bus: Bus) {}

  @Timer('1s', { immediate: true })
  watch(_: TaskContext): void {
    this.bus.once('message', () => this.count++);
  }
}

/** Has a socket before it is sure to have a stop. */
@injectable()
export class Pool {
  #socket: OpenResource | undefined;

  constructor(@inject('world') readonly world: TestWorld) {}

  async onStart({ signal }: ServiceContext): Promise<void> {
    this.#socket = this.world.open('a socket');
    await this.world.io('shake hands', signal);
  }

  onStop(): void {
    this.#socket?.close();
  }
}
