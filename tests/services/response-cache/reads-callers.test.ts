import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymous, systemPrincipal, type Principal } from '#domain/access/principal.ts';
import { ResponseCache } from '#services/response-cache/cache.ts';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';
import { createReadThrough } from '#services/response-cache/index.ts';
import { valueOf, type ListPage } from '#services/records/index.ts';

test('the command line, which is nobody and an admin, shares no answer with who is not signed in', async () => {
  const nowMs = () => 5_000;
  const freshness = new KnownGenerations({ nowMs, load: () => Promise.resolve(new Map([['notes', 'g']])) });
  const readThrough = createReadThrough(new ResponseCache({ freshness, itemsMax: 100, nowMs }));
  const ask = async (principal: Principal) => {
    const id = principal.role === 'system' ? 'all' : 'open';
    const page: ListPage = { data: [{ id }], page: { limit: 20, next: null } };
    const result = await readThrough({
      operation: { kind: 'list', collection: 'notes' },
      principal,
      maxAge: 60,
      dependencies: () => ({ collections: new Set(['notes']), usesUser: true, usesNow: false }),
      run: () => Promise.resolve({ kind: 'list', collection: 'notes', page, next: null }),
    });
    assert.ok(result.kind === 'list');
    return valueOf(result.page).data[0]?.id;
  };
  assert.equal(await ask(systemPrincipal), 'all');
  assert.equal(await ask(anonymous), 'open');
  assert.equal(await ask(systemPrincipal), 'all');
});
