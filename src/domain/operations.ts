import type { Precondition } from './preconditions/precondition.ts';
import type { QueryParameters } from './query/query-string.ts';

/** One page of a collection. */
export interface ListOperation {
  readonly kind: 'list';
  readonly collection: string;
  readonly query?: QueryParameters;
}

/** One record. An id that is no UUID is one that no record has. */
export interface ReadOperation {
  readonly kind: 'read';
  readonly collection: string;
  readonly id: string;
  readonly query?: QueryParameters;
  readonly precondition?: Precondition;
}

/** A new record. Without an `id` one is made for it. */
export interface CreateOperation {
  readonly kind: 'create';
  readonly collection: string;
  readonly id?: string;
  readonly body: unknown;
  readonly query?: QueryParameters;
}

/** `update`: a JSON Merge Patch (RFC 7396). `replace`: the whole record, which is created where there is none. */
export interface ChangeOperation {
  readonly kind: 'update' | 'replace';
  readonly collection: string;
  readonly id: string;
  readonly body: unknown;
  readonly query?: QueryParameters;
  readonly precondition?: Precondition;
}

export interface DeleteOperation {
  readonly kind: 'delete';
  readonly collection: string;
  readonly id: string;
  readonly precondition?: Precondition;
}

export type WriteOperation = CreateOperation | ChangeOperation | DeleteOperation;

/**
 * One operation on records, from any source: an HTTP request, an item of a batch, an import, Plinth itself. `query`
 * holds the parameters as they were sent, `body` the value that was sent; a collection's own parsers read both. A
 * `precondition` that is left out means that none was asked for; a client that sends no condition has an empty one.
 */
export type Operation = ListOperation | ReadOperation | WriteOperation;

/** Up to 100 operations that are executed together or not at all: the body as it was sent, as items refer to each other. */
export interface BatchOperation {
  readonly kind: 'batch';
  readonly body: unknown;
}
