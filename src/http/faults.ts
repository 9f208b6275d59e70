/** What Fastify and Node would answer by themselves, each in a shape of its own: here all is `{ "error": "..." }`. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';
import { isMissingPeer } from '../optional-peer.ts';

type Answer = (error: Error & { readonly statusCode?: number }, request: FastifyRequest, reply: FastifyReply) => void;

/** Answers what went wrong with a request. What went wrong inside is for the log, not for whoever asked. */
export function faultAnswer(log: Logger): Answer {
  return (error, _request, reply) => {
    const { statusCode = 500 } = error;
    if (isMissingPeer(error)) return reply.code(501).send({ error: error.message });
    if (statusCode >= 500) log.error({ err: error }, 'A request to the port failed');
    return reply.code(statusCode).send({ error: statusCode >= 500 ? 'internal error' : error.message });
  };
}

type Refusal = readonly [status: number, text: string];

/** By the code of Node's error. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to come'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of a chunk are too long'],
  HPE_INVALID_METHOD: [400, 'there is no such method'],
};

const NO_HTTP: Refusal = [400, 'this is no HTTP that can be read'];

/** Answers what never becomes a request, and lets the connection go. */
export function refuse(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, text] = REFUSALS[error.code ?? ''] ?? NO_HTTP;
  const body = JSON.stringify({ error: text });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  if (socket.writable) socket.write(`${head}\r\n\r\n${body}`);
  socket.destroy(error);
}

/** HTTP wants it; Node, left to itself, answers without a body. */
export function checkHost({ headers, raw }: FastifyRequest, reply: FastifyReply, next: () => void): void {
  if (headers.host !== undefined || raw.httpVersion !== '1.1') next();
  else reply.code(400).send({ error: 'this needs the header Host' });
}

/** An `Expect` other than that of 100. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: 'nothing can be expected here but 100-continue' }));
}
