import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, query } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true', update: 'true' };
const count = { type: 'integer' } as const;
const boards = { name: 'boards', properties: { count }, rules: everyone } as const;
const notes = {
  name: 'notes',
  properties: { count, board: { reference: 'boards' } },
  rules: everyone,
} as const;
const rounds = 150;

eachDatabase((database) => {
  test('a page and what it expands are of one moment, however much is written meanwhile', async () => {
    const { records, admin, seed } = await openWorld(database, [boards, notes]);
    const board = await seed('boards', { count: 0 });
    const note = await seed('notes', { count: 0, board: board.id });
    const state = { isDone: false };
    async function write(): Promise<void> {
      for (let n = 1; !state.isDone; n++) {
        const change = { method: 'PATCH', body: { count: n } };
        const paths = [`/v1/boards/${board.id}`, `/v1/notes/${note.id}`];
        await records.batch(admin, { operations: paths.map((path) => ({ ...change, path })) });
      }
    }
    const writing = write();
    const seen = new Set<unknown>();
    try {
      for (let round = 0; round < rounds; round++) {
        const { data } = await records.list(admin, 'notes', query({ expand: 'board' }));
        const [found] = data as unknown as [{ count: number; board: { count: number } }];
        assert.equal(found.count, found.board.count);
        seen.add(found.count);
        await new Promise(setImmediate);
      }
    } finally {
      state.isDone = true;
      await writing;
    }
    assert.ok(seen.size > 1, 'nothing was written meanwhile');
  });
});
