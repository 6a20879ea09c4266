import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdempotency } from '#services/idempotency/index.ts';
import type { RecordResult, RecordsService } from '#services/records/index.ts';
import { eachDatabase } from '../support/databases.ts';
import { quiet } from '../support/plinth/log.ts';
import { openServices } from '../support/plinth/services.ts';
import { standInServer } from '../support/plinth/stand-ins.ts';

eachDatabase((kind) => {
  test('a write with a key is presented once and becomes JSON once, however often it is sent', async () => {
    const { database, clock } = await openServices(kind);
    const counts = { executed: 0, serialised: 0 };
    const execute = async (): Promise<RecordResult> => {
      counts.executed += 1;
      const toJSON = () => ({ id: '1', serialised: (counts.serialised += 1) });
      const record = { id: '1', toJSON };
      return { kind: 'record', collection: 'tasks', id: '1', version: 1, created: true, record };
    };
    const records = {
      execute: execute as unknown as RecordsService['execute'],
      transact: ((_principal, work) =>
        database.write((transaction) => work({ transaction }))) as RecordsService['transact'],
    };
    const idempotency = createIdempotency({ database, records, clock, log: quiet });
    const server = standInServer({ records, idempotency });
    const send = () =>
      server.inject({
        method: 'POST',
        url: '/v1/tasks',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
        payload: '{}',
      });
    const first = await send();
    const again = await send();
    assert.deepEqual(counts, { executed: 1, serialised: 1 });
    assert.equal(first.statusCode, 201);
    assert.equal(first.body, '{"id":"1","serialised":1}');
    assert.equal(again.body, first.body);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    for (const name of ['etag', 'location', 'content-type', 'cache-control', 'content-length'])
      assert.equal(again.headers[name], first.headers[name], name);
  });
});
