import type { Database, Statement, Transaction } from '#data/index.ts';
import { anonymous } from '#domain/access/principal.ts';
import type { FirstAttempt, KeyedRequest } from '#services/idempotency/index.ts';

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
