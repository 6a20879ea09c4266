import type { JsonObject } from './builders.ts';

const text = { type: 'string' };

function query(name: string, description: string, schema: JsonObject, example?: string | number): JsonObject {
  return { name, in: 'query', description, schema, ...(example === undefined ? {} : { example }) };
}

function header(name: string, description: string, example: string): JsonObject {
  return { name, in: 'header', description, schema: text, example };
}

/** The parameters that every collection has alike. */
export const parameters: JsonObject = {
  id: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'Of the record',
    schema: { ...text, format: 'uuid' },
  },
  sessionId: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'Of the session',
    schema: { ...text, format: 'uuid' },
  },
  errorCode: { name: 'code', in: 'path', required: true, description: 'Of the error', schema: text },
  filter: query('filter', 'A CEL condition over the properties of the collection', text, 'version >= 1'),
  sort: query(
    'sort',
    'Properties in order, `-` for descending; through references with a dot. Without it the order of creation',
    text,
    '-createdAt',
  ),
  limit: query(
    'limit',
    'Most records of the page',
    { type: 'integer', minimum: 1, maximum: 200, default: 20 },
    20,
  ),
  cursor: query('cursor', '`page.next` of the page before, with all other parameters as they were', text),
  fields: query('fields', 'The properties to answer, `id` always among them', text),
  expand: query('expand', 'References to answer as records, at most three deep', text),
  q: query('q', 'Words to search for; `word*` is the beginning of one', text),
  ifMatch: header(
    'If-Match',
    'Entity tags, or `*`: the request is carried out if the record is in one of these versions, else 412 (RFC 9110, 13.1.1)',
    '"3"',
  ),
  ifNoneMatch: header(
    'If-None-Match',
    'Entity tags, or `*`: GET answers 304 if the record is in one of these versions; `*` on PUT creates only, else 412 (RFC 9110, 13.1.2)',
    '"3"',
  ),
  idempotencyKey: {
    ...header(
      'Idempotency-Key',
      'A name of your own for this one request. Sent again within 24 hours, it is not carried out again but answered as the first time',
      '8e03978e-40d5-43dd-bc93-6894a57f9324',
    ),
    schema: { ...text, pattern: '^[!-~]{1,255}$', minLength: 1, maxLength: 255 },
  },
  count: query('count', '`exact` adds `total`', { ...text, enum: ['exact'] }),
};

export const headers: JsonObject = {
  'X-Request-Id': {
    description:
      'The one that was sent, if it was well-formed, else a new one; also in the log and in problems',
    schema: text,
  },
  ETag: { description: '`version` of the record, in quotes', schema: text },
  'Idempotency-Replayed': {
    description: 'There when this is the answer to an earlier request with the same Idempotency-Key',
    schema: { ...text, const: 'true' },
  },
  'Cache-Status': {
    description: 'Whether the answer was kept (RFC 9211)',
    schema: { ...text, enum: ['plinth; hit', 'plinth; fwd=miss', 'plinth; fwd=bypass'] },
  },
  Location: { description: 'Where the new record is', schema: { ...text, format: 'uri-reference' } },
  Link: { description: 'The next page, `rel="next"` (RFC 8288)', schema: text },
  'RateLimit-Policy': {
    description:
      'The policy that the request counts under, its quota, and its window in seconds. On no answer about health',
    schema: text,
    example: '"default";q=600;w=60',
  },
  RateLimit: {
    description: 'What is left of the quota, and the seconds until all of it is back',
    schema: text,
    example: '"default";r=599;t=1',
  },
  'WWW-Authenticate': { description: 'RFC 6750', schema: text },
  Allow: { description: 'The methods that work', schema: text },
  'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 1 } },
};
