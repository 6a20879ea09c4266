import type { Collection, Property, StoredRecord } from '#domain/collections/model.ts';
import type { Database, Reader } from '../database.ts';

/** Finds records by other values than their id that identify them, for imports. */
export interface KeyedRecordsRepository {
  /** The records that have one of these keys: for each, the values of `properties` in order, none null, in stored form. */
  findByKeys(
    reader: Reader,
    collection: Collection,
    properties: readonly Property[],
    keys: readonly (readonly unknown[])[],
  ): Promise<StoredRecord[]>;
}

export function createKeyedRecordsRepository({ build, dialect }: Database): KeyedRecordsRepository {
  return {
    async findByKeys(reader, collection, properties, keys) {
      if (keys.length === 0) return [];
      const own = [...collection.properties.values()];
      const statement = build
        .selectFrom(collection.name)
        .select(own.map(({ name }) => name))
        .where((eb) => {
          const hasKey = (key: readonly unknown[]) =>
            eb.and(
              properties.map((property, at) => eb(property.name, '=', dialect.toColumn(property, key[at]))),
            );
          return eb.or(keys.map(hasKey));
        });
      const rows = await reader.all<Record<string, unknown>>(statement.compile());
      return rows.map(
        (row) =>
          Object.fromEntries(
            own.map((property) => [property.name, dialect.fromColumn(property, row[property.name])]),
          ) as StoredRecord,
      );
    },
  };
}
