import {
  response,
  anyCaller,
  body,
  jsonType,
  nobody,
  ref,
  type JsonObject,
  type OpenApiPath,
} from './builders.ts';
import { problems, unlimitedProblems } from './problems.ts';

const tags = ['service'];
const text = { type: 'string' };

/** Everything that is not a collection and not about signing in. */
export const servicePaths: Readonly<Record<string, OpenApiPath>> = {
  '/batch': {
    post: {
      operationId: 'batch',
      summary: 'Many operations in one transaction, all or nothing',
      description:
        'Each runs under its own rules. A text of the form `$0.id` in a path or a body is a property of an earlier result. ' +
        'The first operation that fails fails the batch, with its own problem, `operation` and pointers into this body.',
      parameters: [ref('parameters', 'idempotencyKey')],
      tags,
      security: anyCaller,
      requestBody: body(ref('schemas', 'Batch'), { operations: [{ method: 'GET', path: '/v1/users' }] }),
      responses: {
        200: response('What each operation answers, in order', ref('schemas', 'BatchAnswer'), [
          'Idempotency-Replayed',
        ]),
        ...problems(401, 403, 404, 405, 409, 412, 413, 415, 422, 428),
      },
    },
  },
  '/health/live': {
    get: {
      operationId: 'healthLive',
      summary: 'Whether the process answers',
      tags,
      security: nobody,
      responses: { 200: response('It does', ref('schemas', 'Alive')), ...unlimitedProblems() },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'healthReady',
      summary: 'Whether requests can be served, part by part',
      tags,
      security: nobody,
      responses: { 200: response('They can', ref('schemas', 'Health')), ...unlimitedProblems() },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      summary: 'This document, with the collections in force',
      tags,
      security: nobody,
      responses: { 200: response('OpenAPI 3.1', { type: 'object' }), ...problems() },
    },
  },
  '/errors/{code}': {
    parameters: [ref('parameters', 'errorCode')],
    get: {
      operationId: 'explainError',
      summary: 'What an error means and what to do',
      description: 'HTML for those who do not ask for JSON.',
      tags,
      security: nobody,
      responses: {
        200: {
          ...response('The explanation', ref('schemas', 'ErrorCode')),
          content: {
            'text/html': { schema: text },
            [jsonType]: { schema: ref('schemas', 'ErrorCode') },
          },
        },
        ...problems(404),
      },
    },
  },
};

const part = {
  type: 'object',
  properties: { status: { ...text, enum: ['ok', 'degraded', 'down'] } },
  required: ['status'],
  additionalProperties: false,
};

export const serviceSchemas: JsonObject = {
  Alive: {
    type: 'object',
    properties: { status: { ...text, const: 'ok' } },
    required: ['status'],
    additionalProperties: false,
  },
  Health: {
    type: 'object',
    properties: {
      status: { ...text, enum: ['ok', 'degraded'] },
      parts: ref('schemas', 'HealthParts'),
    },
    required: ['status', 'parts'],
    additionalProperties: false,
  },
  HealthParts: { type: 'object', additionalProperties: part },
  ErrorCode: {
    type: 'object',
    properties: {
      code: text,
      status: { type: 'integer' },
      title: text,
      help: { ...text, description: 'What it means, what to do; code is marked as in Markdown' },
    },
    required: ['code', 'status', 'title', 'help'],
    additionalProperties: false,
  },
  Batch: {
    type: 'object',
    properties: {
      operations: { type: 'array', items: ref('schemas', 'Operation'), minItems: 1, maxItems: 100 },
    },
    required: ['operations'],
    additionalProperties: false,
  },
  Operation: {
    type: 'object',
    properties: {
      method: { ...text, enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
      path: { ...text, description: 'As in a request of its own, with its query' },
      body: { description: 'As in a request of its own' },
      headers: {
        type: 'object',
        description: 'If-Match and If-None-Match, as in a request of its own',
        additionalProperties: text,
      },
    },
    required: ['method', 'path'],
    additionalProperties: false,
  },
  BatchAnswer: {
    type: 'object',
    properties: { results: { type: 'array', items: ref('schemas', 'OperationAnswer') } },
    required: ['results'],
    additionalProperties: false,
  },
  OperationAnswer: {
    type: 'object',
    properties: {
      status: { type: 'integer' },
      headers: { type: 'object', additionalProperties: text },
      body: { description: 'As in an answer of its own, null where that has none' },
    },
    required: ['status', 'headers', 'body'],
    additionalProperties: false,
  },
};
