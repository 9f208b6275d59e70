import type * as Prometheus from 'prom-client';

const registries = new WeakMap<typeof Prometheus, Prometheus.Registry>();

/**
 * prom-client's metrics of the process: once for all who ask, since it never ends what it measures them with.
 *
 * @returns a registry that has these only
 */
export function processMetrics(client: typeof Prometheus): Prometheus.Registry {
  const known = registries.get(client);
  if (known !== undefined) return known;
  const register = new client.Registry();
  client.collectDefaultMetrics({ register });
  registries.set(client, register);
  return register;
}
