import type { FastifyReply, FastifyRequest } from 'fastify';
import { exhausted } from '#domain/exhausted.ts';
import type { ListOperation, ReadOperation } from '#domain/operations.ts';
import type { LoadShedder } from '#platform/load-shedder.ts';
import type {
  IdempotencyService,
  KeyedOperation,
  KeyedOutcome,
  KeyedRequest,
} from '#services/idempotency/index.ts';
import type { ReadThrough, RecordsService, WaitingClient } from '#services/records/index.ts';
import { clientOf } from '../message/client.ts';
import { cacheControlOf, noteCache, privately } from '../message/cache-headers.ts';
import { idempotencyKeyOf } from '../message/idempotency-key.ts';
import { sendProblem } from '../message/problem.ts';
import { send } from '../message/response.ts';
import { responseOf } from '../message/result.ts';

export interface RespondOptions {
  readonly records: Pick<RecordsService, 'execute'>;
  readonly idempotency: Pick<IdempotencyService, 'execute'>;
  /** Reads ask the database without it. */
  readonly readThrough: ReadThrough | undefined;
  /** Counts the operations under way. A client that sends or reads slowly is not at work. */
  readonly loadShedder: Pick<LoadShedder, 'enter' | 'leave'>;
  /** Comes before the paths of links, without a slash at its end; empty for links relative to this host. */
  readonly linkBase: string;
}

/** The operation that a request asks for. An error while it is read is a problem of the request, like any other. */
export type Asked =
  { readonly read: () => ListOperation | ReadOperation } | { readonly write: () => KeyedOperation };

/** Makes the function that executes the operation of a request, once for each Idempotency-Key, and answers with its result. */
export function createRespond({ records, idempotency, readThrough, loadShedder, linkBase }: RespondOptions) {
  async function respond(request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<unknown> {
    const { principal } = request;
    const client = clientOf(request, reply);
    const entered = loadShedder.enter();
    try {
      if ('read' in asked) {
        const operation = asked.read();
        const result = await records.execute(operation, { principal, client, readThrough });
        if (result.kind === 'list' && result.next !== null)
          reply.header('link', nextLink(linkBase, operation, result.next));
        noteCache(reply, result.cache);
        return send(
          reply,
          responseOf(result, { linkBase, cacheControl: cacheControlOf(request, result.cache) }),
        );
      }
      const key = idempotencyKeyOf(request);
      if (key !== undefined)
        return answer(
          request,
          reply,
          await idempotency.execute(keyedRequest(request, key, client), asked.write),
        );
      const result = await records.execute(asked.write(), { principal, client });
      return send(reply, responseOf(result, { linkBase, cacheControl: privately }));
    } finally {
      loadShedder.leave(entered);
    }
  }

  function answer(request: FastifyRequest, reply: FastifyReply, outcome: KeyedOutcome): unknown {
    if (outcome.kind !== 'result' || outcome.replayed) reply.header('idempotency-replayed', 'true');
    switch (outcome.kind) {
      case 'result':
        return send(reply, responseOf(outcome.result, { linkBase, cacheControl: privately }));
      case 'problem':
        return sendProblem(request, reply, outcome.problem, { requestId: outcome.requestId });
      case 'response': {
        const { body, ...message } = outcome.response;
        // As bytes: Fastify would add a charset to the type of a problem.
        return send(reply, { ...message, ...(body !== null && { body: Buffer.from(body) }) });
      }
      default:
        return exhausted(outcome);
    }
  }

  return respond;
}

function keyedRequest(request: FastifyRequest, key: string, client: WaitingClient): KeyedRequest {
  const { principal, method, url: target, rawBody: body, id: requestId } = request;
  return { ...client, principal, key, method, target, body, requestId };
}

/** RFC 8288: the same list from the next cursor on. */
function nextLink(
  linkBase: string,
  { collection, query }: ListOperation | ReadOperation,
  cursor: string,
): string {
  const parameters = new URLSearchParams([...(query ?? [])]);
  parameters.set('cursor', cursor);
  return `<${linkBase}/v1/${collection}?${parameters}>; rel="next"`;
}
