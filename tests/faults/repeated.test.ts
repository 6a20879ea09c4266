import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eachDatabase } from '../support/databases.ts';
import { startPlinth } from './plinth.ts';
import type { Received, ServingPlinth } from '../support/plinth/process.ts';

const killer = ['env', `NODE_OPTIONS=--import=${join(import.meta.dirname, 'kill-before-answer.ts')}`];
const rounds = 8;
const writers = 8;
const acknowledgementsMax = 80;

const entry = (sequence: number) => ({ writer: 1, sequence, text: 'once' });

async function countOf(plinth: ServingPlinth, sequence: number): Promise<number> {
  const answer = await plinth.request(
    'GET',
    `/v1/entries?filter=sequence%20%3D%3D%20${sequence}&count=exact`,
  );
  return answer.body.total as number;
}

eachDatabase((database) => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-repeated-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('a write that was committed and not answered is answered when it is sent again, and not done again', async () => {
    const options = { folder, databaseUrl: await database.createUrl() };
    const requests = [
      ['POST', '/v1/entries', entry(1), 201],
      ['PUT', '/v1/entries/00000000-0000-4000-8000-000000000001', entry(2), 201],
      ['PATCH', '/v1/entries/00000000-0000-4000-8000-000000000001', { text: 'twice' }, 200],
      ['POST', '/batch', { operations: [{ method: 'POST', path: '/v1/entries', body: entry(3) }] }, 200],
      ['POST', '/v1/entries', { writer: 'nobody' }, 422],
      ['DELETE', '/v1/entries/00000000-0000-4000-8000-000000000001', undefined, 204],
    ] as const;
    for (const [index, [method, path, body, status]] of requests.entries()) {
      const key = { 'idempotency-key': `key-${index}` };
      const doomed = await startPlinth({ ...options, prefix: killer });
      const dying = { ...key, 'x-request-id': 'die-before-the-answer' };
      await assert.rejects(doomed.request(method, path, body, dying));
      await doomed.stop('SIGKILL');

      const plinth = await startPlinth(options);
      const retried = await plinth.request(method, path, body, key);
      assert.equal(retried.status, status, JSON.stringify(retried.body));
      assert.equal(retried.headers.get('idempotency-replayed'), 'true');
      assert.equal((await plinth.request(method, path, body, key)).status, status);
      for (const sequence of [1, 2, 3]) assert.ok((await countOf(plinth, sequence)) <= 1);
      if (method === 'PATCH') assert.equal(retried.body.version, 2);
      await plinth.stop('SIGTERM');
    }
    const plinth = await startPlinth(options);
    assert.deepEqual(
      [await countOf(plinth, 1), await countOf(plinth, 2), await countOf(plinth, 3)],
      [1, 0, 1],
    );
    await plinth.stop('SIGTERM');
  });

  test(`clients that send again until they are answered write once, over ${rounds} kills`, async (t) => {
    const options = { folder, databaseUrl: await database.createUrl() };
    const answered = new Map<number, Received>();
    const unanswered = new Set<number>();
    let sequence = 0;
    let retried = 0;
    for (let round = 0; round < rounds; round++) {
      const plinth = await startPlinth(options);
      const order = (each: number) =>
        plinth.request('POST', '/v1/entries', entry(each), { 'idempotency-key': `order-${each}` });
      for (const each of unanswered) {
        const answer = await order(each);
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        answered.set(each, answer);
        unanswered.delete(each);
        retried += 1;
      }
      const killAt = answered.size + Math.floor(Math.random() * acknowledgementsMax);
      let killed: Promise<unknown> | undefined;
      const write = async () => {
        while (killed === undefined) {
          const each = sequence++;
          unanswered.add(each);
          const answer = await order(each).catch(() => undefined);
          if (answer !== undefined) {
            assert.equal(answer.status, 201, JSON.stringify(answer.body));
            answered.set(each, answer);
            unanswered.delete(each);
          }
          if (answered.size >= killAt) killed ??= plinth.stop('SIGKILL');
        }
      };
      await Promise.all(Array.from({ length: writers }, write));
      await killed;
    }
    const plinth = await startPlinth(options);
    for (const [each, answer] of answered) {
      const again = await plinth.request('POST', '/v1/entries', entry(each), {
        'idempotency-key': `order-${each}`,
      });
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
      assert.deepEqual(again.body, answer.body);
    }
    const total = (await plinth.request('GET', '/v1/entries?count=exact&limit=1')).body.total as number;
    assert.ok(total >= answered.size && total <= answered.size + unanswered.size);
    for (const each of answered.keys()) assert.equal(await countOf(plinth, each), 1);
    await plinth.stop('SIGTERM');
    assert.ok(retried >= rounds, 'the kills met requests in flight');
    t.diagnostic(`${answered.size} answered, ${retried} of them after a kill`);
  });
});
