import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createApp, createStore, startApp, type App } from '#plinth';
import { loadSettings } from '#config/index.ts';
import { inOrder, type Lifecycle } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { leftOpenBy, lifecycleContract } from '../contracts/lifecycle.ts';
import { eachDatabase } from '../support/databases.ts';
import { freePort } from '../support/postgres-server.ts';
import { redisServer, type RedisServer } from '../support/redis-server.ts';
import { secret } from '../support/secret.ts';

const log = createLogger({ level: 'silent', format: 'json' });
const names = [
  'database',
  'clock',
  'collections',
  'expiry clock',
  'follower of the definitions',
  'first admin',
  'Redis',
  'load shedder',
  'response cache',
  'changes',
  'news of changes through Redis',
  'auth',
  'idempotency',
  'HTTP',
];

eachDatabase((database) => {
  let redis: RedisServer;
  let folder: string;
  let environment: Readonly<Record<string, string>>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-lifecycle-'));
    redis = await redisServer();
    await redis.start();
    environment = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
      COLLECTIONS_DIR: join(import.meta.dirname, '../../collections'),
      AUTH_SECRET: secret,
      REDIS_URL: redis.url,
      DATABASE_URL: database.name === 'sqlite' ? `sqlite:${folder}/plinth.db` : await database.createUrl(),
    };
  });
  after(async () => {
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const settingsWith = (changed: Readonly<Record<string, string>> = {}) =>
    loadSettings({ directory: folder, environment: { ...environment, ...changed } });

  function buildApp(): App {
    return createApp(createStore({ settings: settingsWith(), log }));
  }

  /** One service of a new program, and with it the database that it works on. */
  function buildService(name: string): Lifecycle {
    const app = buildApp();
    const service = app.services.find((one) => one.name === name) as Lifecycle;
    async function stop(): Promise<void> {
      await service.stop();
      await app.close();
    }
    return { ...service, stop };
  }

  test('everything with a life is in the list', async () => {
    const app = buildApp();
    await app.close();
    assert.deepEqual(
      app.services.map(({ name }) => name),
      names,
    );
  });

  for (const name of names) {
    lifecycleContract(name, () => buildService(name));
  }
  lifecycleContract('the whole program', buildApp);

  describe('a start that fails', () => {
    for (const [index, name] of names.entries()) {
      test(`at ${name} leaves nothing open`, async () => {
        const left = await leftOpenBy(async () => {
          const { services } = createApp(createStore({ settings: settingsWith(), log }));
          const failing = { ...(services[index] as Lifecycle), start: () => Promise.reject(new Error(name)) };
          const start = async () => inOrder('plinth', services.with(index, failing), log).start();
          await assert.rejects(start, { message: name });
        }, folder);
        assert.deepEqual(left, []);
      });
    }

    const causes: readonly [string, () => Promise<Record<string, string>> | Record<string, string>][] = [
      ['a database that is not there', () => unreachable(folder)],
      ['a secret that is too short', () => ({ AUTH_SECRET: '', DATA_DIR: damagedSecret(folder) })],
      ['no folder of collections', () => ({ COLLECTIONS_DIR: join(folder, 'none') })],
      ['a port that is taken', () => ({ PORT: String(takenPort) })],
    ];
    const listener = createServer();
    let takenPort = 0;
    before(async () => {
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      takenPort = (listener.address() as { port: number }).port;
    });
    after(() => listener.close());

    for (const [cause, settings] of causes) {
      test(`for ${cause} leaves nothing open`, async () => {
        const changed = settingsWith(await settings());
        const left = await leftOpenBy(async () => {
          await assert.rejects(startApp({ settings: changed, log }));
        }, folder);
        assert.deepEqual(left, []);
      });
    }
  });

  async function unreachable(parent: string): Promise<Record<string, string>> {
    if (database.name === 'postgres')
      return { DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none` };
    const file = join(parent, 'no-database');
    writeFileSync(file, 'no database');
    return { DATABASE_URL: `sqlite:${file}` };
  }
});

function damagedSecret(folder: string): string {
  const data = join(folder, 'damaged');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'auth-secret'), 'short');
  return data;
}
