import type { Transaction } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { RuleName } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import type { Precondition } from '#domain/preconditions/precondition.ts';
import type { Dependencies } from '#domain/query/dependencies.ts';

/** A record as a caller may see it: private and writeOnly properties out, `fields` and `expand` applied. */
export type PresentedRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** Raw query parameters, each at most once; the door refuses duplicates before. */
export type QueryParameters = ReadonlyMap<string, string>;

export interface ListResult {
  readonly data: readonly PresentedRecord[];
  readonly page: { readonly limit: number; readonly next: string | null };
  readonly total?: number;
}

/** `version` is for the ETag, whatever `fields` leaves out. */
export interface RecordResult {
  readonly record: PresentedRecord;
  readonly id: string;
  readonly version: number;
}

/** A question that is understood, and not asked yet. */
export interface PreparedRead<Answer> {
  readonly reach: () => Dependencies;
  readonly run: () => Promise<Answer>;
}

export interface ReplaceResult extends RecordResult {
  readonly created: boolean;
}

export interface Operation {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET';
  readonly path: string;
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BatchItemResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface BatchResult {
  readonly results: readonly BatchItemResult[];
}

/**
 * Ties a write to the request that asked for it, for when that is sent again (services/idempotency). Both calls are
 * made within the transaction of the write, which may be run more than once; what they throw gives the transaction up.
 */
export interface IdempotencyRecord<Answer> {
  /** Before anything else. */
  claim(transaction: Transaction): Promise<void>;
  /** With the answer, before the commit. */
  store(transaction: Transaction, answer: Answer): Promise<void>;
}

/** What comes with a write besides its body. */
export interface WriteRequest<Answer> {
  /** `unconditional` from a client that sent none; left out by those who are not clients. */
  readonly precondition?: Precondition;
  readonly idempotency?: IdempotencyRecord<Answer>;
}

/** A record that this process has changed or removed; not those that the database removed along with it. */
export interface RecordChange {
  readonly collection: string;
  readonly id: string;
  readonly removed: boolean;
}

/** Everything that is done with records, under the caller's rules. Throws Problem. */
export interface RecordsService {
  list(principal: Principal, collection: string, query: QueryParameters): Promise<ListResult>;
  read(principal: Principal, collection: string, id: string, query: QueryParameters): Promise<RecordResult>;
  /** `list` and `read` for those who want to know first what an answer is made from. Throw what is wrong with a query. */
  readonly prepare: {
    list(principal: Principal, collection: string, query: QueryParameters): PreparedRead<ListResult>;
    read(
      principal: Principal,
      collection: string,
      id: string,
      query: QueryParameters,
    ): PreparedRead<RecordResult>;
  };
  create(
    principal: Principal,
    collection: string,
    body: unknown,
    query: QueryParameters,
    request?: WriteRequest<RecordResult>,
  ): Promise<RecordResult>;
  update(
    principal: Principal,
    collection: string,
    id: string,
    patch: unknown,
    query: QueryParameters,
    request?: WriteRequest<RecordResult>,
  ): Promise<RecordResult>;
  replace(
    principal: Principal,
    collection: string,
    id: string,
    body: unknown,
    query: QueryParameters,
    request?: WriteRequest<ReplaceResult>,
  ): Promise<ReplaceResult>;
  remove(principal: Principal, collection: string, id: string, request?: WriteRequest<void>): Promise<void>;
  /** The conditions of a batch are in the headers of its operations. */
  batch(principal: Principal, body: unknown, request?: WriteRequest<BatchResult>): Promise<BatchResult>;
  /**
   * What is wrong with a body as far as the definition alone tells: all that `create` (or `update`, of a merge patch)
   * would answer with `validation_failed`. So that registration can report it together with its own members.
   */
  check(
    principal: Principal,
    collection: string,
    body: unknown,
    operation: 'create' | 'update',
  ): readonly FieldError[];
  /** Calls `observer` after each commit of this service, once for each record it changed or removed. */
  observe(observer: (change: RecordChange) => void): void;
  /** The same writes inside a transaction that somebody else commits: import, registration, batch. */
  readonly within: RecordWriter;
}

export interface RecordWriter {
  /** Validates, fills defaults, checks the create rule (unless `skipRule`), writes. `id` for a chosen one. */
  create(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<StoredRecord>;
  update(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    patch: unknown,
    options?: WriteOptions,
  ): Promise<StoredRecord>;
  replace(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<{ record: StoredRecord; created: boolean }>;
  remove(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    options?: WriteOptions,
  ): Promise<void>;
  /** What a caller gets to see of a stored record. */
  present(principal: Principal, collection: string, record: StoredRecord): PresentedRecord;
}

export interface WriteOptions {
  /** The id of a new record; one is made when it is left out. */
  readonly id?: string;
  /** Somebody above has decided already (registration, the command line). */
  readonly skipRule?: RuleName | true;
  /** Looks for every conflict before writing: a database tells one, and PostgreSQL ends the transaction with it. */
  readonly findAllConflicts?: boolean;
  /** Looked at once the record is found and may be written: 412, or 428 where the collection wants If-Match. */
  readonly precondition?: Precondition;
  /** For imports: what clients cannot change is taken from the body all the same. System properties stay as they are. */
  readonly readOnly?: 'writable';
}
