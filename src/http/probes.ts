import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { progressOf, progressText } from '../lifecycle/progress.ts';

/**
 * The three probes of Kubernetes: 200 for yes, 503 for no, with the reasons.
 *
 * `/ready` says no from the moment a stop is requested; `/live` only once the application has crashed for good.
 */
export function addProbes(server: FastifyInstance, lifecycle: Lifecycle): void {
  server.get('/live', (_request, reply) => answer(reply, lifecycle.health().live, 'it has crashed'));
  server.get('/ready', (_request, reply) => {
    const { ready, reasons, degraded } = lifecycle.health();
    return answer(reply, ready, reasons, degraded);
  });
  server.get('/startup', (_request, reply) => {
    const { started } = lifecycle.health();
    const progress = progressText(progressOf(lifecycle.runningGraph.units, lifecycle.clock.now()));
    return answer(reply, started, `${lifecycle.state} ${progress}`);
  });
}

function answer(
  reply: FastifyReply,
  isFine: boolean,
  why: string | readonly string[],
  degraded: readonly string[] = [],
): FastifyReply {
  const reasons = isFine ? [] : [why].flat();
  return reply
    .code(isFine ? 200 : 503)
    .header('cache-control', 'no-store')
    .send({ ok: isFine, reasons, ...(degraded.length > 0 ? { degraded } : {}) });
}
