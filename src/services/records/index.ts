import { createRecordsRepository, type Database } from '#data/index.ts';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import type { WriteOperation } from '#domain/operations.ts';
import { createCursors } from '#domain/query/cursor.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import { CompiledCollections } from './compiled-collections.ts';
import { writeContextOf, type ExecuteOptions, type RecordsContext, type WrittenBy } from './context.ts';
import type { Beneficiary } from './demand.ts';
import { createExecute, type Execute } from './execute.ts';
import type { PresentedRecord } from './result.ts';
import { WriteTransactions, type WriteScope } from './transactions.ts';
import { understand } from './understand.ts';
import { write } from './write.ts';

export { pointerTo, report, validationFailed } from './field-errors.ts';
export * from './result.ts';
export type { ExecuteOptions, PreparedRead, ReadThrough } from './context.ts';
export type { Execute } from './execute.ts';
export type { Beneficiary, WaitingClient } from './demand.ts';
export type { WriteScope } from './transactions.ts';

export interface RecordsOptions {
  readonly database: Database;
  /** The source of the model in force. */
  readonly collections: Pick<CollectionsService, 'current' | 'revision' | 'following'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorSecret: string | Uint8Array;
}

/** Everything that is done with records, under the rules of their principal. Throws Problem. */
export interface RecordsService {
  readonly execute: Execute;
  /**
   * Executes a write within a transaction of the caller, and returns the stored record instead of the one that the
   * principal may see: for import, registration and the administration of users.
   */
  write<Asked extends WriteOperation>(
    operation: Asked,
    options: ExecuteOptions & { readonly within: WriteScope },
  ): Promise<WrittenBy<Asked>>;
  /**
   * Commits the writes of `work` for a beneficiary. Work that conflicts with stored records runs once more, to report
   * every conflict, so it must have no effects but on the database.
   */
  transact<Done>(whom: Beneficiary, work: (within: WriteScope) => Promise<Done>): Promise<Done>;
  /** A stored record as a principal may see it. */
  present(principal: Principal, collection: string, record: StoredRecord): PresentedRecord;
  /**
   * Everything that is wrong with a body as far as the definition alone tells: the errors with which `create`, or
   * `update` by a merge patch, would throw `validation_failed`. So that registration can add those of its own members.
   */
  check(
    principal: Principal,
    collection: string,
    body: unknown,
    kind: 'create' | 'update',
  ): readonly FieldError[];
}

/** One per process. */
export function createRecords(options: RecordsOptions): RecordsService {
  const { database, clock, ids } = options;
  const { following } = options.collections;
  const collections = new CompiledCollections(() => options.collections.current());
  const transactions = new WriteTransactions({
    database,
    collections,
    revision: () => options.collections.revision(),
  });
  const context: RecordsContext = {
    database,
    clock,
    ids,
    cursors: createCursors(options.cursorSecret),
    stored: createRecordsRepository(database),
    collections,
    transactions,
    following,
  };
  return {
    execute: createExecute(context),
    async write<Asked extends WriteOperation>(
      operation: Asked,
      within: ExecuteOptions & { readonly within: WriteScope },
    ) {
      const execution = understand<WriteOperation>(context, operation, within);
      return (await write(operation, writeContextOf(execution, within.within))) as WrittenBy<Asked>;
    },
    transact: following<[Beneficiary, (within: WriteScope) => Promise<unknown>], unknown>(
      transactions.run.bind(transactions),
      () => false,
    ) as RecordsService['transact'],
    present: (principal, name, record) => collections.get(name).present(record, bypassesRules(principal)),
    check: (principal, name, body, kind) => collections.get(name).bodies.check(body, principal, kind),
  };
}
