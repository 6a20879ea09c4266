import pg from 'pg';
import { columnList, type BareStore, type Task } from './bare-store.ts';

export const postgresTables = `
  CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS projects (id uuid PRIMARY KEY, name text NOT NULL, owner uuid REFERENCES users);
  CREATE TABLE IF NOT EXISTS tasks (
    id uuid PRIMARY KEY, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL,
    version bigint NOT NULL, title text COLLATE "C" NOT NULL, status text COLLATE "C", priority bigint, "dueOn" date,
    labels jsonb, project uuid REFERENCES projects ON DELETE CASCADE, owner uuid REFERENCES users,
    note text COLLATE "C"
  );
  CREATE INDEX IF NOT EXISTS tasks_status_priority_idx ON tasks (status, priority, id);
  CREATE INDEX IF NOT EXISTS tasks_project_idx ON tasks (project, id);
  CREATE INDEX IF NOT EXISTS tasks_owner_idx ON tasks (owner, id);
  CREATE UNIQUE INDEX IF NOT EXISTS tasks_project_title_key ON tasks (project, title);`;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** pg with a pool of ten and named statements; each statement is its own transaction. */
export async function openBarePostgres(url: string): Promise<BareStore> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(postgresTables);

  async function rows(name: string, text: string, values: unknown[]): Promise<Task[]> {
    return (await pool.query({ name, text, values })).rows as Task[];
  }

  return {
    get: async (id) => (await rows('get', `SELECT ${columnList} FROM tasks WHERE id = $1`, [id]))[0],
    list: ({ project, status, limit }) =>
      rows(
        'list',
        `SELECT ${columnList} FROM tasks WHERE project = $1 AND status = $2 ORDER BY title, id LIMIT $3`,
        [project, status, limit + 1],
      ),
    async create(task) {
      const { id, createdAt, title, status, priority, dueOn, labels, project, owner } = task;
      const created = await rows(
        'create',
        `INSERT INTO tasks (${columnList}) VALUES ($1, $2, $2, 1, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columnList}`,
        [id, createdAt, title, status, priority, dueOn, JSON.stringify(labels), project, owner],
      );
      return created[0] as Task;
    },
    async patch(id, changes, updatedAt) {
      const names = Object.keys(changes);
      const assignments = names.map((name, index) => `"${name}" = $${index + 3}`).join(', ');
      const values = Object.values(changes).map((value) =>
        Array.isArray(value) ? JSON.stringify(value) : value,
      );
      const patched = await rows(
        `patch ${names.join()}`,
        `UPDATE tasks SET ${assignments}, "updatedAt" = $2, version = version + 1 WHERE id = $1 RETURNING ${columnList}`,
        [id, updatedAt, ...values],
      );
      return patched[0];
    },
  };
}
