// A consumer that runs as long as its service does. When it throws it is run again, a little later each time; when that
// happens too often the service crashes, the application stops in order, and `done` rejects with the cause.
import { EventEmitter, on } from 'node:events';
import { injectable } from 'inversify';
import { Background, ServiceContainer, type ServiceContext, type TaskContext } from 'inversify-lifecycle';

@injectable()
class Broker {
  readonly messages = new EventEmitter();

  onStart(): void {
    console.log('+ Broker');
  }

  onStop(): void {
    console.log('- Broker');
  }
}

@injectable()
class Mailer {
  constructor(readonly broker: Broker) {}

  onStart(): void {
    console.log('+ Mailer');
  }

  onStop({ reason }: ServiceContext): void {
    console.log(`- Mailer, because of a ${reason?.kind}`);
  }

  @Background({ restart: { max: 1, within: '1m' }, backoff: { initial: '10ms' } })
  async consume({ signal, run }: TaskContext): Promise<void> {
    console.log(`  consuming, run ${run}`);
    this.broker.messages.emit('ready');
    for await (const [message] of on(this.broker.messages, 'message', { signal })) {
      if (message === 'poison') throw new Error(`cannot read ${message}`);
      console.log(`  sent ${message}`);
    }
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Mailer, Broker);
const { messages } = container.get(Broker);
messages.on('ready', () => setImmediate(() => messages.emit('message', 'a letter')));
messages.on('ready', () => setImmediate(() => messages.emit('message', 'poison')));
container.lifecycle.on((event) => {
  if (event.kind === 'task:failed') console.log(`  ${event.error.message}`);
});

await container.startAll();
try {
  await container.lifecycle.done;
} catch (error) {
  console.log(`${error}`);
  console.log(`cause: ${(error as Error).cause}`);
}
