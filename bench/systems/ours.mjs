// The plugin of this package, as built.
import { ServiceContainer } from '../../dist/container/index.js';
import { serviceClasses } from '../services.mjs';

export function prepare(graph, bindOrder, hooks) {
  const classes = serviceClasses(graph, hooks());
  return () => {
    const container = new ServiceContainer();
    for (const node of bindOrder) container.bind(classes[node]).toSelf();
    return { container, start: () => container.startAll(), stop: () => container.stopAll() };
  };
}
