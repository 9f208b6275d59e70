import { type AddressInfo, isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { suggestion } from '../did-you-mean.ts';
import { messageOf, OptionError } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../log.ts';
import { isMissingPeer, optionalPeer } from '../optional-peer.ts';
import type { Companion } from '../worker/companion.ts';
import { takeAnyBody } from './bodies.ts';
import { addCommands } from './commands.ts';
import { checkHost, faultAnswer, refuse, refuseExpectation } from './faults.ts';
import type { HttpSettings } from './http-settings.ts';
import { addMetrics, addMissingMetrics } from './metrics-route.ts';
import { addProbes } from './probes.ts';
import { addViews } from './views.ts';

/** Limits of a port that answers small questions: in milliseconds, and bytes. */
export const LIMITS = {
  connectionTimeout: 10_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  bodyLimit: 1_024,
} as const;

export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

const MAX_HEADERS = 8_192;

/** How often Node looks for requests that take too long; by itself every 30 s. In milliseconds. */
const LOOKS_EVERY = 500;

/**
 * Opens a port for probes, metrics and pictures of the program. It is there before anything starts and until all is stopped,
 * and never what keeps the process alive.
 *
 * @param limits what is less in tests
 */
export function httpPort({ host, port, token }: HttpSettings, limits: Limits = LIMITS): Companion {
  return async ({ lifecycle, log }) => {
    const server = await serverOf(limits, log);
    addProbes(server, lifecycle);
    addViews(server, lifecycle);
    addCommands(server, lifecycle, token);
    await addMetricsIfPossible(server, lifecycle, log);
    server.setNotFoundHandler(nothingThere);
    try {
      await server.listen({ host, port });
      server.server.unref();
      log.info(`Probes, metrics and pictures are at ${addressOf(host, server)}`);
    } catch (error) {
      await server.close();
      throw new OptionError(
        `http: cannot listen on ${host}:${port}: ${messageOf(error)}; choose another port, as in http: 9101, or 0 for any that is free`,
        { host, port },
      );
    }
    return () => server.close();
  };
}

/** With the host that was asked for: fastify tells of one that is open to everybody as if it were on loopback. */
function addressOf(host: string, { server }: FastifyInstance): string {
  const { port } = server.address() as AddressInfo;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

async function serverOf(limits: Limits, log: Logger): Promise<FastifyInstance> {
  const { fastify } = await optionalPeer('fastify', 'the Worker option http', () => import('fastify'));
  const fault = faultAnswer(log);
  const server = fastify({
    ...limits,
    frameworkErrors: fault,
    clientErrorHandler: refuse,
    logger: false,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: true,
    http: {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: limits.requestTimeout,
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(LOOKS_EVERY, limits.requestTimeout),
    },
  });
  server.setErrorHandler(fault);
  server.addHook('onRequest', checkHost);
  server.server.on('checkExpectation', refuseExpectation);
  takeAnyBody(server);
  return server;
}

/** Without prom-client all else on the port works, and asking for them says what is missing. */
async function addMetricsIfPossible(server: FastifyInstance, lifecycle: Lifecycle, log: Logger): Promise<void> {
  try {
    await addMetrics(server, lifecycle);
  } catch (error) {
    if (!isMissingPeer(error)) throw error;
    log.warn(error.message);
    addMissingMetrics(server, error.message);
  }
}

function nothingThere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? '';
  const allowed = VIEWS.includes(path) ? 'GET, HEAD' : COMMAND.test(path) ? 'POST' : undefined;
  if (allowed === undefined) {
    return reply.code(404).send({ error: `there is nothing at ${path}. ${suggestion(path, VIEWS)}` });
  }
  return reply
    .code(405)
    .header('allow', allowed)
    .send({ error: `${path} knows ${allowed} only` });
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
