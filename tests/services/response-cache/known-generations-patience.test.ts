import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseCache } from '#services/response-cache/cache.ts';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';

test('while one question to the database hangs, answers come from there, and nobody waits for it for long', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 5_000;
  const hung = Promise.withResolvers<ReadonlyMap<string, string>>();
  const freshness = new KnownGenerations({ nowMs: () => nowMs, load: () => hung.promise });
  const answers = new ResponseCache({ freshness, itemsMax: 100, nowMs: () => nowMs });
  const ask = async () => {
    const load = () => Promise.resolve({ json: '{}', note: 'null' });
    return (await answers.find({ key: 'all', collections: ['notes'], maxAgeMs: 60_000, load })).status;
  };
  const first = ask();
  nowMs += 900;
  t.mock.timers.tick(900);
  assert.equal(await first, 'bypass');
  assert.equal(await ask(), 'bypass', 'nobody waits a second time');
  hung.resolve(new Map([['notes', 'g']]));
  await freshness.refresh();
  await new Promise(setImmediate);
  assert.equal(await ask(), 'miss');
  assert.equal(await ask(), 'hit');
});
