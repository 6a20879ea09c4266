import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const sqlite = testDatabase('sqlite');

test('units on different connections renew different marks, so that none waits for the commit of another', async () => {
  const { generations } = await sqlite.open();
  const renewed = new Set<unknown>();
  const session: Session = {
    all: () => assert.fail('nothing is read'),
    run: ({ parameters }) => {
      const [collection, slot, , other, same] = parameters;
      assert.deepEqual([collection, other, same], ['boards', 'notes', slot]);
      renewed.add(slot);
      return Promise.resolve(2);
    },
  };
  const processes = Array.from({ length: 40 }, (_, index) => 2_147_000_000 + index);
  for (const process of processes) await generations.move(session, new Set(['notes', 'boards']), process);
  for (const process of processes) await generations.move(session, new Set(['notes', 'boards']), process);
  assert.equal(renewed.size, processes.length);
});
