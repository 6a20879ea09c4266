import type { Database, Statement, Unit } from '#data/index.ts';
import { anonymous } from '#domain/access/caller.ts';
import { usersDefinition } from '#domain/collections/index.ts';
import { createCollections } from '#services/collections/index.ts';
import { createIdempotency, type FirstTime, type RepeatableRequest } from '#services/idempotency/index.ts';
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

export const request: RepeatableRequest = {
  caller: anonymous,
  address: '192.0.2.1',
  key: 'k',
  method: 'POST',
  target: '/v1/things',
  body: Buffer.from('{}'),
};

/** Writes nothing but what the journal keeps; `done` counts how often it came to its end. */
export function counting(database: Database, meanwhile: () => Promise<void> = async () => {}) {
  const counts = { begun: 0, done: 0 };
  const firstTime: FirstTime<number> = {
    async perform(journal) {
      counts.begun += 1;
      await database.write(async (unit: Unit) => {
        await journal.open(unit);
        await meanwhile();
        await journal.close(unit, counts.begun);
      });
      return (counts.done += 1);
    },
    answer: (count) => ({ status: 201, headers: {}, body: String(count) }),
    refusal: () => undefined,
  };
  return { counts, firstTime };
}

export async function keysIn(database: Database): Promise<number> {
  const statement: Statement = { sql: 'SELECT "key" FROM "_plinth_idempotency"', parameters: [] };
  return (await database.read((session) => session.all(statement))).length;
}
