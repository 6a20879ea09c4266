import { randomUUIDv7 } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { freePort } from '../tests/support/postgres-server.ts';
import { postgresTables } from './bare-postgres.ts';
import { sqliteTables } from './bare-sqlite.ts';
import { executeOnPostgres, isPostgres, type Workplace } from './databases.ts';
import { insertRows, taskColumns, valuesOf } from './insert.ts';
import { send } from './load.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { taskBody, taskRow, tasksPerProject } from './tasks.ts';

/** `plinth` limits in memory, as it does without any setting; the others differ from it in that alone. */
export type SideName =
  | 'bare'
  | 'plinth'
  | 'plinth, limits off'
  | 'plinth, limits on Redis'
  | 'plinth, cache off'
  | 'plinth, cache in memory'
  | 'plinth, cache on Redis';

/** One of the servers with its data. */
export interface Side {
  readonly name: SideName;
  /** Shares its database with another side, so it is only asked for what is there. */
  readonly readOnly: boolean;
  /** The path of the SQLite file, or a URL. */
  readonly database: string;
  /** Runs it again on the same data; stop the one before first. `nodeOptions` come before the program. */
  start(nodeOptions?: readonly string[]): Promise<ServerProcess>;
  /** Of the one user to whom everything belongs. */
  readonly headers: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly projects: readonly string[];
  /** Tasks that requests may ask for. */
  readonly taskIds: readonly string[];
}

export interface PlinthSide extends Side {
  /** The same on the same data with other settings, beside it. */
  with(name: SideName, settings: Readonly<Record<string, string>>): Promise<Side>;
}

const operationsPerBatch = 100;
const root = join(import.meta.dirname, '..');
const collectionsFolder = join(root, 'bench', 'collections');

/** The bare server, its tables filled directly. */
export async function prepareBare(workplace: Workplace, rows: number): Promise<Side> {
  const database = await workplace.createDatabase('bare');
  if (isPostgres(database)) await executeOnPostgres(database, postgresTables);
  else new BetterSqlite3(database).exec(sqliteTables).close();
  const owner = randomUUIDv7();
  const projects = Array.from({ length: Math.ceil(rows / tasksPerProject) }, () => randomUUIDv7());
  const tasks = Array.from({ length: rows }, (_, number) => taskRow(number, projects, owner));
  await insertRows(database, 'users', [['id', 'uuid']], [[owner]]);
  const projectColumns = [
    ['id', 'uuid'],
    ['name', 'text'],
    ['owner', 'uuid'],
  ] as const;
  const projectRows = projects.map((id, number) => [id, `Project ${number}`, owner]);
  await insertRows(database, 'projects', projectColumns, projectRows);
  await insertRows(database, 'tasks', taskColumns, tasks.map(valuesOf));
  const port = await freePort();
  return {
    name: 'bare',
    readOnly: false,
    database,
    headers: {},
    owner,
    projects,
    taskIds: tasks.map(({ id }) => id),
    start: (nodeOptions = []) =>
      startServer({
        name: 'bare',
        command: [...nodeOptions, join(root, 'bench', 'bare.ts')],
        environment: { OWNER: owner, DATABASE_URL: database },
        port,
        firstPath: '/v1/tasks/none',
        outputFile: join(workplace.folder, 'bare.log'),
      }),
  };
}

/** Plinth, filled through its own doors: one user registers, makes projects and tasks in batches. */
export async function preparePlinth(workplace: Workplace, rows: number): Promise<PlinthSide> {
  const database = await workplace.createDatabase('plinth');
  const dataFolder = join(workplace.folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const port = await freePort();
  const startOn = (
    port: number,
    name: SideName,
    settings: Readonly<Record<string, string>>,
    nodeOptions: readonly string[] = [],
  ) =>
    startServer({
      name,
      command: [...nodeOptions, join(root, 'bin', 'plinth.js'), 'serve'],
      environment: {
        HOST: '127.0.0.1',
        DATA_DIR: dataFolder,
        COLLECTIONS_DIR: collectionsFolder,
        DATABASE_URL: isPostgres(database) ? database : `sqlite:${database}`,
        AUTH_SECRET: 'a secret of the benchmark, of 32 bytes or more',
        ACCESS_TOKEN_TTL: '1d',
        LOG_FORMAT: 'json',
        // On, and never met.
        RATE_LIMIT_DEFAULT: '1000000/1s',
        ...settings,
      },
      port,
      firstPath: '/health/live',
      outputFile: join(workplace.folder, `${name}.log`),
    });
  const start = (nodeOptions?: readonly string[]) => startOn(port, 'plinth', {}, nodeOptions);
  const server = await start();
  const credentials = { email: 'bench@example.com', password: 'a password for the benchmark' };
  const session = (await send(port, {}, { method: 'POST', target: '/auth/register', body: credentials })) as {
    user: { id: string };
    accessToken: string;
  };
  const headers = { authorization: `Bearer ${session.accessToken}` };
  const createAll = (path: string, bodies: readonly unknown[]) =>
    createInBatches(port, headers, path, bodies);
  const names = Array.from({ length: Math.ceil(rows / tasksPerProject) }, (_, n) => ({
    name: `Project ${n}`,
  }));
  const projects = await createAll('/v1/projects', names);
  const bodies = Array.from({ length: rows }, (_, number) => taskBody(number, projects));
  const taskIds = await createAll('/v1/tasks', bodies);
  await server.stop();
  const side = { database, headers, owner: session.user.id, projects, taskIds };
  return {
    ...side,
    name: 'plinth',
    readOnly: false,
    start,
    async with(name, settings) {
      const ownPort = await freePort();
      const start = (nodeOptions?: readonly string[]) => startOn(ownPort, name, settings, nodeOptions);
      return { ...side, name, readOnly: true, start };
    },
  };
}

/** The same collections in a folder of the workplace, tasks with `cache`. */
export function collectionsWithCache({ folder }: Workplace): string {
  const there = join(folder, 'collections');
  cpSync(collectionsFolder, there, { recursive: true });
  const file = join(there, 'tasks.json');
  const tasks = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...tasks, cache: { maxAge: 30 } }));
  return there;
}

/** Creates records through `POST /batch` and returns their ids. */
async function createInBatches(
  port: number,
  headers: Readonly<Record<string, string>>,
  path: string,
  bodies: readonly unknown[],
): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < bodies.length; start += operationsPerBatch) {
    const operations = bodies
      .slice(start, start + operationsPerBatch)
      .map((body) => ({ method: 'POST', path, body }));
    const answer = (await send(port, headers, {
      method: 'POST',
      target: '/batch',
      body: { operations },
    })) as {
      results: readonly { body: { id: string } }[];
    };
    ids.push(...answer.results.map((result) => result.body.id));
  }
  return ids;
}
