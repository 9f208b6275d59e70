/* What the services with the planted bugs, and their twins, live among. */

import { EventEmitter } from 'node:events';
import { inject, injectable, type Newable } from 'inversify';
import { ServiceContainer, type ServiceContext } from '../../../container/index.ts';
import type { OpenResource } from '../../../src/testing/resources.ts';
import type { TestWorld } from '../../../src/testing/world.ts';

/** Everybody's; it has no life of its own. */
export class Bus extends EventEmitter {}

/** As careful as a driver is: what is asked of it when it is closed fails. */
@injectable()
export class Database {
  #connection: OpenResource | undefined;

  constructor(@inject('world') readonly world: TestWorld) {}

  async onStart({ signal, defer }: ServiceContext): Promise<void> {
    await this.world.io('connect', signal);
    const connection = this.world.open('the connection');
    this.#connection = connection;
    defer(() => connection.close());
  }

  async query(text: string, signal?: AbortSignal): Promise<void> {
    this.#connection?.use();
    await this.world.io(text, signal);
  }
}

/** An application of these services, on the world of a test. */
export function appOf(...services: readonly Newable<unknown>[]): (world: TestWorld) => ServiceContainer {
  return (world) => {
    const container = new ServiceContainer().add(...services, Database);
    container.bind('world').toConstantValue(world);
    container.bind(Bus).toConstantValue(new Bus());
    return container;
  };
}
