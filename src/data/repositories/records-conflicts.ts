import { sql, type RawBuilder } from 'kysely';
import type { Collection, Index, Model, Property, StoredRecord } from '#domain/collections/model.ts';
import type { Database, Reader } from '../database.ts';

/** A reference that keeps a record from being deleted. */
export interface Referrer {
  readonly collection: string;
  readonly property: string;
}

/**
 * Says why a write is refused, before it is tried: the databases name one reason, each another, and PostgreSQL ends the
 * transaction with it. Asked only when a write has failed once.
 */
export interface ConflictFinder {
  /** References of a record that lead nowhere. */
  missingReferences(reader: Reader, collection: Collection, record: StoredRecord): Promise<Property[]>;
  /** Unique indexes in which another record has these values. */
  takenIndexes(reader: Reader, collection: Collection, record: StoredRecord): Promise<Index[]>;
  /** References with `restrict` to a record, or to one that goes with it. */
  referrers(reader: Reader, model: Model, collection: string, id: string): Promise<Referrer[]>;
}

const cascadesMax = 8;

export function createConflictFinder({ build, dialect }: Database): ConflictFinder {
  const isThere = async (reader: Reader, query: RawBuilder<unknown>) =>
    (await reader.all(query.compile(build))).length > 0;

  return {
    async missingReferences(reader, collection, record) {
      const missing: Property[] = [];
      for (const property of collection.properties.values()) {
        const id = record[property.name] ?? null;
        if (property.reference === undefined || id === null || id === record.id) continue;
        const target = sql.table(property.reference.collection);
        const found = await isThere(reader, sql`SELECT 1 AS "found" FROM ${target} WHERE "id" = ${id}`);
        if (!found) missing.push(property);
      }
      return missing;
    },
    async takenIndexes(reader, collection, record) {
      const taken: Index[] = [];
      for (const index of collection.indexes) {
        if (!index.unique || index.properties.some((name) => (record[name] ?? null) === null)) continue;
        const same = index.properties.map((name) => {
          const property = collection.properties.get(name) as Property;
          return sql`${sql.ref(name)} = ${dialect.toColumn(property, record[name])}`;
        });
        const others = sql`SELECT 1 AS "found" FROM ${sql.table(collection.name)}
          WHERE ${sql.join(same, sql` AND `)} AND "id" <> ${record.id} LIMIT 1`;
        if (await isThere(reader, others)) taken.push(index);
      }
      return taken;
    },
    referrers: (reader, model, collection, id) => {
      const ids = sql`SELECT "id" FROM ${sql.table(collection)} WHERE "id" = ${id}`;
      return referrersOf(reader, model, collection, ids, 1);
    },
  };

  async function referrersOf(
    reader: Reader,
    model: Model,
    target: string,
    ids: RawBuilder<unknown>,
    depth: number,
  ): Promise<Referrer[]> {
    const found: Referrer[] = [];
    for (const { name, properties } of model.collections.values()) {
      for (const { name: property, reference } of properties.values()) {
        if (reference?.collection !== target || reference.onDelete === 'setNull') continue;
        const rows = sql`SELECT "id" FROM ${sql.table(name)} WHERE ${sql.ref(property)} IN (${ids})`;
        if (!(await isThere(reader, sql`${rows} LIMIT 1`))) continue;
        if (reference.onDelete === 'restrict') found.push({ collection: name, property });
        else if (depth < cascadesMax)
          found.push(...(await referrersOf(reader, model, name, rows, depth + 1)));
      }
    }
    return found;
  }
}
