import { sql } from 'kysely';
import { searchTableName } from '#domain/collections/names.ts';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import { recordTokens } from '#domain/query/search-tokens.ts';
import type { Transaction } from '../database.ts';
import { Placeholder } from '../statements/template.ts';
import type { RecordStatements } from './record-statements.ts';

const wordsPerStatementMax = 256;

/** Keeps the words of a record in the search table of its collection. `before` is undefined for a new record. */
export async function changeWords(
  transaction: Transaction,
  collection: Collection,
  statements: RecordStatements,
  before: StoredRecord | undefined,
  after: StoredRecord,
): Promise<void> {
  const old = new Set(before === undefined ? [] : recordTokens(collection, before));
  const wanted = new Set(recordTokens(collection, after));
  const table = sql.table(searchTableName(collection.name));
  for (const batch of batchesOf([...old.difference(wanted)])) {
    const template = statements.shape(`removeWords/${batch.length}`, () => {
      const words = sql.join(batch.map((_, index) => sql`${new Placeholder(`word${index}`)}`));
      return sql`DELETE FROM ${table} WHERE "id" = ${new Placeholder('id')} AND "token" IN (${words})`;
    });
    await transaction.run({ sql: template.sql, parameters: [after.id, ...batch] });
  }
  for (const batch of batchesOf([...wanted.difference(old)])) {
    const template = statements.shape(`addWords/${batch.length}`, () => {
      const rows = batch.map(
        (_, index) => sql`(${new Placeholder(`word${index}`)}, ${new Placeholder('id')})`,
      );
      return sql`INSERT INTO ${table} ("token", "id") VALUES ${sql.join(rows)} ON CONFLICT DO NOTHING`;
    });
    await transaction.run({ sql: template.sql, parameters: batch.flatMap((word) => [word, after.id]) });
  }
}

/** Few sizes make few statements: each batch is a power of two long, its last word repeated to fill it. */
function batchesOf(words: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let start = 0; start < words.length; start += wordsPerStatementMax) {
    const batch = words.slice(start, start + wordsPerStatementMax);
    const size = 2 ** Math.ceil(Math.log2(batch.length));
    batches.push([...batch, ...Array.from({ length: size - batch.length }, () => batch.at(-1) as string)]);
  }
  return batches;
}
