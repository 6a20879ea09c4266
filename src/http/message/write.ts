import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StoredResponse, IdempotentResponse, IdempotencyService } from '#services/idempotency/index.ts';
import type { WriteRequest } from '#services/records/index.ts';
import { jsonType, send, type ResponseMessage } from './response.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { preconditionOf } from './preconditions.ts';
import { problemResponse, problemFor } from './problem.ts';

/** A request that changes something: what it does, and how that is answered. */
export interface Write<Result> {
  readonly perform: (options: WriteRequest<Result>) => Promise<Result>;
  readonly answer: (result: Result) => ResponseMessage;
}

/**
 * Refusals are small but for one that lists thousands of failing properties. Such a one is not kept: nothing was
 * written, so carrying it out again answers the same, and keeping it would let strangers fill the database.
 */
const keptRefusalLengthMax = 64 * 1024;

/** Makes what carries writes out: under the conditions of the request, and once for each Idempotency-Key. */
export function createWrite(idempotency: IdempotencyService) {
  return async function write<Result>(
    request: FastifyRequest,
    reply: FastifyReply,
    { perform, answer }: Write<Result>,
  ): Promise<unknown> {
    const key = idempotencyKeyOf(request);
    if (key === undefined)
      return send(reply, answer(await perform({ precondition: preconditionOf(request) })));
    const { principal, ip: address, method, url: target, rawBody: body } = request;
    const given = await idempotency.runOnce<Result>(
      { principal, address, key, method, target, body },
      {
        // An async function, so that a refused header is kept like every other refusal.
        run: async (record) => perform({ precondition: preconditionOf(request), idempotency: record }),
        toResponse: (result) => finalAnswer(answer(result)),
        toErrorResponse: (error) => refusalOf(request, error),
      },
    );
    return sendGiven(reply, given);
  };
}

function finalAnswer({ status, headers, body }: ResponseMessage): StoredResponse {
  if (body === undefined) return { status, headers, body: null };
  return { status, headers: { 'content-type': jsonType, ...headers }, body: JSON.stringify(body) };
}

/** 5xx and 429 are about the moment, not about the request. */
function refusalOf(request: FastifyRequest, error: unknown): StoredResponse | undefined {
  const problem = problemFor(error);
  if (problem.status >= 500 || problem.status === 429) return undefined;
  const answer = problemResponse(request, problem);
  return answer.body.length > keptRefusalLengthMax ? undefined : answer;
}

function sendGiven(reply: FastifyReply, { status, headers, body, replayed }: IdempotentResponse): unknown {
  if (replayed) reply.header('idempotency-replayed', 'true');
  // As bytes: Fastify would add a charset to the type of a problem.
  return send(reply, { status, headers, ...(body !== null && { body: Buffer.from(body) }) });
}
