import { requestErrors } from '#domain/errors/catalogue.ts';
import { problemType } from '../message/problem.ts';
import { headersOf, ref, type JsonObject } from './builders.ts';

type RequestErrorCode = keyof typeof requestErrors;

const codes = Object.keys(requestErrors) as RequestErrorCode[];
const statuses = [...new Set(codes.map((code) => requestErrors[code].status))].toSorted((a, b) => a - b);

/** Header fields that come with a status only. */
const headers: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

function componentName(status: number): string {
  return `Problem${status}`;
}

const details: Partial<Record<RequestErrorCode, JsonObject>> = {
  invalid_query: { detail: 'There is no property "titel"', parameter: 'filter', position: 0 },
  malformed_request: { detail: 'The body is not JSON: reading stopped at position 7', position: 7 },
  conflict: { errors: [{ pointer: '/name', code: 'unique', detail: 'is taken' }] },
  rate_limited: { detail: '600 requests in 60 s are allowed here' },
  validation_failed: {
    detail: '1 property is not valid',
    errors: [{ pointer: '/priority', code: 'maximum', detail: 'must be <= 5' }],
  },
};

/** One response for each status that a request is answered with, with an example of each of its codes. */
export const problemResponses: JsonObject = Object.fromEntries(
  statuses.map((status) => {
    const own = codes.filter((code) => requestErrors[code].status === status);
    return [
      componentName(status),
      {
        description: own.map((code) => `\`${code}\`: ${requestErrors[code].title}`).join('; '),
        headers: headersOf(headers[status] ?? []),
        content: {
          [problemType]: {
            schema: ref('schemas', 'Problem'),
            examples: Object.fromEntries(own.map((code) => [code, { value: example(code) }])),
          },
        },
      },
    ];
  }),
);

/** The error statuses that any route may answer with; limited routes answer with 429 as well. */
const always = [400, 406, 408, 414, 431, 500, 503];
const limited = [...always, 429];

/** References to the problem responses of these statuses and of those that are always possible, by status. */
export function problems(...more: readonly number[]): JsonObject {
  return referencesTo([...limited, ...more]);
}

/** The problems of a route without a rate limit. */
export function unlimitedProblems(): JsonObject {
  return referencesTo(always);
}

function referencesTo(some: readonly number[]): JsonObject {
  const all = [...new Set(some)].toSorted((a, b) => a - b);
  return Object.fromEntries(all.map((status) => [String(status), ref('responses', componentName(status))]));
}

function example(code: RequestErrorCode): JsonObject {
  return {
    type: `/errors/${code}`,
    title: requestErrors[code].title,
    status: requestErrors[code].status,
    code,
    detail: requestErrors[code].title,
    instance: '/v1/things',
    requestId: 'Xk3vQ9aL0bTe-1f',
    ...details[code],
  };
}

const text = { type: 'string' };
const index = { type: 'integer', minimum: 0 };

/** RFC 9457, with the members of ours. */
export const problemSchemas: JsonObject = {
  Problem: {
    type: 'object',
    description: 'Every error, from any layer (RFC 9457). `type` leads to a page that explains it.',
    properties: {
      type: { ...text, format: 'uri-reference' },
      title: { ...text, description: 'The same for every occurrence of the code' },
      status: { type: 'integer', enum: statuses },
      code: { ...text, enum: codes },
      detail: {
        ...text,
        description: 'About this occurrence; the title again where there is no more to say',
      },
      instance: { ...text, description: 'The path of the request' },
      requestId: { ...text, description: 'As in the header X-Request-Id and in the log' },
      errors: { type: 'array', items: ref('schemas', 'FieldError') },
      parameter: { ...text, description: 'The query parameter that is at fault' },
      position: { ...index, description: 'Where in that parameter, or in the body, from 0 in UTF-16 units' },
      operation: { ...index, description: 'Which operation of a batch failed, from 0' },
      parts: { ...ref('schemas', 'HealthParts'), description: 'Of a readiness check' },
    },
    required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
    additionalProperties: false,
  },
  FieldError: {
    type: 'object',
    description: 'One failing place of a request body',
    properties: {
      pointer: { ...text, description: 'JSON Pointer (RFC 6901) into the body' },
      code: { ...text, description: 'The keyword or reason' },
      detail: text,
    },
    required: ['pointer', 'code', 'detail'],
    additionalProperties: false,
  },
};
