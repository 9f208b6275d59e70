// Inversify without the plugin: somebody knows the order and wrote the loop.
import { Container } from 'inversify';
import { serviceClasses } from '../services.mjs';

export function prepare(graph, bindOrder, hooks) {
  const classes = serviceClasses(graph, hooks());
  return () => {
    const container = new Container({ defaultScope: 'Singleton' });
    for (const node of bindOrder) container.bind(classes[node]).toSelf();
    const services = [];
    return {
      async start() {
        for (const Class of classes) {
          const service = await container.getAsync(Class);
          await service.onStart();
          services.push(service);
        }
      },
      async stop() {
        for (const service of services.reverse()) await service.onStop();
      },
    };
  };
}
