import BetterSqlite3 from 'better-sqlite3';
import { executeOnPostgres, isPostgres } from './databases.ts';
import type { TaskRow } from './tasks.ts';

const rowsPerStatement = 20_000;

/** Puts rows straight into a table, past every server. */
export type InsertRows = (
  database: string,
  table: string,
  columns: readonly (readonly [name: string, type: string])[],
  rows: Iterable<readonly unknown[]>,
) => Promise<void>;

export const taskColumns = [
  ['id', 'uuid'],
  ['createdAt', 'timestamptz'],
  ['updatedAt', 'timestamptz'],
  ['version', 'bigint'],
  ['title', 'text'],
  ['status', 'text'],
  ['priority', 'bigint'],
  ['dueOn', 'date'],
  ['labels', 'jsonb'],
  ['project', 'uuid'],
  ['owner', 'uuid'],
] as const;

export function valuesOf(task: TaskRow): readonly unknown[] {
  const { id, createdAt, title, status, priority, dueOn, labels, project, owner } = task;
  const json = JSON.stringify(labels);
  return [id, createdAt, createdAt, 1, title, status, priority, dueOn, json, project, owner];
}

export const insertRows: InsertRows = (database, table, columns, rows) =>
  isPostgres(database)
    ? insertIntoPostgres(database, table, columns, rows)
    : insertIntoSqlite(database, table, columns, rows);

const insertIntoSqlite: InsertRows = (path, table, columns, rows) => {
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  const database = new BetterSqlite3(path);
  database.pragma('foreign_keys = OFF');
  const insert = database.prepare(
    `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  database.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
  database.close();
  return Promise.resolve();
};

const insertIntoPostgres: InsertRows = async (url, table, columns, rows) => {
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  const sql = `INSERT INTO "${table}" (${names}) SELECT * FROM unnest(${arrays})`;
  let waiting: (readonly unknown[])[] = [];
  const flush = async () => {
    const values = columns.map((_, index) => waiting.map((row) => row[index]));
    await executeOnPostgres(url, sql, values);
    waiting = [];
  };
  for (const row of rows) {
    waiting.push(row);
    if (waiting.length === rowsPerStatement) await flush();
  }
  if (waiting.length > 0) await flush();
  // What autovacuum does within a minute of real life.
  await executeOnPostgres(url, `ANALYZE "${table}"`);
};
