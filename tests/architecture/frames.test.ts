import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Statement } from '#data/index.ts';
import { SqliteConnection } from '../../src/data/dialects/sqlite-connection.ts';
import { SqliteWriter } from '../../src/data/dialects/sqlite-writer.ts';
import { startApp, type TestApp } from '../support/plinth/app.ts';

/*
 * A request passes through a queue on SQLite: its way is the frames from the handler to the queue, and from there to the
 * INSERT. Both stacks are taken where they end, with the frames of awaiting functions; those of `src` are counted.
 */
const ends = { queued: [] as string[], inserted: [] as string[] };
/* eslint-disable typescript/unbound-method -- they are called with the `this` that they get */
const { write } = SqliteWriter.prototype;
const { run } = SqliteConnection.prototype;
/* eslint-enable typescript/unbound-method */

const stackTraceLimit = Error.stackTraceLimit;
let app: TestApp;
before(async () => {
  Error.stackTraceLimit = Infinity;
  SqliteWriter.prototype.write = function watched(this: SqliteWriter, ...of: Parameters<typeof write>) {
    ends.queued = framesHere('SqliteWriter.write');
    return write.apply(this, of);
  } as typeof write;
  SqliteConnection.prototype.run = function watched(this: SqliteConnection, statement: Statement) {
    if (statement.sql.startsWith('insert into "things"') || statement.sql.startsWith('INSERT INTO "things"'))
      ends.inserted = framesHere('SqliteConnection.run');
    return run.call(this, statement);
  };
  app = await startApp({
    collections: [{ name: 'things', properties: { name: { type: 'string' } }, rules: { create: 'true' } }],
    settings: { RATE_LIMIT: 'off' },
  });
});
after(async () => {
  await app.close();
  Error.stackTraceLimit = stackTraceLimit;
  SqliteWriter.prototype.write = write;
  SqliteConnection.prototype.run = run;
});

/** The frames of `src` above the watching function, and the function it stands before. */
function framesHere(name: string): string[] {
  const lines = (new Error('here').stack ?? '').split('\n').filter((line) => line.includes('/src/'));
  return [name, ...lines.map((line) => line.trim())];
}

/** The way of a create, from its handler on; a handler that has returned a promise already is not in a stack. */
async function wayOf(headers: Record<string, string>): Promise<string[]> {
  const answer = await app.send('POST', '/v1/things', { body: { name: 'x' }, headers });
  assert.equal(answer.status, 201);
  const { queued, inserted } = ends;
  const door = queued.findIndex((line) => line.includes('/src/http/routes/respond.ts'));
  assert.ok(door > 0 && inserted.length > 5, [...inserted, ...queued].join('\n'));
  return [...inserted, ...queued.slice(0, door + 1), 'the handler in /src/http/routes/records.ts'];
}

test('a create passes through at most 14 frames of ours from its handler to the INSERT', async () => {
  const way = await wayOf({});
  assert.ok(way.length <= 14, way.join('\n'));
});

test('with an Idempotency-Key it passes through at most 16', async () => {
  const way = await wayOf({ 'idempotency-key': 'k' });
  assert.ok(way.length <= 16, way.join('\n'));
});
