import type { Compilable, SelectQueryBuilder } from 'kysely';
import type { Change, ChangeKind, Position } from '#domain/changes.ts';
import type { Collection, RecordValue, StoredRecord } from '#domain/collections/model.ts';
import { digitsOf } from '#domain/json/digits.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { AnyTables, Database, Dialect, Reader, Transaction } from '../database.ts';
import { changedBy, type CommittedChanges } from './commits.ts';

export interface ChangesQuery {
  /** The position of the last entry that was read, or one where the log ended. */
  readonly after: Position;
  readonly limit: number;
  /** Entries of others are left out, and those written before a collection had its name. */
  readonly collections: readonly Collection[];
}

export interface ChangesPage {
  readonly changes: readonly Change[];
  /** Where to go on. Beyond the last of the changes when there is nothing more up to there. */
  readonly next: Position;
}

export interface ChangedPage {
  readonly changed: CommittedChanges;
  readonly next: Position;
  /** Nothing more is in the log. */
  readonly isLast: boolean;
}

export interface PruneOptions {
  /** RFC 3339 in UTC with milliseconds. */
  readonly before: string;
  readonly limit: number;
}

/** The change log: every change of a record, in the order of commits. Filled by triggers (schema/triggers.ts). */
export interface ChangesRepository {
  /** The end of the log. The entries of a commit until now lie before it, or will lie after it, but never both. */
  position(reader: Reader): Promise<Position>;
  /**
   * The entries after a position. Undefined when the log does not reach back to it, or is another one: then everything
   * read before is outdated. To be called on committed data (`Database.read`).
   */
  read(reader: Reader, query: ChangesQuery): Promise<ChangesPage | undefined>;
  /** Which records these entries are about, of whichever collection. Costs one look-up when there are none. */
  changedSince(reader: Reader, query: Omit<ChangesQuery, 'collections'>): Promise<ChangedPage | undefined>;
  /** Removes up to `limit` of the oldest entries that are older than a time, never the newest; how many there were. */
  prune(transaction: Transaction, options: PruneOptions): Promise<number>;
}

