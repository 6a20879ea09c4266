import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const clients = 12;
const batches = 200;
const p99MsMax = 2_000;
const rules = { read: 'true', create: 'true', update: 'true', delete: 'true' };

eachDatabase((kind) => {
  test('batches that change the same records in opposite order are all answered, and soon', async (t) => {
    const server = await startApp({
      database: await kind.createUrl(),
      collections: [{ name: 'counters', properties: { value: { type: 'integer' } }, rules }],
    });
    t.after(() => server.close());
    const create = async () => {
      const { body } = await server.send('POST', '/v1/counters', { body: { value: 0 } });
      return String(body.id);
    };
    const ids = [await create(), await create(), await create()];
    const tookMs: number[] = [];
    const statuses = new Map<number, number>();
    let sent = 0;
    async function client(number: number) {
      while (sent < batches) {
        const round = sent++;
        const order = number % 2 === 0 ? ids : ids.toReversed();
        const operations = order.map((id) => ({
          method: 'PATCH',
          path: `/v1/counters/${id}`,
          body: { value: round },
        }));
        const startedAt = performance.now();
        const { status } = await server.send('POST', '/batch', { body: { operations } });
        tookMs.push(performance.now() - startedAt);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
    assert.deepEqual(Object.fromEntries(statuses), { 200: batches });
    const p99 = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] as number;
    assert.ok(p99 <= p99MsMax, `${Math.round(p99)} ms`);
    const { body } = await server.send('GET', `/v1/counters/${ids[0]}`);
    assert.equal(body.version, batches + 1);
  });

  test('what collides in a way that nobody can foresee is tried again, and answered 200 or 503', async (t) => {
    const server = await startApp({
      database: await kind.createUrl(),
      collections: [{ name: 'counters', properties: { value: { type: 'integer', unique: true } }, rules }],
    });
    t.after(() => server.close());
    // Records with unique values, made in opposite order: each waits for what the other has inserted.
    const statuses = await Promise.all(
      Array.from({ length: clients }, async (_, number) => {
        const values = [1, 2, 3].map((value) => (number % 2 === 0 ? value : 4 - value));
        const operations = values.map((value) => ({ method: 'POST', path: '/v1/counters', body: { value } }));
        const { status, headers } = await server.send('POST', '/batch', { body: { operations } });
        if (status === 503) assert.ok(headers['retry-after']);
        return status;
      }),
    );
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.ok(
      statuses.every((status) => [200, 409, 503].includes(status)),
      statuses.join(),
    );
  });
});
