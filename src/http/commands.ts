import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LifecycleError, messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';

interface Named {
  Params: { name: string };
}

/** What changes something. Each asks for the token; where there is none, nothing can be changed. */
export function addCommands(server: FastifyInstance, lifecycle: Lifecycle, token: string | undefined): void {
  const check = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const fault = faultOf(request.headers.authorization, token);
    if (fault === undefined) done();
    else reply.code(fault.status).header('www-authenticate', 'Bearer').send({ error: fault.text });
  };
  const guarded = { onRequest: check };
  const task = (act: 'trigger' | 'pause' | 'resume') => (request: FastifyRequest<Named>, reply: FastifyReply) =>
    done(reply, () => lifecycle.tasks.get(request.params.name)[act]());
  server.post<Named>('/tasks/:name/trigger', guarded, task('trigger'));
  server.post<Named>('/tasks/:name/pause', guarded, task('pause'));
  server.post<Named>('/tasks/:name/resume', guarded, task('resume'));
  server.post<Named>('/services/:name/restart', guarded, (request, reply) =>
    done(reply, () => lifecycle.restart(request.params.name)),
  );
  server.post('/stop', guarded, (_request, reply) => done(reply, () => lifecycle.requestStop('asked for on the port')));
}

async function done(reply: FastifyReply, act: () => unknown): Promise<FastifyReply> {
  try {
    await act();
    return reply.send({ ok: true });
  } catch (error) {
    const isUnknown = error instanceof LifecycleError && /UNKNOWN|AMBIGUOUS/.test(error.code);
    return reply.code(isUnknown ? 404 : 409).send({ error: messageOf(error) });
  }
}

interface Fault {
  readonly status: 401 | 403;
  readonly text: string;
}

function faultOf(header: string | undefined, token: string | undefined): Fault | undefined {
  if (token === undefined) return { status: 403, text: 'nothing can be changed here: no token is set' };
  const shown = /^Bearer (.+)$/.exec(header ?? '')?.[1];
  if (shown === undefined) return { status: 401, text: 'this needs Authorization: Bearer <token>' };
  // Hashes have one length, and how long it takes to compare them tells nothing.
  return timingSafeEqual(digest(shown), digest(token)) ? undefined : { status: 403, text: 'this is not the token' };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
