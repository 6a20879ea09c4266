import type { Database, Reader, RecordsRepository, Transaction } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';
import { readAccessOf, type ReadAccess } from '#domain/access/read-access.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { ListOperation, ReadOperation, WriteOperation } from '#domain/operations.ts';
import type { Cursors } from '#domain/query/cursor.ts';
import type { Dependencies } from '#domain/query/dependencies.ts';
import type { ListQuery, RecordQuery } from '#domain/query/list-query.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { Following } from '#services/collections/index.ts';
import type { CompiledCollection, CompiledCollections } from './compiled-collections.ts';
import type { WaitingClient } from './demand.ts';
import type { ListResult, RecordResult } from './result.ts';
import type { WriteScope, WriteTransactions } from './transactions.ts';

/** The dependencies of this room: one for each service. */
export interface RecordsContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursors: Cursors;
  readonly stored: RecordsRepository;
  readonly collections: CompiledCollections;
  readonly transactions: WriteTransactions;
  readonly following: Following;
}

/** A read whose collection is found and whose parameters are parsed; the database has not been asked yet. */
export interface PreparedRead {
  readonly operation: ListOperation | ReadOperation;
  readonly principal: Principal;
  /** Seconds for which the collection lets results be cached; undefined for a collection without `cache`. */
  readonly maxAge: number | undefined;
  /** The data that the result is made from. */
  readonly dependencies: () => Dependencies;
  readonly run: () => Promise<ListResult | RecordResult>;
}

/** Answers a read by running it, or with a result that it has kept. */
export type ReadThrough = (read: PreparedRead) => Promise<ListResult | RecordResult>;

/** The principal of an execution, and its circumstances. */
export interface ExecuteOptions {
  readonly principal: Principal;
  readonly client?: WaitingClient | undefined;
  /** Reads go through it; they ask the database where it is left out. */
  readonly readThrough?: ReadThrough | undefined;
  /** The transaction that the operation belongs to; one of its own is committed where it is left out. */
  readonly within?: WriteScope;
  /** The create rule has been decided already: registration. */
  readonly isAuthorised?: true;
  /** For imports: properties that clients cannot change are taken from the body as well. System properties are not. */
  readonly readOnly?: 'writable';
}

interface Understood {
  readonly context: RecordsContext;
  readonly options: ExecuteOptions;
  readonly compiled: CompiledCollection;
  readonly dependencies: () => Dependencies;
}

export interface ListExecution extends Understood {
  readonly kind: 'list';
  readonly operation: ListOperation;
  readonly query: ListQuery;
}

export interface ReadExecution extends Understood {
  readonly kind: 'read';
  readonly operation: ReadOperation;
  readonly query: RecordQuery;
}

export interface WriteExecution extends Understood {
  readonly kind: 'write';
  readonly operation: WriteOperation;
  readonly query: RecordQuery;
}

/** An operation that is understood: its collection is found, its parameters are parsed. */
export type Execution = ListExecution | ReadExecution | WriteExecution;

/** An execution at one moment, with its reader: on committed data or within a transaction. */
export interface ReadContext {
  readonly context: RecordsContext;
  readonly compiled: CompiledCollection;
  readonly principal: Principal;
  readonly reader: Reader;
  readonly now: Date;
  readonly access: ReadAccess;
}

/** The same for a write. */
export interface WriteContext extends ReadContext {
  readonly options: ExecuteOptions;
  readonly within: WriteScope;
  readonly transaction: Transaction;
}

/** The record before a write and after it: a new one, a changed one, or none any more. */
export type Written =
  | { readonly before: undefined; readonly after: StoredRecord }
  | { readonly before: StoredRecord; readonly after: StoredRecord }
  | { readonly before: StoredRecord; readonly after: undefined };

/** The same, for an operation that leaves no record behind, or one that does. */
export type WrittenBy<Asked extends WriteOperation> = Written & {
  readonly after: Asked extends { readonly kind: 'delete' } ? undefined : StoredRecord;
};

export function readContextOf({ context, compiled, options }: Execution, reader: Reader): ReadContext {
  const { principal } = options;
  const now = context.clock.now();
  return { context, compiled, principal, reader, now, access: readAccessOf(compiled.model, principal, now) };
}

export function writeContextOf(execution: WriteExecution, within: WriteScope): WriteContext {
  const { transaction } = within;
  return { ...readContextOf(execution, transaction), options: execution.options, within, transaction };
}
