import { sql, type RawBuilder } from 'kysely';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import type { CursorValues } from '#domain/query/cursor.ts';
import type { ListPlan, SelectionPlan } from '#domain/query/list-plan.ts';
import type { Database, Dialect, Reader } from '../database.ts';
import { conditionSql } from '../expressions/sql.ts';
import { countSql, isOwn, listKey, listSql, ownColumns, pageValues, sortColumn } from '../lists/list-sql.ts';
import { numberOf, recordAlias, selectionKey, selectionValues } from '../lists/selection.ts';
import { fill, Placeholder } from '../statements/template.ts';
import { progressMark } from '../statements/progress.ts';
import { pageLengthMax } from './page-length.ts';
import type { Row } from './record-rows.ts';
import { forNoKeyUpdate } from './records-lock.ts';
import type { RecordStatements, StatementsOf } from './record-statements.ts';

/** Which records a look-up may find: all, or those for which a specialised rule holds. */
export interface Condition {
  readonly rule: Expression | true;
  readonly bindings: Bindings;
}

export interface Page {
  /** As many as the plan's limit at most; fewer when they are large. */
  readonly records: readonly StoredRecord[];
  /** Where the next page begins; undefined on the last. */
  readonly next: CursorValues | undefined;
}

export interface LookUp extends Partial<Condition> {
  /** The record is changed in the same transaction: where the database has row locks, it is locked until the transaction ends. */
  readonly forChange?: boolean;
}

export interface RecordReader {
  find(
    reader: Reader,
    collection: Collection,
    id: string,
    options?: LookUp,
  ): Promise<StoredRecord | undefined>;
  /** Those of these ids that are there, in no order. */
  findMany(
    reader: Reader,
    collection: Collection,
    ids: readonly string[],
    condition: Condition,
  ): Promise<StoredRecord[]>;
  list(reader: Reader, plan: ListPlan): Promise<Page>;
  count(reader: Reader, plan: SelectionPlan): Promise<number>;
  /** How many records a collection has, `max` at most. Costs as many steps in an index. */
  countUpTo(reader: Reader, collection: string, max: number): Promise<number>;
}

export function createRecordReader({ dialect, build }: Database, statementsOf: StatementsOf): RecordReader {
  return {
    async find(reader, collection, id, { rule = true, bindings = unbound, forChange = false } = {}) {
      const statements = statementsOf(collection);
      const lock = forChange && dialect.locksRows;
      const statement =
        rule === true && !lock
          ? { sql: statements.findById.sql, parameters: [id] }
          : fill(
              statements.shape(`find/${ruleKey(rule)}/${lock}`, () => findSql(collection, rule, lock)),
              { id },
              bindings,
            );
      const [row] = await reader.all<Row>(statement);
      return row === undefined ? undefined : statements.rows.toRecord(row);
    },
    async findMany(reader, collection, ids, { rule, bindings }) {
      if (ids.length === 0) return [];
      const statements = statementsOf(collection);
      // Few sizes make few statements: the last id fills the remaining places.
      const places = Array.from({ length: 2 ** Math.ceil(Math.log2(ids.length)) }, (_, index) => index);
      const template = statements.shape(`many/${ruleKey(rule)}/${places.length}`, () => {
        const placeholders = sql.join(places.map((index) => sql`${new Placeholder(`id${index}`)}`));
        const mark = progressMark(dialect, recordAlias, 'row');
        return selectWhere(collection, sql`${mark}${idColumn} IN (${placeholders})`, rule, dialect);
      });
      const values = Object.fromEntries(places.map((index) => [`id${index}`, ids[index] ?? ids.at(-1)]));
      const statement = { ...fill(template, values, bindings), lengthMax: 2 * pageLengthMax };
      const rows = await reader.all<Row>(statement);
      if (statements.rowsOfPage(rows) < rows.length) throw tooLarge(collection);
      return rows.map((row) => statements.rows.toRecord(row));
    },
    async list(reader, plan) {
      const statements = statementsOf(plan.collection);
      const template = statements.shape(`list/${listKey(plan)}`, () => listSql(plan, dialect));
      const statement = fill(template, pageValues(plan, dialect), plan.access.bindings);
      const rows = await reader.all<Row>({ ...statement, lengthMax: 2 * pageLengthMax });
      return pageOf(plan, rows, statements, dialect);
    },
    async count(reader, plan) {
      const statements = statementsOf(plan.collection);
      const template = statements.shape(`count/${selectionKey(plan)}`, () => countSql(plan, dialect));
      const rows = await reader.all<{ total: number }>(
        fill(template, selectionValues(plan), plan.access.bindings),
      );
      return rows[0]?.total ?? 0;
    },
    async countUpTo(reader, collection, max) {
      const [row] = await reader.all<{ total: number }>(countUpToSql(collection, max).compile(build));
      return row?.total ?? 0;
    },
  };

  function findSql(collection: Collection, rule: Condition['rule'], lock: boolean): RawBuilder<unknown> {
    const locking = lock ? forNoKeyUpdate : sql``;
    return sql`${selectWhere(collection, sql`${idColumn} = ${new Placeholder('id')}`, rule, dialect)} ${locking}`;
  }
}

function pageOf(
  plan: ListPlan,
  rows: readonly Row[],
  { rows: mapper, rowsOfPage }: RecordStatements,
  dialect: Dialect,
): Page {
  const size = Math.min(plan.limit, rowsOfPage(rows));
  const records = rows.slice(0, size).map((row) => mapper.toRecord(row));
  const last = rows.length > size ? records.at(-1) : undefined;
  return { records, next: last && sortValues(plan, last, dialect) };
}

function countUpToSql(collection: string, max: number): RawBuilder<unknown> {
  const some = sql`SELECT 1 FROM ${sql.table(collection)} LIMIT ${sql.lit(max)}`;
  return sql`SELECT count(*) AS "total" FROM (${some}) AS "some"`;
}

/** Expanded records have no pages. */
function tooLarge({ name }: Collection): Problem {
  const detail = `The records of "${name}" that are expanded are too large together: ask for fewer with limit.`;
  return new Problem('invalid_query', { detail, parameter: 'expand' });
}

const idColumn = sql.ref(`${recordAlias}.id`);

const unbound: Bindings = { user: null, now: new Date(0) };

function ruleKey(rule: Condition['rule']): string {
  return rule === true ? 't' : String(numberOf(rule));
}

function selectWhere(
  collection: Collection,
  condition: RawBuilder<unknown>,
  rule: Condition['rule'],
  dialect: Dialect,
): RawBuilder<unknown> {
  const more = rule === true ? sql`` : sql` AND (${conditionSql(rule, { dialect, record: recordAlias })})`;
  const table = sql`${sql.table(collection.name)} AS ${sql.ref(recordAlias)}`;
  return sql`SELECT ${ownColumns(collection)} FROM ${table} WHERE ${condition}${more}`;
}

function sortValues({ sort }: ListPlan, record: StoredRecord, dialect: Dialect): CursorValues {
  return sort.map((key, index) => {
    if (isOwn(key)) return record[key.path.source] ?? null;
    return dialect.fromColumn(key.path.property, record[sortColumn(index)]) as CursorValues[number];
  });
}
