import type { Database, Statement, Transaction } from '#data/index.ts';
import { anonymous } from '#domain/access/principal.ts';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import { createCollections } from '#services/collections/index.ts';
import { createIdempotency, type FirstAttempt, type KeyedRequest } from '#services/idempotency/index.ts';
import type { TestDatabase } from '../../support/databases.ts';

export const hourMs = 60 * 60_000;
export const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function openRig(kind: TestDatabase, options: { keptMax?: number } = {}) {
  const url = await kind.createUrl();
  const time = { ms: Date.parse('2026-01-31T10:00:00.000Z') };
  const clock = { now: () => new Date(time.ms) };
  const replica = async () => {
    const database = kind.openUrl(url);
    await createCollections({ database, log: quiet }).apply([usersDefinition]);
    return { database, service: createIdempotency({ database, clock, log: quiet, ...options }) };
  };
  return { ...(await replica()), time, replica };
}

export const request: KeyedRequest = {
  principal: anonymous,
  address: '192.0.2.1',
  key: 'k',
  method: 'POST',
  target: '/v1/things',
  body: Buffer.from('{}'),
};

/** Writes nothing but what the journal keeps; `done` counts how often it came to its end. */
export function counting(database: Database, meanwhile: () => Promise<void> = async () => {}) {
  const counts = { begun: 0, done: 0 };
  const firstTime: FirstAttempt<number> = {
    async run(journal) {
      counts.begun += 1;
      await database.write(async (transaction: Transaction) => {
        await journal.claim(transaction);
        await meanwhile();
        await journal.store(transaction, counts.begun);
      });
      return (counts.done += 1);
    },
    toResponse: (count) => ({ status: 201, headers: {}, body: String(count) }),
    toErrorResponse: () => undefined,
  };
  return { counts, firstTime };
}

export async function keysIn(database: Database): Promise<number> {
  const statement: Statement = { sql: 'SELECT "key" FROM "_plinth_idempotency"', parameters: [] };
  return (await database.read((reader) => reader.all(statement))).length;
}
