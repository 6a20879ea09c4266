import { isCreatable } from '#domain/collections/built-in/users.ts';
import type { Collection } from '#domain/collections/model.ts';
import { bodyExample, patchExample } from './examples.ts';
import { parameters } from './parameters.ts';
import {
  response,
  anyCaller,
  body,
  emptyResponse,
  jsonType,
  ref,
  type JsonObject,
  type OpenApiOperation,
  type OpenApiPath,
} from './builders.ts';
import { problems } from './problems.ts';

const mergePatch = 'application/merge-patch+json';

/** `tasks` → `Tasks`: unlike for unlike names, since names begin with a small letter. */
export function schemaPrefix(collection: string): string {
  return `${collection.slice(0, 1).toUpperCase()}${collection.slice(1)}`;
}

/** The paths of one collection. `users` has no POST: people register. */
export function collectionPaths(collection: Collection): Readonly<Record<string, OpenApiPath>> {
  const { name } = collection;
  const operations = new CollectionOperations(collection);
  return {
    [`/v1/${name}`]: { get: operations.list(), ...(isCreatable(name) && { post: operations.create() }) },
    [`/v1/${name}/{id}`]: {
      parameters: [ref('parameters', 'id')],
      get: operations.read(),
      patch: operations.update(),
      put: operations.replace(),
      delete: operations.remove(),
    },
  };
}

const idempotencyKey = ref('parameters', 'idempotencyKey');
const ifMatch = ref('parameters', 'ifMatch');
const ifNoneMatch = ref('parameters', 'ifNoneMatch');
const replayed = 'Idempotency-Replayed';

const selection = [ref('parameters', 'fields'), ref('parameters', 'expand')];

class CollectionOperations {
  readonly #name: string;
  readonly #collection: Collection;
  readonly #record: JsonObject;

  constructor(collection: Collection) {
    this.#name = collection.name;
    this.#collection = collection;
    this.#record = ref('schemas', `${schemaPrefix(collection.name)}Record`);
  }

  list(): OpenApiOperation {
    const { search } = this.#collection;
    return this.#operation('List', 'Find records', {
      parameters: [
        ...['filter', 'sort', 'limit', 'cursor'].map((parameter) => ref('parameters', parameter)),
        ...selection,
        ...(search.length === 0 ? [] : [ref('parameters', 'q')]),
        ref('parameters', 'count'),
      ],
      responses: {
        200: response('A page of records', ref('schemas', `${schemaPrefix(this.#name)}Page`), [
          'Link',
          ...this.#caching(),
        ]),
        ...problems(401),
      },
    });
  }

  create(): OpenApiOperation {
    return this.#operation('Create', 'Create a record', {
      parameters: [...selection, idempotencyKey],
      requestBody: this.#body('Create', bodyExample(this.#collection)),
      responses: { 201: this.#created(), ...problems(401, 403, 409, 413, 415, 422) },
    });
  }

  read(): OpenApiOperation {
    return this.#operation('Read', 'Read a record', {
      parameters: [...selection, ifMatch, ifNoneMatch],
      responses: {
        200: response('The record', this.#record, ['ETag', ...this.#caching()]),
        304: emptyResponse('It is in a version that If-None-Match names', ['ETag', ...this.#caching()]),
        ...problems(401, 404, 412),
      },
    });
  }

  update(): OpenApiOperation {
    return this.#operation('Update', 'Change some properties of a record', {
      description: 'JSON Merge Patch (RFC 7396): null takes a value away.',
      parameters: [...selection, this.#ifMatch(), idempotencyKey],
      requestBody: this.#body('Patch', patchExample(this.#collection), [jsonType, mergePatch]),
      responses: {
        200: response('The record as it is now', this.#record, ['ETag', replayed]),
        ...problems(401, 403, 404, 409, 412, 413, 415, 422, ...this.#whenRequired()),
      },
    });
  }

  replace(): OpenApiOperation {
    return this.#operation('Replace', 'Replace a record, or create one under this id', {
      parameters: [...selection, ifMatch, ifNoneMatch, idempotencyKey],
      requestBody: this.#body('Create', bodyExample(this.#collection)),
      responses: {
        200: response('The record as it is now', this.#record, ['ETag', replayed]),
        201: this.#created(),
        ...problems(401, 403, 404, 409, 412, 413, 415, 422, ...this.#whenRequired()),
        ...(isCreatable(this.#name) ? {} : problems(405)),
      },
    });
  }

  remove(): OpenApiOperation {
    return this.#operation('Delete', 'Delete a record', {
      parameters: [this.#ifMatch(), idempotencyKey],
      responses: {
        204: emptyResponse('It is gone', [replayed]),
        ...problems(401, 403, 404, 409, 412, 422, ...this.#whenRequired()),
      },
    });
  }

  /** A collection may want it of every change. */
  #ifMatch(): JsonObject {
    const { requireIfMatch = false } = this.#collection.definition;
    return requireIfMatch ? { ...(parameters.ifMatch as JsonObject), required: true } : ifMatch;
  }

  #caching(): readonly string[] {
    return this.#collection.definition.cache === undefined ? [] : ['Cache-Status'];
  }

  #whenRequired(): readonly number[] {
    return this.#collection.definition.requireIfMatch === true ? [428] : [];
  }

  #operation(
    verb: string,
    summary: string,
    rest: Omit<OpenApiOperation, 'operationId' | 'summary' | 'tags'>,
  ): OpenApiOperation {
    return {
      operationId: `${this.#name}${verb}`,
      summary,
      tags: [this.#name],
      security: anyCaller,
      ...rest,
    };
  }

  #body(suffix: 'Create' | 'Patch', example: JsonObject, types?: readonly string[]): JsonObject {
    return body(ref('schemas', `${schemaPrefix(this.#name)}${suffix}`), example, types);
  }

  #created(): JsonObject {
    return response('The record that was created', this.#record, ['ETag', 'Location', replayed]);
  }
}