interface Row {
  readonly seq: number;
  readonly at: unknown;
  readonly collection: string;
  readonly record: string;
  readonly kind: ChangeKind;
  readonly version: number;
  readonly actor: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

interface State {
  readonly epoch: string;
  readonly prunedTo: number;
}

const table = '_plinth_changes';
const stateTable = '_plinth_changes_state';
const columns = ['seq', 'at', 'collection', 'record', 'kind', 'version', 'actor', 'before', 'after'] as const;

export function createChangesRepository(database: Database): ChangesRepository {
  return {
    async position(reader) {
      const end = await seqOf(reader, database, 'completeTo');
      return positionOf((await stateOf(reader, database)).epoch, end);
    },
    read: (reader, query) => read(reader, database, query),
    changedSince: (reader, query) => changedSince(reader, database, query),
    prune: (transaction, options) => prune(transaction, database, options),
  };
}

async function read(
  reader: Reader,
  database: Database,
  { after, limit, collections }: ChangesQuery,
): Promise<ChangesPage | undefined> {
  const known = new Map(collections.map((collection) => [collection.name, collection]));
  const entries = await entriesAfter<Row>(reader, database, after, (from) =>
    from
      .select(columns)
      .where('collection', 'in', [...known.keys()])
      .limit(limit),
  );
  if (entries === undefined) return undefined;
  const { rows, epoch, end } = entries;
  const changes = rows.map((row) =>
    changeOf(row, epoch, known.get(row.collection) as Collection, database.dialect),
  );
  const last = rows.length < limit ? undefined : changes.at(-1);
  return { changes, next: last?.position ?? end };
}

async function changedSince(
  reader: Reader,
  database: Database,
  { after, limit }: Omit<ChangesQuery, 'collections'>,
): Promise<ChangedPage | undefined> {
  const nothingNew = { changed: changedBy([]), next: after, isLast: true };
  if (parsePosition(after)?.seq === (await seqOf(reader, database, 'last'))) return nothingNew;
  const entries = await entriesAfter<Pick<Row, 'seq' | 'collection' | 'record'>>(
    reader,
    database,
    after,
    (from) => from.select(['seq', 'collection', 'record']).limit(limit),
  );
  if (entries === undefined) return undefined;
  const { rows, epoch, end } = entries;
  const last = rows.length < limit ? undefined : rows.at(-1);
  const next = last === undefined ? end : positionOf(epoch, last.seq);
  return { changed: changedBy(rows), next, isLast: last === undefined };
}

/** The entries after a position, as `narrow` selects them, and the end of the log. Undefined when it is out of reach. */
async function entriesAfter<Entry>(
  reader: Reader,
  database: Database,
  after: Position,
  narrow: (from: SelectQueryBuilder<AnyTables, string, AnyTables>) => Compilable<Entry>,
): Promise<{ rows: Entry[]; epoch: string; end: Position } | undefined> {
  const from = parsePosition(after);
  if (from === undefined) return undefined;
  // The end is read first, then the entries: the other way round, commits in between would be passed over.
  const end = await seqOf(reader, database, 'completeTo');
  const all = database.build.selectFrom(table).where('seq', '>', from.seq).where('seq', '<=', end);
  const rows = await reader.all<Entry>(narrow(all.orderBy('seq')).compile());
  // The state is read afterwards: entries that were pruned meanwhile would be missing.
  const { epoch, prunedTo } = await stateOf(reader, database);
  if (from.epoch !== epoch || from.seq < prunedTo) return undefined;
  // A transaction that has just begun to write may set the end back for a while.
  if (from.seq > end && from.seq > (await seqOf(reader, database, 'last'))) return undefined;
  return { rows, epoch, end: positionOf(epoch, Math.max(end, from.seq)) };
}

async function prune(
  transaction: Transaction,
  database: Database,
  { before, limit }: PruneOptions,
): Promise<number> {
  const { build } = database;
  const end = await seqOf(transaction, database, 'completeTo');
  const { prunedTo } = await stateOf(transaction, database);
  const oldest = await transaction.all<{ seq: number; at: unknown }>(
    build
      .selectFrom(table)
      .select(['seq', 'at'])
      .where('seq', '>', prunedTo)
      // The newest stays: on SQLite the next one gets its number from it.
      .where('seq', '<', end)
      .orderBy('seq')
      .limit(limit)
      .compile(),
  );
  const isOld = ({ at }: { at: unknown }) =>
    (database.dialect.fromColumn({ kind: 'timestamp' }, at) as string) < before;
  const firstKept = oldest.findIndex((row) => !isOld(row));
  const old = firstKept < 0 ? oldest : oldest.slice(0, firstKept);
  const last = old.at(-1);
  if (last === undefined) return 0;
  // Another process may have got further meanwhile.
  const state = build.updateTable(stateTable).where('prunedTo', '<', last.seq);
  await transaction.run(state.set({ prunedTo: last.seq }).compile());
  await transaction.run(build.deleteFrom(table).where('seq', '<=', last.seq).compile());
  return old.length;
}

async function stateOf(reader: Reader, { build }: Database): Promise<State> {
  const [state] = await reader.all<State>(
    build.selectFrom(stateTable).select(['epoch', 'prunedTo']).compile(),
  );
  if (state === undefined) throw new Error(`${stateTable} has no row`);
  return state;
}

async function seqOf(
  reader: Reader,
  { dialect }: Database,
  which: keyof Dialect['changes'],
): Promise<number> {
  const [row] = await reader.all<{ seq: number }>({ sql: dialect.changes[which], parameters: [] });
  return row?.seq ?? 0;
}

function changeOf(row: Row, epoch: string, collection: Collection, dialect: Dialect): Change {
  const { seq, at, record: id, before, after, ...rest } = row;
  return {
    ...rest,
    position: positionOf(epoch, seq),
    at: dialect.fromColumn({ kind: 'timestamp' }, at) as string,
    id,
    before: recordOf(collection, dialect.fromColumn({ kind: 'json' }, before), dialect),
    after: recordOf(collection, dialect.fromColumn({ kind: 'json' }, after), dialect),
  };
}

const positionPattern = /^([0-9a-f]{12})\.(\d{1,15})$/;

function positionOf(epoch: string, seq: number): Position {
  return `${epoch}.${seq}` as Position;
}

function parsePosition(position: Position): { epoch: string; seq: number } | undefined {
  const [, epoch, seq] = positionPattern.exec(position) ?? [];
  return epoch === undefined ? undefined : { epoch, seq: Number(seq) };
}

/** The record in the JSON that a trigger wrote, with the properties that the collection has now. */
function recordOf(collection: Collection, written: unknown, dialect: Dialect): StoredRecord | null {
  if (written === null) return null;
  const values = new Map(Object.entries(written as Record<string, JsonValue>));
  const record: Record<string, RecordValue> = {};
  for (const property of collection.properties.values()) {
    const { name, kind } = property;
    const digits = kinds[kind].readsDigits ? digitsOf(written as object, name) : undefined;
    record[name] = dialect.fromJson(property, digits ?? values.get(name) ?? null);
  }
  return record as StoredRecord;
}
