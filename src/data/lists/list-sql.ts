import { sql, type RawBuilder } from 'kysely';
import type { Collection } from '#domain/collections/model.ts';
import type { CursorValues } from '#domain/query/cursor.ts';
import type { ListPlan, SelectionPlan } from '#domain/query/list-plan.ts';
import type { SortKey } from '#domain/query/sort.ts';
import type { Dialect } from '../database.ts';
import { progressWhere, walksAll } from '../statements/progress.ts';
import { valueSql } from '../expressions/sql.ts';
import { afterPlaceholder, orderBy, rangesAfter, type OrderKey } from './keyset.ts';
import { filterContext, accessKey, recordAlias, selectionKey, selectionValues, where } from './selection.ts';

/** The column that holds the value of a sort key which is not a property of the record itself. */
export const sortColumn = (key: number): string => `_s${key}`;

/** Whether a sort key is a property of the record itself: then its column is its value. */
export function isOwn({ path }: SortKey): boolean {
  return !path.source.includes('.');
}

/** One page, and one record more that tells whether another follows. Its placeholders are filled by `pageValues`. */
export function listSql(plan: ListPlan, dialect: Dialect): RawBuilder<unknown> {
  const keys = orderKeys(plan, dialect);
  // Written out: for a number it does not know, PostgreSQL plans for a tenth of the table.
  const limit = sql` LIMIT ${sql.lit(plan.limit + 1)}`;
  const page = (range: RawBuilder<unknown>[]) => {
    const condition = where(plan, dialect, range) ?? progressWhere(dialect, recordAlias);
    return sql`SELECT ${columns(plan, keys)} ${from(plan)}${condition} ${orderBy(keys)}${limit}`;
  };
  if (plan.after === undefined) return page([]);
  const ranges = rangesAfter(keys, plan.after);
  if (ranges.length === 1) return page(ranges);
  const names = sql.join(
    [...plan.collection.properties.keys(), ...foreignColumns(plan)].map((name) => sql.ref(name)),
  );
  const parts = ranges.map(
    (range, index) => sql`SELECT ${names} FROM (${page([range])}) AS ${sql.ref(`_a${index}`)}`,
  );
  const order = orderBy(keys.map((key, index) => ({ ...key, value: outputColumn(plan, index) })));
  return sql`${sql.join(parts, sql` UNION ALL `)} ${order}${limit}`;
}

/** How many records a selection has, as `total`. */
export function countSql(plan: SelectionPlan, dialect: Dialect): RawBuilder<unknown> {
  return sql`SELECT count(*) AS "total" ${from(plan)}${where(plan, dialect) ?? walksAll(dialect)}`;
}

/** The values of a page's placeholders, in the form of the columns. */
export function pageValues(plan: ListPlan, dialect: Dialect): Record<string, unknown> {
  const values = selectionValues(plan);
  for (const [index, value] of plan.after?.entries() ?? [])
    values[afterPlaceholder(index)] = dialect.toColumn((plan.sort[index] as SortKey).path.property, value);
  return values;
}

/** Names the shape of a page among those of its collection: equal keys have equal SQL. */
export function listKey(plan: ListPlan): string {
  const sort = plan.sort.map(({ path, descending }) => `${descending ? '-' : ''}${path.source}`).join();
  const access = plan.sort.map(({ path }) => accessKey(path, plan.access)).join(';');
  return `${selectionKey(plan)}/${sort}/${access}/${nullsIn(plan.after)}/${plan.limit}`;
}

function nullsIn(cursor: CursorValues | undefined): string {
  return cursor === undefined ? '' : cursor.map((value) => (value === null ? 'n' : 'v')).join('');
}

function orderKeys(plan: ListPlan, dialect: Dialect): OrderKey[] {
  const context = filterContext(plan, dialect);
  return plan.sort.map((key) => ({
    value: isOwn(key) ? sql.ref(`${recordAlias}.${key.path.source}`) : valueSql(key.path, context),
    descending: key.descending,
    nullable: key.path.nullable,
  }));
}

function columns(plan: ListPlan, keys: readonly OrderKey[]): RawBuilder<unknown> {
  const foreign = keys.flatMap(({ value }, index) =>
    isOwn(plan.sort[index] as SortKey) ? [] : [sql`${value} AS ${sql.ref(sortColumn(index))}`],
  );
  return sql.join([ownColumns(plan.collection), ...foreign]);
}

const builtColumns = new WeakMap<Collection, RawBuilder<unknown>>();

/** The columns of `recordAlias`, one for each property. Kept: they are most of the work of building a list. */
export function ownColumns(collection: Collection): RawBuilder<unknown> {
  let built = builtColumns.get(collection);
  if (built === undefined) {
    const names = [...collection.properties.keys()];
    built = sql.join(names.map((name) => sql`${sql.ref(`${recordAlias}.${name}`)} AS ${sql.ref(name)}`));
    builtColumns.set(collection, built);
  }
  return built;
}

function foreignColumns({ sort }: ListPlan): string[] {
  return sort.flatMap((key, index) => (isOwn(key) ? [] : [sortColumn(index)]));
}

function outputColumn({ sort }: ListPlan, index: number): RawBuilder<unknown> {
  const key = sort[index] as SortKey;
  return sql.ref(isOwn(key) ? key.path.source : sortColumn(index));
}

function from({ collection }: SelectionPlan): RawBuilder<unknown> {
  return sql`FROM ${sql.table(collection.name)} AS ${sql.ref(recordAlias)}`;
}
