import { Container, inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  LifecyclePlugin,
  ServiceContainer,
  type ServiceContext,
  Signal,
  type SignalError,
} from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';

const log: string[] = [];

beforeEach(() => {
  log.length = 0;
});

@injectable()
class Orders {
  readonly placed = new Signal<[order: string], Orders>({ name: 'Orders.placed', sender: this });

  onStart(): void {
    log.push(`Orders: ${this.placed.size} listening`);
  }

  async onStop(): Promise<void> {
    log.push(`Orders: ${this.placed.size} listening`);
    await this.placed.send('the last one');
  }
}

@injectable()
class Mailer {
  constructor(readonly orders: Orders) {}

  onStart({ use }: ServiceContext): void {
    use(this.orders.placed.connect((order, { sender }) => log.push(`mail: ${order}, ${sender === this.orders}`)));
  }
}

@injectable()
class Audit {
  constructor(readonly orders: Orders) {}

  onStart({ signal }: ServiceContext): void {
    this.orders.placed.connect((order) => log.push(`audit: ${order}`), { signal });
  }
}

describe('a signal that is a member of a service', () => {
  it('reaches those that need the service, while they live, in each of their lives', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Mailer, Audit, Orders);
    await container.startAll();
    await container.get(Orders).placed.send('a book');
    expect(log.splice(0)).toEqual(['Orders: 0 listening', 'mail: a book, true', 'audit: a book']);
    await container.restart(Mailer);
    expect(container.get(Orders).placed.size).toBe(2);
    await container.get(Orders).placed.send('a pen');
    expect(log.splice(0)).toEqual(['audit: a pen', 'mail: a pen, true']);
    await container.stopAll();
    expect(log.splice(0)).toEqual(['Orders: 0 listening']);
    await container.startAll();
    expect(container.get(Orders).placed.size).toBe(2);
    await container.stopAll();
  });

  it('whose handler fails in a task of its sender makes that run fail, with the cause', async () => {
    const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Orders);
    await container.startAll();
    container.get(Orders).placed.connect(() => Promise.reject(new Error('no paper')));
    const error = await rejection(container.stopAll());
    expect(error.message).toContain('Orders.onStop failed: the handler of signal Orders.placed failed:\n  - no paper');
    const [{ cause }] = (error as SignalError).errors as [Error];
    expect((cause as SignalError).errors).toMatchObject([{ message: 'no paper' }]);
  });
});

@injectable()
class Placed extends Signal<[order: string]> {}

const CANCELLED = Symbol('cancelled');

@injectable()
class Shop {
  constructor(
    readonly placed: Placed,
    @inject(CANCELLED) readonly cancelled: Signal<[order: string]>,
  ) {}

  async onStart(): Promise<void> {
    await this.placed.with({ sender: this }).send('a book');
    await this.cancelled.send('a book');
  }
}

@injectable()
class Listener {
  constructor(
    readonly placed: Placed,
    @inject(CANCELLED) readonly cancelled: Signal<[order: string]>,
  ) {
    placed.connect((order, { sender }) => log.push(`placed: ${order} by a ${sender?.constructor.name}`));
    cancelled.connect((order) => log.push(`cancelled: ${order}`));
  }
}

describe('a signal that is injected', () => {
  it('is bound like any class or constant, and is one for all who need it', async () => {
    const container = new Container({ defaultScope: 'Singleton' });
    container.register(LifecyclePlugin.with({ logger: silent }));
    container.bind(Shop).toSelf();
    container.bind(Listener).toSelf();
    container.bind(Placed).toSelf();
    container.bind(CANCELLED).toConstantValue(new Signal<[order: string]>({ name: 'cancelled' }));
    container.get(Listener);
    expect(container.graph().errors).toEqual([]);
    await container.startAll();
    expect(log).toEqual(['placed: a book by a Shop', 'cancelled: a book']);
    expect(container.get(Placed).name).toBe('Placed');
    // It is no service: it has no life, and is not disposed of.
    expect(container.lifecycle.services.map(({ name }) => name)).toEqual(['Shop']);
    await container.stopAll();
    await container.startAll();
    expect(log).toHaveLength(4);
    await container.stopAll();
  });
});
