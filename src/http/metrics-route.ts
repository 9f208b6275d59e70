import type { FastifyInstance } from 'fastify';
import { LifecycleError } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../log.ts';
import { optionalPeer } from '../optional-peer.ts';
import type { Close } from '../worker/companion.ts';

/** Adds `/metrics`. Without prom-client all else on the port works, and asking for it says what is missing. */
export async function addMetrics(
  server: FastifyInstance,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<Close | undefined> {
  try {
    const client = await optionalPeer('prom-client', '/metrics', () => import('prom-client'));
    const { measure } = await import('./metrics.ts');
    const { registry, close } = measure(lifecycle, client);
    server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
    return close;
  } catch (error) {
    if (!(error instanceof LifecycleError) || error.code !== 'LIFECYCLE_MISSING_PEER') throw error;
    log.warn(error.message);
    server.get('/metrics', (_request, reply) => reply.code(501).send({ error: error.message }));
    return undefined;
  }
}
