import type { Database } from '#data/index.ts';
import { shapes } from './shapes.ts';
import { execute, type TestDatabase } from '../databases.ts';
import type { Records } from './records.ts';

const quoted = (name: string): string => `"${name}"`;

/** Makes the tables of `shapes` as collections make them, with an index on every reference, and fills them. */
export async function fillTables(database: Database, records: Records): Promise<void> {
  const { dialect } = database;
  await database.write(async (transaction) => {
    for (const [name, { properties }] of shapes) {
      const columns = [...properties.values()].map(
        (property) =>
          `${quoted(property.name)} ${dialect.columnType(property)}${property.required ? ' NOT NULL' : ''}`,
      );
      await transaction.run({
        sql: `CREATE TABLE ${quoted(name)} (${columns.join(', ')}, PRIMARY KEY ("id"))`,
        parameters: [],
      });
      for (const { name: column, reference } of properties.values()) {
        if (reference === undefined) continue;
        const index = `CREATE INDEX ${name}_${column}_idx ON ${quoted(name)} (${quoted(column)}, "id")`;
        await transaction.run({ sql: index, parameters: [] });
      }
      for (const record of records.get(name) ?? []) {
        const values = [...properties.values()].map((property) =>
          dialect.toColumn(property, record[property.name]),
        );
        const query = database.build
          .insertInto(name)
          .values(Object.fromEntries([...properties.keys()].map((column, index) => [column, values[index]])))
          .compile();
        await transaction.run(query);
      }
    }
  });
}

/** A database whose own order of texts is not by code point, where there is such a thing. */
export async function germanUrl(databases: TestDatabase): Promise<string> {
  const url = await databases.createUrl();
  if (databases.name === 'sqlite') return url;
  const german = new URL(url);
  german.pathname += '_german';
  const locale = "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' TEMPLATE template0";
  await execute(url, `CREATE DATABASE ${german.pathname.slice(1)} ${locale}`);
  return german.href;
}
