import { hash, randomBytes } from 'node:crypto';
import type { Database, Reader, Transaction } from '../database.ts';

/**
 * The generation of a collection is another one after each change of its records: a digest of random marks, of which the
 * triggers of the change log renew one in the transaction of the change. So a reader of a generation sees every change
 * that led to it, and no generation recurs: not after a restored backup, not in another database beside the same cache.
 *
 * Only tracked collections have one (domain/collections/tracked-collections.ts): the others cost nothing.
 */
export interface GenerationsRepository {
  /** By collection. Of those without one nothing tells when they change. */
  current(reader: Reader): Promise<ReadonlyMap<string, string>>;
  /** After a change of the schema: another generation for each tracked collection, none for the others. */
  renewAll(transaction: Transaction, tracked: ReadonlySet<string>): Promise<void>;
}

const table = '_plinth_generations';
const markBytes = 12;
/** The mark that only changes of the schema renew on PostgreSQL, so that they and writers do not wait for each other. */
const ownSlot = 0;

export function createGenerationsRepository({ build }: Pick<Database, 'build'>): GenerationsRepository {
  const all = build
    .selectFrom(table)
    .select(['collection', 'mark'])
    .orderBy('collection')
    .orderBy('slot')
    .compile();
  return {
    async current(reader) {
      const rows = await reader.all<{ collection: string; mark: string }>(all);
      const marks = Map.groupBy(rows, ({ collection }) => collection);
      return new Map(
        [...marks].map(([name, own]) => [
          name,
          hash('sha256', own.map(({ mark }) => mark).join(''), 'base64url'),
        ]),
      );
    },
    async renewAll(transaction, tracked) {
      const none = build.deleteFrom(table);
      if (tracked.size === 0) {
        await transaction.run(none.compile());
        return;
      }
      const names = [...tracked].toSorted();
      const rows = names.map((collection) => ({ collection, slot: ownSlot, mark: newMark() }));
      await transaction.run(
        build
          .insertInto(table)
          .values(rows)
          .onConflict((conflict) =>
            conflict
              .columns(['collection', 'slot'])
              .doUpdateSet((values) => ({ mark: values.ref('excluded.mark') })),
          )
          .compile(),
      );
      await transaction.run(none.where('collection', 'not in', names).compile());
    },
  };
}

function newMark(): string {
  return randomBytes(markBytes).toString('base64url');
}
