import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'node:test';
import pg from 'pg';
import { openDatabase, type Database } from '#data/index.ts';
import { closeAtEnd } from './plinth/closing.ts';
import { startPostgresServer, type PostgresServer } from './postgres-server.ts';

export interface TestDatabase {
  readonly name: 'sqlite' | 'postgres';
  /** The URL of a new, empty database; removed when the test file is done. */
  createUrl(): Promise<string>;
  /** A new, empty database, open; closed and removed when the test file is done. */
  open(): Promise<Database>;
  /** Another opener of a database made by `createUrl`: a second replica. */
  openUrl(url: string): Database;
}

/**
 * Runs the same tests once for each database, inside a `describe` named after it.
 * `DATABASES=sqlite` (or `postgres`) narrows the run.
 */
export function eachDatabase(tests: (database: TestDatabase) => void): void {
  const wanted = (process.env.DATABASES ?? 'sqlite,postgres').split(',');
  for (const name of ['sqlite', 'postgres'] as const) {
    if (wanted.includes(name)) {
      describe(`on ${name}`, () => {
        tests(testDatabase(name));
      });
    }
  }
}

/** One kind of database. */
export function testDatabase(name: 'sqlite' | 'postgres'): TestDatabase {
  const createUrl = name === 'sqlite' ? sqliteUrl : postgresUrl;
  const openUrl = (url: string) => {
    const database = openDatabase({ url, poolMax: 8, statementTimeoutMs: 30_000 });
    closeAtEnd(() => database.close());
    return database;
  };
  return { name, createUrl, openUrl, open: async () => openUrl(await createUrl()) };
}

function sqliteUrl(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-sqlite-'));
  closeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  return Promise.resolve(`sqlite:${join(folder, 'plinth.db')}`);
}

let server: Promise<PostgresServer> | undefined;
let databasesMade = 0;

async function postgresUrl(): Promise<string> {
  const administration = await serverUrl();
  const name = `plinth_${process.pid}_${databasesMade++}`;
  await execute(administration, `CREATE DATABASE ${name} TEMPLATE template0`);
  closeAtEnd(() => execute(administration, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(administration);
  url.pathname = `/${name}`;
  return url.href;
}

/** The run's server (tests/run.ts starts it), or one of this process's own when a file is run by hand. */
async function serverUrl(): Promise<string> {
  const given = process.env.TEST_POSTGRES_URL;
  if (given !== undefined) return given;
  server ??= startPostgresServer().then((started) => {
    // Tests end by themselves; this server must not keep the process alive, nor outlive it.
    started.process.unref();
    process.once('exit', () => started.process.kill('SIGQUIT'));
    return started;
  });
  return (await server).url;
}

/** Runs one statement on a connection of its own: making and dropping databases, looking from outside. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
