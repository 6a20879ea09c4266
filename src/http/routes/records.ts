import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import { entityTagOf } from '#domain/preconditions/entity-tags.ts';
import { isMatchMet, isNoneMatchMet } from '#domain/preconditions/precondition.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import type {
  BatchResult,
  QueryParameters,
  RecordResult,
  RecordsService,
  ReplaceResult,
  WriteRequest,
} from '#services/records/index.ts';
import type { Reads } from '#services/response-cache/index.ts';
import { sendJson, type ResponseMessage } from '../message/response.ts';
import { privately, setCaching } from '../message/cache-headers.ts';
import { preconditionOf } from '../message/preconditions.ts';
import { parseQuery, refuseQuery } from '../message/query-string.ts';
import { createWrite } from '../message/write.ts';

export interface RecordRoutesOptions {
  readonly records: RecordsService;
  readonly reads: Reads;
  readonly idempotency: IdempotencyService;
  /** Comes before the paths of links, without a slash at its end; empty for links relative to this host. */
  readonly linkBase: string;
}

/** Records over HTTP (contract, section 4). The service throws the Problems; nothing is decided here. */
export function recordRoutes({ records, reads, idempotency, linkBase }: RecordRoutesOptions) {
  async function list(request: FastifyRequest, reply: FastifyReply, collection: string): Promise<unknown> {
    const query = queryOf(request);
    const { body, next, cache } = await reads.list(request.principal, collection, query);
    if (next !== null) reply.header('link', nextLink(`${linkBase}/v1/${collection}`, query, next));
    setCaching(request, reply, cache);
    return sendJson(reply, body);
  }

  return {
    list: (request: FastifyRequest, reply: FastifyReply) =>
      list(request, reply, paramsOf(request).collection),

    listUsers: (request: FastifyRequest, reply: FastifyReply) => list(request, reply, 'users'),

    async read(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const { collection, id } = paramsOf(request);
      const query = queryOf(request);
      const precondition = preconditionOf(request);
      const { body, version, cache } = await reads.read(request.principal, collection, id, query);
      if (!isMatchMet(precondition, version)) throw new Problem('precondition_failed');
      reply.header('etag', entityTagOf(version));
      setCaching(request, reply, cache);
      // Expanded records change without the version of this one.
      const isKnown = !isNoneMatchMet(precondition, version) && !query.has('expand');
      // With the header fields of the 200 that the client has already (RFC 9110, 15.4.5).
      return isKnown ? reply.code(304).send() : sendJson(reply, body);
    },

    ...writeRoutes(records, createWrite(idempotency), linkBase),
  };
}

function writeRoutes(records: RecordsService, write: ReturnType<typeof createWrite>, linkBase: string) {
  function created(collection: string, answer: RecordResult): ResponseMessage {
    const { headers, body } = found(answer);
    const location = `${linkBase}/v1/${collection}/${answer.id}`;
    return { status: 201, headers: { location, ...headers }, body };
  }

  return {
    create: (request: FastifyRequest, reply: FastifyReply) => {
      const { collection } = paramsOf(request);
      return write(request, reply, {
        perform: (options) =>
          records.create(request.principal, collection, request.body, queryOf(request), options),
        answer: (answer: RecordResult) => created(collection, answer),
      });
    },

    update: (request: FastifyRequest, reply: FastifyReply) => {
      const { collection, id } = paramsOf(request);
      return write(request, reply, {
        perform: (options) =>
          records.update(request.principal, collection, id, request.body, queryOf(request), options),
        answer: found,
      });
    },

    replace: (request: FastifyRequest, reply: FastifyReply) => {
      const { collection, id } = paramsOf(request);
      return write(request, reply, {
        perform: (options) =>
          records.replace(request.principal, collection, id, request.body, queryOf(request), options),
        answer: (answer: ReplaceResult) => (answer.created ? created(collection, answer) : found(answer)),
      });
    },

    remove: (request: FastifyRequest, reply: FastifyReply) => {
      const { collection, id } = paramsOf(request);
      return write(request, reply, {
        async perform(options: WriteRequest<void>) {
          refuseQuery(request.query as string);
          await records.remove(request.principal, collection, id, options);
        },
        answer: () => ({ status: 204, headers: {} }),
      });
    },

    batch: (request: FastifyRequest, reply: FastifyReply) =>
      write(request, reply, {
        async perform(options: WriteRequest<BatchResult>) {
          refuseQuery(request.query as string);
          return records.batch(request.principal, request.body, options);
        },
        answer: (body) => ({ status: 200, headers: { 'cache-control': 'no-store' }, body }),
      }),
  };
}

function found({ record, version }: RecordResult): ResponseMessage {
  return { status: 200, headers: { etag: entityTagOf(version), 'cache-control': privately }, body: record };
}

function paramsOf(request: FastifyRequest): { readonly collection: string; readonly id: string } {
  return request.params as { collection: string; id: string };
}

/** The router hands the raw query string through (see server.ts), so that doubles and broken encoding are seen. */
function queryOf(request: FastifyRequest): QueryParameters {
  return parseQuery(request.query as string);
}

/** RFC 8288: the same list from the next cursor on. */
function nextLink(path: string, query: QueryParameters, cursor: string): string {
  const parameters = new URLSearchParams([...query]);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters}>; rel="next"`;
}
