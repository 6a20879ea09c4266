import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymous, systemCaller, type Caller } from '#domain/access/caller.ts';
import { buildModel } from '#domain/collections/build.ts';
import { ResponseCache } from '#services/response-cache/cache.ts';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';
import { createReads } from '#services/response-cache/index.ts';

test('the command line, which is nobody and an admin, shares no answer with who is not signed in', async () => {
  const nowMs = () => 5_000;
  const freshness = new KnownGenerations({ nowMs, load: () => Promise.resolve(new Map([['notes', 'g']])) });
  const model = buildModel([{ name: 'notes', cache: { maxAge: 60 }, properties: {} }]);
  const reads = createReads({
    collections: { current: () => model },
    answers: new ResponseCache({ freshness, itemsMax: 100, nowMs }),
    records: {
      list: () => assert.fail('it is kept'),
      read: () => assert.fail('nobody reads one'),
      prepare: {
        list: ({ admin }: Caller) => ({
          reach: () => ({ collections: new Set(['notes']), usesUser: true, usesNow: false }),
          run: () =>
            Promise.resolve({ data: [{ id: admin ? 'all' : 'open' }], page: { limit: 20, next: null } }),
        }),
        read: () => assert.fail('nobody reads one'),
      },
    },
  });
  const ask = async (caller: Caller) => {
    const { body } = await reads.list(caller, 'notes', new Map());
    return (JSON.parse(body as string) as { data: { id: string }[] }).data[0]?.id;
  };
  assert.equal(await ask(systemCaller), 'all');
  assert.equal(await ask(anonymous), 'open');
  assert.equal(await ask(systemCaller), 'all');
});
