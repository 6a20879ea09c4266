import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymous, systemPrincipal, type Principal } from '#domain/access/principal.ts';
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
        list: ({ role }: Principal) => ({
          reach: () => ({ collections: new Set(['notes']), usesUser: true, usesNow: false }),
          run: () =>
            Promise.resolve({
              data: [{ id: role === 'system' ? 'all' : 'open' }],
              page: { limit: 20, next: null },
            }),
        }),
        read: () => assert.fail('nobody reads one'),
      },
    },
  });
  const ask = async (principal: Principal) => {
    const { body } = await reads.list(principal, 'notes', new Map());
    return (JSON.parse(body as string) as { data: { id: string }[] }).data[0]?.id;
  };
  assert.equal(await ask(systemPrincipal), 'all');
  assert.equal(await ask(anonymous), 'open');
  assert.equal(await ask(systemPrincipal), 'all');
});
