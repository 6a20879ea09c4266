import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import { parseJson as parseJsonText } from '#domain/json/digits.ts';
import { hasDoubledNames } from '#domain/json/doubled-names.ts';
import { keyHeader } from '../message/idempotency-key.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it was sent, of requests with an Idempotency-Key only. */
    rawBody?: Buffer;
  }
}

const mergePatch = 'application/merge-patch+json';

/** The deepest nesting of a body: recursive walks of a value are safe up to here. */
const depthMax = 200;

/** Bodies are JSON in UTF-8 and nothing else; PATCH may call it a merge patch (RFC 7396). */
export function acceptJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>(
    ['application/json', mergePatch],
    { parseAs: 'buffer' },
    (request, body, done) => {
      const problem = problemWith(request);
      if (problem !== undefined) {
        done(problem);
        return;
      }
      if (request.headers[keyHeader] !== undefined) request.rawBody = body;
      try {
        done(null, body.length === 0 ? undefined : parseJson(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** A preHandler for routes that cannot do without a body. */
export function requireBody(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: HookHandlerDoneFunction,
): void {
  if (request.body !== undefined) done();
  else done(new Problem('malformed_request', { detail: 'The body is missing: send JSON' }));
}

function problemWith(request: FastifyRequest): Problem | undefined {
  const type = request.headers['content-type'] as string;
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new Problem('unsupported_media_type', { detail: 'Send the body without Content-Encoding' });
  }
  if (type === 'application/json') return undefined;
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  if (media === mergePatch && request.method !== 'PATCH') {
    return new Problem('unsupported_media_type', { detail: `${mergePatch} is for PATCH` });
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset !== 'utf-8' && charset !== '"utf-8"' && charset !== 'utf8') {
    return new Problem('unsupported_media_type', { detail: 'JSON is sent in UTF-8' });
  }
  return undefined;
}

/**
 * JSON (RFC 8259) from bytes. A member called `__proto__` is a member like any other: JSON.parse makes it an own
 * property. Throws `malformed_request`, with the position in UTF-16 units where it can be told.
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Problem('malformed_request', { detail: 'The body is not UTF-8' });
  if (nestsDeeperThan(body, depthMax)) {
    throw new Problem('malformed_request', {
      detail: `The body is nested more than ${depthMax} levels deep`,
    });
  }
  const text = body.toString('utf8');
  const value = parseText(text);
  if (!hasDoubledNames(text, value)) return value;
  throw new Problem('malformed_request', { detail: 'An object in the body has two members of one name' });
}

function parseText(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    const position = stopOf(text, error as SyntaxError) ?? searchStop(text);
    throw position === undefined
      ? new Problem('malformed_request', { detail: 'The body is not JSON' })
      : new Problem('malformed_request', {
          detail: `The body is not JSON: reading stopped at position ${position}`,
          position,
        });
  }
}

/** Where V8 says that it stopped; for an unexpected token it does not. */
function stopOf(text: string, { message }: SyntaxError): number | undefined {
  if (message.startsWith('Unexpected end') || message.startsWith('Unterminated string')) return text.length;
  const found = / at position (\d+)/u.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Longer texts are not searched: it takes 16 times as long as parsing. */
const searchedLengthMax = 64 * 1024;

/** The length of the longest beginning that could still become JSON. */
function searchStop(text: string): number | undefined {
  if (text.length > searchedLengthMax) return undefined;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (couldGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    return stopOf(beginning, error as SyntaxError) === beginning.length;
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** One pass over the bytes: UTF-8 has no ASCII inside longer characters. */
function nestsDeeperThan(body: Buffer, limit: number): boolean {
  let depth = 0;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index] as number;
    if (byte === quote) {
      index = endOfString(body, index);
    } else if (byte === 0x5b || byte === 0x7b) {
      depth++;
      if (depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
  return false;
}

function endOfString(body: Buffer, start: number): number {
  for (let index = start + 1; index < body.length; index++) {
    const byte = body[index];
    if (byte === backslash) index++;
    else if (byte === quote) return index;
  }
  return body.length;
}
