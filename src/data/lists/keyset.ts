import { sql, type RawBuilder } from 'kysely';
import type { CursorValues } from '#domain/query/cursor.ts';
import { Placeholder } from '../statements/template.ts';

/** One key of an order as SQL. The last one is `id`, which is never null. */
export interface OrderKey {
  readonly value: RawBuilder<unknown>;
  readonly descending: boolean;
  readonly nullable: boolean;
}

/** Null comes after every value ascending, before it descending; said only where null can be, so that indexes serve. */
export function orderBy(keys: readonly OrderKey[]): RawBuilder<unknown> {
  return sql`ORDER BY ${sql.join(
    keys.map(({ value, descending, nullable }) => {
      const nulls = nullable ? (descending ? sql` NULLS FIRST` : sql` NULLS LAST`) : sql``;
      return sql`${value}${descending ? sql` DESC` : sql``}${nulls}`;
    }),
  )}`;
}

/** Name of the placeholder for the cursor's value of a key. */
export const afterPlaceholder = (key: number): string => `after${key}`;

/**
 * The records after a cursor, as ranges that exclude each other. Each range is one stretch of an index in the keys'
 * order, so a page costs the same at any cursor. Most orders need one range; a null value or another direction starts a
 * new one. Only the cursor's nulls matter here: its values are bound late.
 */
export function rangesAfter(keys: readonly OrderKey[], cursor: CursorValues): RawBuilder<unknown>[] {
  return rangesFrom(0, [], keys, cursor);
}

function rangesFrom(
  start: number,
  equals: readonly RawBuilder<unknown>[],
  keys: readonly OrderKey[],
  cursor: CursorValues,
): RawBuilder<unknown>[] {
  const key = keys[start];
  if (key === undefined) return [];
  if ((cursor[start] ?? null) === null) {
    const among = rangesFrom(start + 1, [...equals, sql`${key.value} IS NULL`], keys, cursor);
    return key.descending ? [...among, all([...equals, sql`${key.value} IS NOT NULL`])] : among;
  }
  const end = endOfRun(start, keys, cursor);
  const run = keys.slice(start, end);
  const placeholders = run.map((_, index) => sql`${new Placeholder(afterPlaceholder(start + index))}`);
  const equal = run.map(({ value }, index) => sql`${value} = ${placeholders[index]}`);
  const left = run.length === 1 ? key.value : sql`(${sql.join(run.map(({ value }) => value))})`;
  const right = run.length === 1 ? placeholders[0] : sql`(${sql.join(placeholders)})`;
  const beyond = sql`${left} ${key.descending ? sql`<` : sql`>`} ${right}`;
  // A comparison with null is null, so the nulls, which sort behind every value, need a condition of their own.
  const nulls = run.flatMap(({ value, nullable }, index) =>
    nullable && !key.descending ? [all([...equals, ...equal.slice(0, index), sql`${value} IS NULL`])] : [],
  );
  return [
    ...rangesFrom(end, [...equals, ...equal], keys, cursor),
    all([...equals, beyond]),
    ...nulls.toReversed(),
  ];
}

/** Keys of one direction whose cursor values are not null compare as one row. */
function endOfRun(start: number, keys: readonly OrderKey[], cursor: CursorValues): number {
  let end = start + 1;
  while (
    end < keys.length &&
    keys[end]?.descending === keys[start]?.descending &&
    (cursor[end] ?? null) !== null
  )
    end++;
  return end;
}

function all(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(conditions, sql` AND `);
}
