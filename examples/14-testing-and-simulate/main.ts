// How services are tested. First on a clock that stands still, with doubles for what is outside; then in a simulation, which
// finds the bug that nobody wrote a test for, and says how to see it again.
import { injectable, injectFromBase } from 'inversify';
import { Background, ServiceContainer, type ServiceContext, type TaskContext, Timer } from 'inversify-lifecycle';
import {
  createTestContainer,
  type OpenResource,
  SimulationError,
  simulate,
  type TestWorld,
} from 'inversify-lifecycle/testing';

/** In earnest this is a driver and a network. */
@injectable()
class Broker {
  async connect(_signal: AbortSignal): Promise<OpenResource> {
    throw new Error('there is no broker here');
  }
  async handshake(_signal: AbortSignal): Promise<void> {}
  async receive(_signal: AbortSignal): Promise<string> {
    return '';
  }
}

@injectable()
class Orders {
  readonly seen: string[] = [];
  #connection: OpenResource | undefined;

  constructor(readonly broker: Broker) {}

  async onStart({ signal }: ServiceContext): Promise<void> {
    this.#connection = await this.broker.connect(signal);
    await this.broker.handshake(signal);
  }

  @Background()
  async consume({ signal }: TaskContext): Promise<void> {
    while (!signal.aborted) this.seen.push(await this.broker.receive(signal));
  }

  onStop(): void {
    this.#connection?.close();
  }
}

@injectable()
class Report {
  readonly lines: string[] = [];

  constructor(readonly orders: Orders) {}

  @Timer('1h')
  write(): void {
    this.lines.push(`${this.orders.seen.length} orders`);
  }
}

/** A broker for tests: it takes a moment for everything, and in a simulation it fails now and then. */
function doubleOf(world: TestWorld): Broker {
  return {
    async connect(signal: AbortSignal): Promise<OpenResource> {
      await world.io('connect', signal);
      return world.open('the connection');
    },
    handshake: (signal: AbortSignal) => world.io('handshake', signal),
    async receive(signal: AbortSignal): Promise<string> {
      await new Promise<void>((resolve, reject) => {
        const cancel = world.clock.timer(600_000, resolve);
        signal.addEventListener('abort', () => {
          cancel();
          reject(signal.reason);
        });
      });
      return 'an order';
    },
  };
}

function applicationOf(OrdersClass: typeof Orders) {
  return (world: TestWorld): ServiceContainer => {
    const container = new ServiceContainer().add(Report);
    container.bind(Orders).to(OrdersClass);
    container.bind(Broker).toConstantValue(doubleOf(world));
    return container;
  };
}

console.log('1. A test: three hours pass at once.\n');
{
  await using test = await createTestContainer(applicationOf(Orders));
  await test.start();
  await test.clock.advance('3h');
  console.log(test.get(Report).lines.join(', '));
  console.log('started:', test.events.services('service:running').join(', '));
}

console.log('\n2. The same with a double for the orders, and nothing but the report is started.\n');
{
  await using test = await createTestContainer(applicationOf(Orders), {
    overrides: [[Orders, { seen: ['one', 'two'] }]],
    only: [Report],
  });
  await test.start();
  await test.clock.advance('1h');
  console.log(test.get(Report).lines.join(', '));
}

console.log('\n3. A simulation finds what nobody has thought of.\n');
try {
  await simulate(applicationOf(Orders), { seeds: 500 });
} catch (error) {
  if (!(error instanceof SimulationError)) throw error;
  console.log(error.message);

  console.log('\n4. The seed shows it again, to the letter.\n');
  const { seed, omit, trace } = error.data;
  const again = await simulate(applicationOf(Orders), { seed, omit }).catch((thrown: unknown) => thrown);
  console.log('the same trace:', again instanceof SimulationError && again.data.trace.join() === trace.join());
}

console.log('\n5. Mended: what is opened is closed, however the start ends.\n');

@injectable()
@injectFromBase()
class SafeOrders extends Orders {
  override async onStart({ signal, defer }: ServiceContext): Promise<void> {
    const connection = await this.broker.connect(signal);
    defer(() => connection.close());
    await this.broker.handshake(signal);
  }
}

const result = await simulate(applicationOf(SafeOrders), { seeds: 500 });
console.log(
  `${result.seeds} seeds, ${result.lives > 500 ? 'more lives than that' : 'few lives'}, and nothing is broken`,
);
