import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eachDatabase, type TestDatabase } from '../support/databases.ts';
import { plinth, servePlinth, temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { secret } from '../support/secret.ts';

const open = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const title = { type: 'string', maxLength: 100 };
const first = { properties: { title, note: title }, required: ['title'], rules: open };
const grade = { type: 'integer', default: 3 };
const takenInMs = 5_000;
const requestsPerSecond = 200;

/** A folder with the definition of one collection, `notes`. */
function definitionsIn(folder: string, definition: object): string {
  const collections = join(folder, 'collections');
  mkdirSync(collections, { recursive: true });
  writeFileSync(join(collections, 'notes.json'), JSON.stringify({ name: 'notes', ...definition }));
  return collections;
}

interface Fleet {
  readonly replicas: readonly ServingPlinth[];
  readonly environment: Readonly<Record<string, string>>;
  /** Puts another definition in force, from another folder than that of the replicas. */
  readonly apply: (definition: object) => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function startFleet(database: TestDatabase): Promise<Fleet> {
  const folder = temporaryFolder();
  const environment = {
    DATABASE_URL: await database.createUrl(),
    AUTH_SECRET: secret,
    COLLECTIONS_DIR: definitionsIn(join(folder, 'old'), first),
    LOG_FORMAT: 'json',
  };
  const replicas = [await servePlinth({ environment }), await servePlinth({ environment })];
  return {
    replicas,
    environment,
    async apply(definition) {
      const newer = definitionsIn(join(folder, 'new'), definition);
      const args = ['apply', '--allow-destructive'];
      const { code, stderr } = await plinth(args, {
        environment: { ...environment, COLLECTIONS_DIR: newer },
      });
      assert.equal(code, 0, stderr);
    },
    async stop() {
      for (const replica of replicas) assert.equal((await replica.stop()).code, 0);
    },
  };
}

/** Sends requests to all replicas at a steady pace until it is told to stop; by status, and the ids that were made. */
function startLoad({ replicas }: Fleet, bodyOf: (index: number) => object) {
  const statuses = new Map<string, number>();
  const made: string[] = [];
  const underWay = new Set<Promise<void>>();
  const note = (method: string, status: number | string) =>
    statuses.set(`${method} ${status}`, (statuses.get(`${method} ${status}`) ?? 0) + 1);
  const send = async (index: number) => {
    const replica = replicas[index % replicas.length] as ServingPlinth;
    const isRead = index % 4 > 1;
    const method = isRead ? 'GET' : 'POST';
    try {
      const answer = await replica.request(
        method,
        isRead ? '/v1/notes?limit=5' : '/v1/notes',
        isRead ? undefined : bodyOf(index),
      );
      note(method, answer.status < 500 ? answer.status : `${answer.status} ${answer.body.detail}`);
      if (answer.status === 201) made.push((answer.body as { id: string }).id);
    } catch (error) {
      note(method, String(error));
    }
  };
  let sent = 0;
  const beganMs = performance.now();
  const timer = setInterval(() => {
    while (sent < ((performance.now() - beganMs) / 1000) * requestsPerSecond) {
      const one = send(sent++).finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }, 10);
  return {
    made,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return statuses;
    },
  };
}

/** Resolves when each replica answers so; fails after 5 s. */
async function untilAll(
  { replicas }: Fleet,
  isSo: (replica: ServingPlinth) => Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + takenInMs;
  for (const replica of replicas) {
    while (!(await isSo(replica))) {
      assert.ok(performance.now() < endMs, 'a replica has not taken the definitions in within 5 s');
      await delay(50);
    }
  }
}

function assertNoFailure(statuses: ReadonlyMap<string, number>, allowed: RegExp): void {
  assert.deepEqual(
    [...statuses.keys()].filter((status) => !allowed.test(status)),
    [],
    JSON.stringify([...statuses]),
  );
  assert.ok((statuses.get('POST 201') ?? 0) > 50, JSON.stringify([...statuses]));
}

eachDatabase((database) => {
  test('running servers take in what only adds, without a failure, and store nothing in the former form', async () => {
    const fleet = await startFleet(database);
    const load = startLoad(fleet, (index) => ({ title: `searchable${index}` }));
    await delay(500);
    await fleet.apply({
      ...first,
      properties: { ...first.properties, grade },
      required: ['title', 'grade'],
      search: ['title'],
    });
    await untilAll(fleet, async (replica) => {
      const { body } = await replica.request('POST', '/v1/notes', { title: 'later', grade: 5 });
      return body.grade === 5;
    });
    const statuses = await load.stop();
    assertNoFailure(statuses, /^(GET 200|POST 201)$/);
    const [replica] = fleet.replicas as [ServingPlinth];
    for (const id of load.made) {
      const { body } = await replica.request('GET', `/v1/notes/${id}`);
      assert.equal(body.grade, 3);
      const found = await replica.request('GET', `/v1/notes?q=${body.title}`);
      assert.equal(found.body.data.length, 1, `${body.title} is not found by the search`);
    }
    const { status, body } = await replica.request('GET', '/health/ready');
    assert.deepEqual([status, body.parts.collections], [200, { status: 'degraded' }]);
    assert.match(replica.written.stdout, /not those of the files/);
    await fleet.stop();
  });

  test('running servers take in a rename, a removal and rules, without a failure', async () => {
    const fleet = await startFleet(database);
    const load = startLoad(fleet, (index) => ({ title: `note ${index}` }));
    await delay(500);
    const renamed = { ...title, was: 'note' };
    const { rules } = first;
    await fleet.apply({ properties: { title, remark: renamed }, required: ['title'], rules });
    await untilAll(fleet, async (replica) => {
      const { status } = await replica.request('POST', '/v1/notes', { title: 'a', remark: 'b' });
      return status === 201;
    });
    await fleet.apply({ properties: { title }, required: ['title'], rules });
    await untilAll(fleet, async (replica) => {
      const { status } = await replica.request('POST', '/v1/notes', { title: 'a', remark: 'b' });
      return status === 422;
    });
    await fleet.apply({
      properties: { title },
      required: ['title'],
      rules: { ...rules, list: 'record.title == "hidden"' },
    });
    await untilAll(
      fleet,
      async (replica) => (await replica.request('GET', '/v1/notes')).body.data.length === 0,
    );
    assertNoFailure(await load.stop(), /^(GET 200|POST 201)$/);
    await fleet.stop();
  });

  test('a server that starts again with older files beside definitions that only add serves those', async () => {
    const fleet = await startFleet(database);
    await fleet.apply({ ...first, properties: { ...first.properties, grade } });
    await fleet.stop();
    for (const APPLY_ON_START of ['safe', 'off']) {
      const again = await servePlinth({ environment: { ...fleet.environment, APPLY_ON_START } });
      const { status, body } = await again.request('POST', '/v1/notes', { title: 'kept', grade: 4 });
      assert.deepEqual([status, body.grade], [201, 4]);
      assert.match(again.written.stdout, /not those of the files/);
      await again.stop();
    }
  });

  test('a server does not start with files that were never in force and would take something away', async () => {
    const fleet = await startFleet(database);
    await fleet.stop();
    const folder = temporaryFolder();
    cpSync(fleet.environment.COLLECTIONS_DIR as string, folder, { recursive: true });
    writeFileSync(
      join(folder, 'notes.json'),
      JSON.stringify({ name: 'notes', ...first, properties: { title } }),
    );
    const { code, stderr } = await plinth(['serve'], {
      environment: { ...fleet.environment, COLLECTIONS_DIR: folder },
    });
    assert.equal(code, 1);
    assert.match(stderr, /loses data/);
  });
});
