import type { FastifyReply, FastifyRequest } from 'fastify';
import { preconditionOf } from '#domain/preconditions/precondition.ts';
import { parseQueryString, refuseUnknown } from '#domain/query/query-string.ts';
import { createRespond, type RespondOptions } from './respond.ts';

/** Records over HTTP: each handler names the operation that its request asks for. */
export function recordRoutes(options: RespondOptions) {
  const respond = createRespond(options);

  function list(request: FastifyRequest, reply: FastifyReply, collection: string): Promise<unknown> {
    return respond(request, reply, { read: () => ({ kind: 'list', collection, query: queryOf(request) }) });
  }

  return {
    list: (request: FastifyRequest, reply: FastifyReply) =>
      list(request, reply, addressOf(request).collection),

    listUsers: (request: FastifyRequest, reply: FastifyReply) => list(request, reply, 'users'),

    read: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, {
        read() {
          const query = queryOf(request);
          return {
            kind: 'read',
            ...addressOf(request),
            query,
            precondition: preconditionOf(request.headers),
          };
        },
      }),

    create: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, {
        write() {
          const { collection, body, query } = writeOf(request);
          return { kind: 'create', collection, body, query };
        },
      }),

    update: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, { write: () => ({ kind: 'update', ...writeOf(request) }) }),

    replace: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, { write: () => ({ kind: 'replace', ...writeOf(request) }) }),

    remove: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, {
        write() {
          const { collection, id, query, precondition } = writeOf(request);
          refuseUnknown(query);
          return { kind: 'delete', collection, id, precondition };
        },
      }),

    batch: (request: FastifyRequest, reply: FastifyReply) =>
      respond(request, reply, {
        write() {
          const { body, query } = writeOf(request);
          refuseUnknown(query);
          return { kind: 'batch', body };
        },
      }),
  };
}

/** The parts of a write, conditions first: their errors are reported before those of the query. */
function writeOf(request: FastifyRequest) {
  const precondition = preconditionOf(request.headers);
  return { ...addressOf(request), precondition, query: queryOf(request), body: request.body };
}

function addressOf(request: FastifyRequest): { readonly collection: string; readonly id: string } {
  const { collection, id } = request.params as { collection: string; id: string };
  return { collection, id };
}

/** The router hands the raw query string through (see create-server.ts), so that doubles and broken encoding are seen. */
function queryOf(request: FastifyRequest) {
  return parseQueryString(request.query as string);
}
