import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { onBehalf, triggered } from '../control/operator.ts';
import { LifecycleError, messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { takeAnyBody } from './bodies.ts';

interface Named {
  Params: { name: string };
}

/** What is changed. @returns what is under way still, in words */
type Act = (name: string) => unknown;

/** What changes something. Each asks for the token; where there is none, nothing can be changed. */
export function addCommands(server: FastifyInstance, lifecycle: Lifecycle, token: string | undefined): void {
  const check = (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    const fault = faultOf(request.headers.authorization, token);
    if (fault === undefined) next();
    else reply.code(fault.status).header('www-authenticate', 'Bearer').send({ error: fault.text });
  };
  const guarded = { onRequest: check, preHandler: checkBody };
  const { tasks } = lifecycle;
  const pause: Act = (name) => tasks.get(name).pause();
  const resume: Act = (name) => tasks.get(name).resume();
  const restart: Act = (name) => lifecycle.restart(name).then(() => undefined);
  const trigger: Act = (name) => triggered(lifecycle, name);
  const stop: Act = () => void lifecycle.requestStop('asked for on the port');
  // In a scope: on a server of the application its own routes read bodies as it has said.
  void server.register(async (scope) => {
    takeAnyBody(scope);
    for (const [of, acts] of Object.entries({ tasks: { trigger, pause, resume }, services: { restart } })) {
      for (const [word, act] of Object.entries<Act>(acts)) {
        scope.post<Named>(`/${of}/:name/${word}`, guarded, ({ params: { name }, ip }, reply) =>
          answer(reply, () => onBehalf(lifecycle, { words: [word, name], by: nameOf(ip) }, () => act(name))),
        );
      }
    }
    scope.post('/stop', guarded, ({ ip }, reply) =>
      answer(reply, () => onBehalf(lifecycle, { words: ['stop'], by: nameOf(ip) }, () => stop(''))),
    );
  });
}

/** Nobody who asks has a name. */
function nameOf(address: string): string {
  return `${address}, with the token`;
}

/** What would be left out is not taken. */
function checkBody({ body }: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const isNone = typeof body !== 'string' || /^\s*(\{\s*\})?\s*$/.test(body);
  if (isNone) next();
  else reply.code(400).send({ error: 'this takes no body; leave it out' });
}

async function answer(reply: FastifyReply, act: () => unknown): Promise<FastifyReply> {
  try {
    const note = await act();
    return reply.send({ ok: true, note });
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
