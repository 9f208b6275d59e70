import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { progressOf, progressText } from '../lifecycle/progress.ts';

/** What a probe says. */
interface Answer {
  readonly ok: boolean;
  /** Why not. */
  readonly reasons: readonly string[];
  /** Optional services that are down. */
  readonly degraded?: readonly string[];
}

/**
 * The three probes of Kubernetes: 200 for yes, 503 for no, with the reasons.
 *
 * `/ready` says no from the moment a stop is requested; `/live` only once the application has crashed for good.
 */
export function addProbes(server: FastifyInstance, lifecycle: Lifecycle): void {
  const probe = (path: string, ask: () => Answer): void => {
    server.get(path, (request, reply) => answer(request, reply, ask()));
  };
  probe('/live', () => answerOf(lifecycle.health().live, ['it has crashed']));
  probe('/ready', () => {
    const { ready, reasons, degraded } = lifecycle.health();
    return { ...answerOf(ready, reasons), ...(degraded.length > 0 ? { degraded } : {}) };
  });
  probe('/startup', () => answerOf(lifecycle.health().started, [howFar(lifecycle)]));
}

function answerOf(ok: boolean, reasons: readonly string[]): Answer {
  return { ok, reasons: ok ? [] : reasons };
}

/** `starting 7/12: Kafka 4.1 s`. */
function howFar({ state, runningGraph, clock }: Lifecycle): string {
  return `${state} ${progressText(progressOf(runningGraph.units, clock.now()))}`;
}

/** As JSON, or as lines for who reads them on a terminal: `curl 'localhost:9100/ready?text'`. */
function answer(request: FastifyRequest, reply: FastifyReply, told: Answer): FastifyReply {
  reply.code(told.ok ? 200 : 503).header('cache-control', 'no-store');
  return wantsText(request) ? reply.type('text/plain; charset=utf-8').send(textOf(told)) : reply.send(told);
}

function wantsText({ query, headers }: FastifyRequest): boolean {
  return 'text' in (query as object) || /^text\/plain\b/.test(headers.accept ?? '');
}

function textOf({ ok, reasons, degraded = [] }: Answer): string {
  return [ok ? 'yes' : 'no', ...reasons, ...degraded.map((each) => `degraded: ${each}`)]
    .map((line) => `${line}\n`)
    .join('');
}
