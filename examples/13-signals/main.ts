// Services that tell each other things. A signal is a member of the service that sends it, or a class of its own that is
// injected; whoever listens is disconnected when its life ends.
import { injectable } from 'inversify';
import { ServiceContainer, type ServiceContext, Signal, SignalError, SyncSignal } from 'inversify-lifecycle';

interface Order {
  readonly item: string;
  readonly pieces: number;
}

/** A signal that belongs to nobody: it is bound and injected like any class. */
@injectable()
class LowStock extends Signal<[item: string, left: number]> {}

@injectable()
class Orders {
  /** Sent while an order is placed: the order waits for those who listen. */
  readonly placed = new Signal<[order: Order], Orders>({ name: 'Orders.placed', sender: this, timeout: '1s' });
  /** For those who only want to know: nothing is waited for. */
  readonly counted = new SyncSignal<[count: number]>({ name: 'Orders.counted' });
  #count = 0;

  async place(order: Order): Promise<void> {
    this.counted.send(++this.#count);
    await this.placed.send(order);
    console.log(`  placed: ${order.item}`);
  }
}

@injectable()
class Stock {
  #pens = 3;

  constructor(
    private readonly orders: Orders,
    private readonly lowStock: LowStock,
  ) {}

  onStart({ use }: ServiceContext): void {
    use(this.orders.placed.connect((order) => this.#take(order))); // disconnected when this life ends
    console.log('+ Stock');
  }

  onStop(): void {
    console.log('- Stock');
  }

  async #take({ item, pieces }: Order): Promise<void> {
    if (pieces > this.#pens) throw new Error(`of ${item}s there is only ${this.#pens}`);
    this.#pens -= pieces;
    if (this.#pens < 2) await this.lowStock.with({ sender: this }).send(item, this.#pens);
  }
}

@injectable()
class Mailer {
  constructor(
    private readonly orders: Orders,
    private readonly lowStock: LowStock,
  ) {}

  onStart({ signal }: ServiceContext): void {
    this.orders.placed.connect(({ item }) => console.log(`  mail: thank you for your order of ${item}s`), { signal });
    this.lowStock.connect(
      (item, left, { sender }) => console.log(`  mail: ${item}s left: ${left}, says ${sender?.constructor.name}`),
      { signal },
    );
    console.log('+ Mailer');
  }

  onStop(): void {
    console.log('- Mailer');
  }
}

const container = new ServiceContainer().add(Mailer, Stock, Orders, LowStock);
const orders = container.get(Orders);
await container.startAll();

const counting = orders.counted.connect((count) => console.log(`order ${count}`));
orders.placed.connect(() => console.log('  the first one!'), { once: true });
await orders.place({ item: 'pen', pieces: 2 });
try {
  await orders.place({ item: 'pen', pieces: 2 });
} catch (error) {
  // The mail was sent all the same: one handler cannot keep another from being called.
  console.log(`  ${error}`);
  if (error instanceof SignalError) console.log(`  errors: ${error.errors}`);
}

console.log('hung:');
orders.placed.connect(function hung({ item }, { signal }) {
  signal.addEventListener('abort', () => console.log(`  hung on ${item} is told to end`));
  return new Promise(() => {});
});
await orders.place({ item: 'pen', pieces: 1 }).catch(({ errors }: SignalError) => console.log(`  ${errors[0]}`));

await container.stopAll();
counting.disconnect();
console.log(`${orders.placed.size} still listening`);
