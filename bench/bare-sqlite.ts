import BetterSqlite3 from 'better-sqlite3';
import { columnList, type BareStore, type Task } from './bare-store.ts';

export const sqliteTables = `
  CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY NOT NULL);
  CREATE TABLE IF NOT EXISTS projects (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, owner TEXT REFERENCES users);
  CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY NOT NULL, "createdAt" TEXT NOT NULL, "updatedAt" TEXT NOT NULL, version INTEGER NOT NULL,
    title TEXT NOT NULL, status TEXT, priority INTEGER, "dueOn" TEXT, labels TEXT,
    project TEXT REFERENCES projects ON DELETE CASCADE, owner TEXT REFERENCES users, note TEXT
  );
  CREATE INDEX IF NOT EXISTS tasks_status_priority_idx ON tasks (status, priority, id);
  CREATE INDEX IF NOT EXISTS tasks_project_idx ON tasks (project, id);
  CREATE INDEX IF NOT EXISTS tasks_owner_idx ON tasks (owner, id);
  CREATE UNIQUE INDEX IF NOT EXISTS tasks_project_title_key ON tasks (project, title);`;

/** better-sqlite3 as most people run it: WAL, commits one by one with synchronous=NORMAL, prepared statements. */
export function openBareSqlite(path: string): BareStore {
  const database = new BetterSqlite3(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.exec(sqliteTables);
  const get = database.prepare(`SELECT ${columnList} FROM tasks WHERE id = ?`);
  const list = database.prepare(
    `SELECT ${columnList} FROM tasks WHERE project = ? AND status = ? ORDER BY title, id LIMIT ?`,
  );
  const create = database.prepare(
    `INSERT INTO tasks (${columnList}) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?) RETURNING ${columnList}`,
  );
  const patches = new Map<string, BetterSqlite3.Statement>();

  function patch(names: readonly string[]): BetterSqlite3.Statement {
    const key = names.join();
    let statement = patches.get(key);
    if (statement === undefined) {
      const assignments = names.map((name) => `"${name}" = ?`).join(', ');
      statement = database.prepare(
        `UPDATE tasks SET ${assignments}, "updatedAt" = ?, version = version + 1 WHERE id = ? RETURNING ${columnList}`,
      );
      patches.set(key, statement);
    }
    return statement;
  }

  return {
    get: (id) => Promise.resolve(present(get.get(id))),
    list: ({ project, status, limit }) =>
      Promise.resolve(list.all(project, status, limit + 1).map((row) => present(row) as Task)),
    create(task) {
      const { id, createdAt, title, status, priority, dueOn, labels, project, owner } = task;
      const json = JSON.stringify(labels);
      const row = create.get(id, createdAt, createdAt, title, status, priority, dueOn, json, project, owner);
      return Promise.resolve(present(row) as Task);
    },
    patch(id, changes, updatedAt) {
      const values = Object.values(changes).map((value) =>
        Array.isArray(value) ? JSON.stringify(value) : value,
      );
      return Promise.resolve(present(patch(Object.keys(changes)).get(...values, updatedAt, id)));
    },
  };
}

function present(row: unknown): Task | undefined {
  const task = row as (Record<string, unknown> & { labels: unknown }) | undefined;
  if (typeof task?.labels === 'string') task.labels = JSON.parse(task.labels);
  return task;
}
