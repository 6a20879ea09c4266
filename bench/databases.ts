import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgresServer } from '../tests/support/postgres-server.ts';

export type DatabaseName = 'sqlite' | 'postgres';

/** Where a run keeps what it makes. */
export interface Workplace {
  readonly folder: string;
  /** A new database: the path of a SQLite file, or a `postgres://` URL. */
  createDatabase(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** A temporary folder and, for PostgreSQL, a server that syncs to disk as a real one does. */
export async function openWorkplace(database: DatabaseName): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  const postgres = database === 'postgres' ? await startPostgresServer({ durable: true }) : undefined;
  return {
    folder,
    async createDatabase(name) {
      if (postgres === undefined) return join(folder, `${name}.db`);
      await executeOnPostgres(postgres.url, `CREATE DATABASE ${name}`);
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async remove() {
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function isPostgres(database: string): boolean {
  return database.startsWith('postgres://');
}

export async function executeOnPostgres(url: string, sql: string, values?: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
