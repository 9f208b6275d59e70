// What a failed start tells: first faults of the graph, all at once; then a hook that throws, and the retry that works.
import { inject, injectable } from 'inversify';
import { GraphError, LifecycleError, ServiceContainer, StartError } from 'inversify-lifecycle';

let isPortFree = false;

@injectable()
class Database {
  onStart(): void {
    console.log('+ Database');
  }

  onStop(): void {
    console.log('- Database');
  }
}

@injectable()
class Cache {
  constructor(readonly database: Database) {}

  onStart(): void {
    console.log('+ Cache');
  }

  onStop(): void {
    console.log('- Cache');
  }
}

@injectable()
class Server {
  constructor(
    readonly cache: Cache,
    @inject('config') readonly config: object,
  ) {}

  onStart(): void {
    if (!isPortFree) throw new Error('port 80 is taken');
    console.log('+ Server');
  }

  onStop(): void {
    console.log('- Server');
  }
}

@injectable()
class Site {
  constructor(readonly server: Server) {}

  onStart(): void {
    console.log('+ Site');
  }

  onStop(): void {
    console.log('- Site');
  }
}

async function tryToStart(container: ServiceContainer): Promise<void> {
  try {
    await container.startAll();
    console.log('It runs.');
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error;
    console.log(`${error.name} ${error.code}: ${error.message}`);
    if (error instanceof GraphError) console.log('codes:', error.details.map(({ code }) => code).join(', '));
    if (error instanceof StartError) console.log('service:', error.data.service, '| cause:', String(error.cause));
  }
}

console.log('1. Nothing is bound to config, and there are two databases: nothing is started.\n');
const container = new ServiceContainer().add(Site, Server, Cache, Database, Database);
await tryToStart(container);

console.log('\n2. The graph is whole, but a hook throws: what had started goes down again, in reverse.\n');
await container.unbindAsync(Database);
container.add(Database).bind('config').toConstantValue({});
await tryToStart(container);

console.log('\n3. The port is free now. The same container starts.\n');
isPortFree = true;
await tryToStart(container);
await container.stopAll();
