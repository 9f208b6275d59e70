// The few lines that give the application of app.ts a lifecycle. app.ts itself has not changed by a character.
import { LifecyclePlugin, lifecycle } from 'inversify-lifecycle';
import { container, ExpressServer, MemoryStore } from './app.ts';

// Hooks are found by their names. In your own code you would write these methods into the two classes.
Object.assign(MemoryStore.prototype, {
  onStart(this: MemoryStore) {
    return this.open();
  },
  onStop(this: MemoryStore) {
    return this.close();
  },
});
Object.assign(ExpressServer.prototype, {
  onStart(this: ExpressServer) {
    return this.listen(0);
  },
  onStop(this: ExpressServer) {
    return this.close();
  },
});

container.register(LifecyclePlugin);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => lifecycle(container).requestStop(signal));
}

await container.startAll();

const response = await fetch(`${container.get(ExpressServer).url}/users`);
console.log(`GET /users: ${response.status} ${await response.text()}`);

await lifecycle(container).done;
console.log('stopped');
