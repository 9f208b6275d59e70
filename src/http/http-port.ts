import { suggestion } from '../did-you-mean.ts';
import { messageOf, OptionError } from '../errors.ts';
import { optionalPeer } from '../optional-peer.ts';
import type { Companion } from '../worker/companion.ts';
import { addCommands } from './commands.ts';
import type { HttpSettings } from './http-settings.ts';
import { addMetrics } from './metrics-route.ts';
import { addProbes } from './probes.ts';
import { addViews } from './views.ts';

/** Limits of a port that answers small questions: in milliseconds, and bytes. */
const LIMITS = {
  connectionTimeout: 10_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  bodyLimit: 1_024,
} as const;

const MAX_HEADERS = 8_192;

/**
 * Opens a port for probes, metrics and pictures of the program. It is there before anything starts and until all is stopped,
 * and never what keeps the process alive.
 */
export function httpPort({ host, port, token }: HttpSettings): Companion {
  return async ({ lifecycle, log }) => {
    const { fastify } = await optionalPeer('fastify', 'the Worker option http', () => import('fastify'));
    const server = fastify({
      ...LIMITS,
      logger: false,
      forceCloseConnections: true,
      return503OnClosing: false,
      exposeHeadRoutes: true,
      http: { maxHeaderSize: MAX_HEADERS, headersTimeout: LIMITS.requestTimeout },
    });
    server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const { statusCode = 500 } = error;
      // What went wrong inside is for the log, not for whoever asked.
      if (statusCode >= 500) log.error({ err: error }, 'A request to the port failed');
      return reply.code(statusCode).send({ error: statusCode >= 500 ? 'internal error' : error.message });
    });
    addProbes(server, lifecycle);
    addViews(server, lifecycle);
    addCommands(server, lifecycle, token);
    const close = await addMetrics(server, lifecycle, log);
    server.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '';
      const allowed = VIEWS.includes(path) ? 'GET, HEAD' : COMMAND.test(path) ? 'POST' : undefined;
      if (allowed === undefined) {
        return reply.code(404).send({ error: `there is nothing at ${path}. ${suggestion(path, VIEWS)}` });
      }
      return reply
        .code(405)
        .header('allow', allowed)
        .send({ error: `${path} knows ${allowed} only` });
    });
    try {
      const address = await server.listen({ host, port });
      server.server.unref();
      log.info(`Probes, metrics and pictures are at ${address}`);
    } catch (error) {
      await close?.();
      throw new OptionError(
        `http: the port cannot be opened on ${host}:${port}: ${messageOf(error)}; choose another one, or 0 for any that is free`,
        { host, port },
      );
    }
    return async () => {
      await server.close();
      await close?.();
    };
  };
}

const VIEWS = [
  '/live',
  '/ready',
  '/startup',
  '/metrics',
  '/services',
  '/tasks',
  '/graph.svg',
  '/graph.json',
  '/graph.mmd',
];

const COMMAND = /^\/(stop|services\/[^/]+\/restart|tasks\/[^/]+\/(trigger|pause|resume))$/;
