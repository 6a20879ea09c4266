import { jsonSchemas } from '#domain/collections/json-schemas.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { Collection, Model } from '#domain/collections/model.ts';
import { authPaths, authSchemas } from './auth-paths.ts';
import { collectionPaths, schemaPrefix } from './collection-paths.ts';
import { headers, parameters } from './parameters.ts';
import { ref, type JsonObject } from './builders.ts';
import { problemResponses, problemSchemas } from './problems.ts';
import { servicePaths, serviceSchemas } from './service-paths.ts';

export interface OpenApiOptions {
  /** Where clients reach the service, without a slash at its end; else the document's own host. */
  readonly publicUrl?: string | undefined;
  readonly version: string;
}

export interface OpenApiSource {
  /** The document for a model, as JSON in UTF-8. */
  documentFor(model: Model): Buffer;
}

/** Makes the document once for each model: a model never changes, and a schema change brings a new one. */
export function createOpenApiSource(options: OpenApiOptions): OpenApiSource {
  let latest: { readonly model: Model; readonly document: Buffer } | undefined;
  return {
    documentFor(model) {
      if (latest?.model !== model) {
        latest = { model, document: Buffer.from(JSON.stringify(openApiDocument(model, options))) };
      }
      return latest.document;
    },
  };
}

/** OpenAPI 3.1 of everything the service answers to, with the collections of the model. */
export function openApiDocument(model: Model, { publicUrl, version }: OpenApiOptions): JsonObject {
  const collections = [...model.collections.values()];
  const users = model.collections.get(usersName);
  const paths = {
    ...authPaths,
    ...Object.assign({}, ...collections.map(collectionPaths)),
    ...servicePaths,
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plinth',
      version,
      description:
        'Structured data as records in collections. Sign in, send the access token as a bearer token, and the rules of each ' +
        'collection decide what you see and change. Every error is a problem document (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl ?? '/' }],
    tags: [
      { name: 'auth', description: 'Registering, signing in, sessions' },
      ...collections.map(tagOf),
      { name: 'service', description: 'Batches, health, this document' },
    ],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: '`accessToken` of `POST /auth/login`',
        },
      },
      parameters: usedIn(paths, 'parameters', parameters),
      headers: usedIn({ paths, problemResponses }, 'headers', headers),
      responses: usedIn(paths, 'responses', problemResponses),
      schemas: {
        ...Object.assign({}, ...collections.map(schemasOf)),
        ...(users === undefined ? {} : authSchemas(users)),
        ...serviceSchemas,
        ...problemSchemas,
      },
    },
  };
}

/** Those components that something refers to: a search parameter, say, needs a collection with search. */
function usedIn(
  document: JsonObject,
  kind: 'parameters' | 'responses' | 'headers',
  components: JsonObject,
): JsonObject {
  const text = JSON.stringify(document);
  const isUsed = ([name]: readonly [string, unknown]) => text.includes(`"#/components/${kind}/${name}"`);
  return Object.fromEntries(Object.entries(components).filter(isUsed));
}

function tagOf({ name, definition }: Collection): JsonObject {
  return { name, description: definition.description ?? `The collection ${name}` };
}

function schemasOf(collection: Collection): JsonObject {
  const prefix = schemaPrefix(collection.name);
  const { record, create, patch } = jsonSchemas(collection, (target) =>
    ref('schemas', `${schemaPrefix(target)}Record`),
  );
  return {
    [`${prefix}Record`]: record,
    [`${prefix}Create`]: create,
    [`${prefix}Patch`]: patch,
    [`${prefix}Page`]: pageOf(ref('schemas', `${prefix}Record`)),
  };
}

function pageOf(record: JsonObject): JsonObject {
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: record },
      page: {
        type: 'object',
        properties: {
          limit: { type: 'integer' },
          next: { type: ['string', 'null'], description: '`cursor` of the next page, null on the last' },
        },
        required: ['limit', 'next'],
        additionalProperties: false,
      },
      total: { type: 'integer', minimum: 0, description: 'With `count=exact` only' },
    },
    required: ['data', 'page'],
    additionalProperties: false,
  };
}
