// Two services: the one that is needed starts first and stops last.
import { injectable } from 'inversify';
import { ServiceContainer } from 'inversify-lifecycle';

@injectable()
class Database {
  onStart(): void {
    console.log('Database: connected');
  }

  onStop(): void {
    console.log('Database: disconnected');
  }
}

@injectable()
class Api {
  constructor(readonly database: Database) {}

  onStart(): void {
    console.log('Api: listening');
  }

  onStop(): void {
    console.log('Api: closed');
  }
}

const container = new ServiceContainer().add(Api, Database);

const started = await container.startAll();
console.log(started.entries.map(({ name }) => name).join(', then '));

await container.stopAll();
