import { sql } from 'kysely';
import type {
  ColumnChange,
  ColumnImpact,
  Duplicates,
  ImpactReport,
  SchemaChange,
  TableAlteration,
} from '#domain/collections/diff/steps.ts';
import type { Index } from '#domain/collections/model.ts';
import type { Database, Reader } from '../database.ts';
import { countOf, list, quote } from './ddl.ts';
import { convertedPages, isRewritten, type RewrittenColumn } from './rewrite.ts';
import { alterationsIn, type ChangesAhead } from './tables.ts';

const mostFrequent = 3;

/** Counts the effects of a change on the stored records, with duplicates and misfits. Reads the old tables only. */
export async function surveyChange(
  reader: Reader,
  database: Database,
  change: SchemaChange,
  ahead?: ChangesAhead,
): Promise<ImpactReport> {
  const records = new Map<string, number>();
  const columns = new Map<ColumnChange, ColumnImpact>();
  const duplicates = new Map<Index, Duplicates>();
  for (const table of change.tables) {
    if (table.kind === 'drop') records.set(table.before.name, await countRecords(reader, table.before.name));
  }
  for (const alteration of alterationsIn(change.tables)) {
    const count = await countRecords(reader, alteration.before.name);
    records.set(alteration.after.name, count);
    for (const column of alteration.columns) {
      const finding =
        count === 0 ? undefined : await surveyColumn(reader, database, { alteration, column, count });
      if (finding !== undefined) columns.set(column, finding);
    }
  }
  for (const step of change.steps) {
    if (step.kind !== 'addIndex' || !step.index.unique) continue;
    const alteration = alterationsIn(change.tables).find(({ after }) => after.name === step.collection);
    if (alteration === undefined || (await ahead?.has(reader, alteration, step.index)) === true) continue;
    const found = await surveyUnique(reader, database, alteration, step.index);
    if (found !== undefined) duplicates.set(step.index, found);
  }
  return { records, columns, duplicates };
}

/** The number of rows of a table. */
export function countRecords(reader: Reader, table: string): Promise<number> {
  return countOf(reader, `SELECT count(*) AS "count" FROM ${quote(table)}`);
}

/** A column that changes, of a table with this many records. */
interface SurveyedColumn {
  readonly alteration: TableAlteration;
  readonly column: ColumnChange;
  readonly count: number;
}

async function surveyColumn(
  reader: Reader,
  database: Database,
  { alteration, column, count: records }: SurveyedColumn,
): Promise<ColumnImpact | undefined> {
  const { before, after } = column;
  const table = alteration.before;
  if (before === undefined) return { lost: 0, empty: records };
  const countNulls = () => {
    const sqlText = `SELECT count(*) AS "count" FROM ${quote(table.name)} WHERE ${quote(before.name)} IS NULL`;
    return countOf(reader, sqlText);
  };
  if (after === undefined) return { lost: records - (await countNulls()), empty: records };
  if (isRewritten(column)) {
    const { kept, lost } = await countConverted(reader, database, table.name, column);
    return { lost, empty: records - kept };
  }
  return after.required && !before.required ? { lost: 0, empty: await countNulls() } : undefined;
}

async function countConverted(
  reader: Reader,
  database: Database,
  table: string,
  column: RewrittenColumn,
): Promise<{ kept: number; lost: number }> {
  let kept = 0;
  let lost = 0;
  for await (const page of convertedPages(reader, database, table, column)) {
    for (const { value } of page) {
      if (value === null) lost += 1;
      else kept += 1;
    }
  }
  return { kept, lost };
}

/**
 * The values that a unique index will not allow, as far as that can be told before the change: not where values are
 * being rewritten, or a default fills gaps. The change itself looks again (see indexes.ts).
 */
async function surveyUnique(
  reader: Reader,
  database: Database,
  { before, columns }: TableAlteration,
  index: Index,
): Promise<Duplicates | undefined> {
  const names: string[] = [];
  for (const property of index.properties) {
    const column = columns.find(({ after }) => after?.name === property);
    if (column === undefined || isRewritten(column)) return undefined;
    if (column.before !== undefined) names.push(column.before.name);
    // A new property has the same value in every record, or none at all, which never collides.
    else if (column.fallback === undefined) return undefined;
  }
  return duplicatesIn(reader, database, before.name, names);
}

/** Combinations of values that occur more than once; those with a null never collide. Undefined when there are none. */
export async function duplicatesIn(
  reader: Reader,
  { build }: Database,
  table: string,
  columns: readonly string[],
): Promise<Duplicates | undefined> {
  const present = columns.map((name) => `${quote(name)} IS NOT NULL`).join(' AND ') || 'TRUE';
  const groups = columns.length === 0 ? '' : `GROUP BY ${list(columns)}`;
  const rows = await reader.all<{ times: number; values: number }>(
    sql`SELECT "times", count(*) OVER () AS "values" FROM (
          SELECT count(*) AS "times" FROM ${sql.table(table)} WHERE ${sql.raw(present)} ${sql.raw(groups)}
        ) AS "groups" WHERE "times" > 1 ORDER BY "times" DESC LIMIT ${sql.lit(mostFrequent)}`.compile(build),
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  return { values: first.values, times: rows.map(({ times }) => times) };
}
