import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ServiceSnapshot } from '../lifecycle/snapshot.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';

/** What there is to be looked at: services, tasks, and the graph with the states of now. */
export function addViews(server: FastifyInstance, lifecycle: Lifecycle): void {
  server.get('/services', () => lifecycle.services.map(plainService));
  server.get('/tasks', () => [...lifecycle.tasks].map((task) => plainTask(task.snapshot())));
  server.get('/graph.svg', async (_request, reply) =>
    reply.type('image/svg+xml').send(await lifecycle.graph().toSvg()),
  );
  server.get('/graph.mmd', (_request, reply) => reply.type('text/plain').send(lifecycle.graph().toMermaid()));
  server.get('/graph.json', () => lifecycle.graph());
}

/** Errors as texts: their stacks are nobody's business here. */
function plainService({ crashReason, tasks, ...service }: ServiceSnapshot): object {
  return { ...service, crashReason: crashReason?.message, tasks: tasks.map(plainTask) };
}

function plainTask({ lastRun, ...task }: TaskSnapshot): object {
  return { ...task, lastRun: lastRun && { ...lastRun, error: lastRun.error?.message } };
}
