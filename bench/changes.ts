import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../tests/support/postgres-server.ts';
import { median } from './compare.ts';
import { isPostgres, openWorkplace, type DatabaseName, type Workplace } from './databases.ts';
import { drive, send } from './load.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { taskBody } from './tasks.ts';

/**
 * `npm run bench:changes -- [--database postgres] [--turns N] [--connections N]`: what the change log costs a create. Two
 * servers whose tasks differ in `"changes"` alone, in turns of a second; each figure is the median of the turns.
 */
const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    turns: { type: 'string', default: '10' },
    connections: { type: 'string', default: '30' },
  },
});

interface Side {
  readonly name: string;
  readonly server: ServerProcess;
  readonly headers: Readonly<Record<string, string>>;
  readonly project: string;
  /** Of tasks so far: no two have the same title. */
  created: number;
  readonly perSecond: number[];
  readonly cpuUs: number[];
}

const root = join(import.meta.dirname, '..');

async function open(workplace: Workplace, name: string, changes: boolean): Promise<Side> {
  const collections = join(workplace.folder, `collections-${name}`);
  cpSync(join(root, 'bench', 'collections'), collections, { recursive: true });
  const file = join(collections, 'tasks.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), changes }));
  const database = await workplace.createDatabase(name);
  const port = await freePort();
  const server = await startServer({
    name,
    command: [join(root, 'bin', 'plinth.js'), 'serve'],
    environment: {
      HOST: '127.0.0.1',
      DATA_DIR: join(workplace.folder, `data-${name}`),
      COLLECTIONS_DIR: collections,
      DATABASE_URL: isPostgres(database) ? database : `sqlite:${database}`,
      AUTH_SECRET: 'a secret of the benchmark, of 32 bytes or more',
      ACCESS_TOKEN_TTL: '1d',
      LOG_FORMAT: 'json',
      RATE_LIMIT: 'off',
    },
    port,
    firstPath: '/health/live',
    outputFile: join(workplace.folder, `${name}.log`),
  });
  const credentials = { email: 'bench@example.com', password: 'a password for the benchmark' };
  const session = await send(port, {}, { method: 'POST', target: '/auth/register', body: credentials });
  const headers = { authorization: `Bearer ${(session as { accessToken: string }).accessToken}` };
  const project = await send(port, headers, { method: 'POST', target: '/v1/projects', body: { name: 'P' } });
  return {
    name,
    server,
    headers,
    project: (project as { id: string }).id,
    created: 0,
    perSecond: [],
    cpuUs: [],
  };
}

async function turn(side: Side, connections: number): Promise<void> {
  const { server, headers, project } = side;
  const next = () => ({ method: 'POST', target: '/v1/tasks', body: taskBody(side.created++, [project]) });
  const cpuMs = server.cpuMs();
  const { requests, seconds } = await drive({ port: server.port, connections, seconds: 1, headers, next });
  side.perSecond.push(requests / seconds);
  side.cpuUs.push(((server.cpuMs() - cpuMs) * 1_000) / requests);
}

const workplace = await openWorkplace(options.database as DatabaseName);
try {
  const sides = [await open(workplace, 'logged', true), await open(workplace, 'plain', false)];
  for (let count = 0; count <= Number(options.turns); count++) {
    for (const side of count % 2 === 0 ? sides : sides.toReversed()) {
      await turn(side, Number(options.connections));
      // The first turn warms up.
      if (count === 0) side.perSecond.length = side.cpuUs.length = 0;
    }
  }
  for (const { name, perSecond, cpuUs } of sides)
    console.log(
      `${name}: ${median(perSecond).toFixed(0)} creates/s, ${median(cpuUs).toFixed(0)} µs of the server's processor time each`,
    );
  for (const { server } of sides) await server.stop();
} finally {
  await workplace.remove();
}
