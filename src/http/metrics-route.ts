import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { lifecycleMetrics } from './metrics.ts';

/**
 * Adds `/metrics`, until the server closes.
 *
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER without prom-client
 */
export async function addMetrics(server: FastifyInstance, lifecycle: Lifecycle): Promise<void> {
  const { registry, close } = await lifecycleMetrics(lifecycle);
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  server.addHook('onClose', async () => close());
}

/** Adds `/metrics` that says what is missing. */
export function addMissingMetrics(server: FastifyInstance, error: string): void {
  server.get('/metrics', (_request, reply) => reply.code(501).send({ error }));
}
