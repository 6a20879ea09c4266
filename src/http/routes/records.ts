import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  ListAnswer,
  OperationAnswer,
  PresentedRecord,
  QueryParameters,
  RecordAnswer,
  RecordsService,
} from '#services/records/index.ts';
import { parseQuery, refuseQuery } from '../target.ts';

export interface RecordRoutesOptions {
  readonly records: RecordsService;
  /** Comes before the paths of links, without a slash at its end; empty for links relative to this host. */
  readonly linkBase: string;
}

/** A record may be kept by the client that asked, and must be asked for again each time: rules may have changed. */
const caching = 'private, no-cache';

/** Records over HTTP (contract, section 4). The service throws the Problems; nothing is decided here. */
export function recordRoutes({ records, linkBase }: RecordRoutesOptions) {
  async function list(request: FastifyRequest, reply: FastifyReply, collection: string): Promise<ListAnswer> {
    const query = queryOf(request);
    const answer = await records.list(request.caller, collection, query);
    const { next } = answer.page;
    if (next !== null) reply.header('link', nextLink(`${linkBase}/v1/${collection}`, query, next));
    reply.header('cache-control', caching);
    return answer;
  }

  return {
    list: (request: FastifyRequest, reply: FastifyReply) =>
      list(request, reply, paramsOf(request).collection),

    listUsers: (request: FastifyRequest, reply: FastifyReply) => list(request, reply, 'users'),

    async read(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      const { collection, id } = paramsOf(request);
      return present(reply, await records.read(request.caller, collection, id, queryOf(request)));
    },

    async create(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      const { collection } = paramsOf(request);
      const answer = await records.create(request.caller, collection, request.body, queryOf(request));
      reply.code(201).header('location', `${linkBase}/v1/${collection}/${answer.id}`);
      return present(reply, answer);
    },

    async update(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      const { collection, id } = paramsOf(request);
      return present(
        reply,
        await records.update(request.caller, collection, id, request.body, queryOf(request)),
      );
    },

    async replace(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      const { collection, id } = paramsOf(request);
      const answer = await records.replace(request.caller, collection, id, request.body, queryOf(request));
      if (answer.created) reply.code(201).header('location', `${linkBase}/v1/${collection}/${answer.id}`);
      return present(reply, answer);
    },

    async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const { collection, id } = paramsOf(request);
      refuseQuery(request.query as string);
      await records.remove(request.caller, collection, id);
      return reply.code(204).send();
    },

    async batch(
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<{ results: readonly OperationAnswer[] }> {
      refuseQuery(request.query as string);
      const answer = await records.batch(request.caller, request.body);
      reply.header('cache-control', 'no-store');
      return answer;
    },
  };
}

function present(reply: FastifyReply, answer: RecordAnswer): PresentedRecord {
  reply.header('etag', `"${answer.version}"`).header('cache-control', caching);
  return answer.record;
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
