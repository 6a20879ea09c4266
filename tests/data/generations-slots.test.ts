import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader } from '#data/index.ts';
import { Generations } from '#data/generations.ts';
import { nothingTracked } from '#domain/collections/tracked-collections.ts';
import { testDatabase } from '../support/databases.ts';

const sqlite = testDatabase('sqlite');

test('units on different connections renew different marks, so that none waits for the commit of another', async () => {
  const generations = new Generations((await sqlite.open()).build);
  const renewed = new Set<unknown>();
  const reader: Reader = {
    all: () => assert.fail('nothing is read'),
    run: ({ parameters }) => {
      const [collection, slot, , other, same] = parameters;
      assert.deepEqual([collection, other, same], ['boards', 'notes', slot]);
      renewed.add(slot);
      return Promise.resolve(2);
    },
  };
  const processes = Array.from({ length: 40 }, (_, index) => 2_147_000_000 + index);
  for (const process of processes) await generations.bump(reader, new Set(['notes', 'boards']), process);
  for (const process of processes) await generations.bump(reader, new Set(['notes', 'boards']), process);
  assert.equal(renewed.size, processes.length);
});

test('every unit looks at what others watch until one has seen it; a look that fails is none', async () => {
  const generations = new Generations((await sqlite.open()).build);
  generations.watch(nothingTracked, []);
  const agreement = JSON.stringify({ definitions: 'of others', watched: ['logs'], sinceMs: 0 });
  const session = (rows: () => Promise<unknown[]>): Reader => ({
    all: <Row>() => rows() as Promise<Row[]>,
    run: () => assert.fail('nothing is written'),
  });
  const answer = Promise.withResolvers<unknown[]>();
  const first = generations.refreshPeers(session(() => answer.promise));
  await assert.rejects(
    async () => generations.refreshPeers(session(() => Promise.reject(new Error('away')))),
    /away/,
  );
  const touched = new Set<string>();
  await generations.refreshPeers(session(() => Promise.resolve([{ collection: '', mark: agreement }])));
  generations.track(touched)('logs');
  assert.deepEqual([...touched], ['logs']);
  assert.equal(generations.refreshPeers(session(() => answer.promise)), undefined);
  answer.resolve([{ collection: '', mark: agreement }]);
  await first;
});
