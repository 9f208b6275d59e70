import type { FastifyInstance } from 'fastify';

/** Reads bodies of any type as they are, within the server's limit: nothing here is asked with one, and an empty one is none. */
export function takeAnyBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}
