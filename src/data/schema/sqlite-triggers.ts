import type { Collection } from '#domain/collections/model.ts';
import { sqliteColumns } from '../dialects/sqlite/kinds.ts';
import { quote, statement } from './ddl.ts';
import type { TriggerDdl, TriggerDialect, TriggerOptions, TriggerShape } from './trigger-dialect.ts';

const now = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;
const isUnversioned = `NEW."version" IS OLD."version"`;

/** Three triggers a table, with the names of its columns in them. */
export const sqliteTriggers: TriggerDialect = {
  present: (reader) =>
    reader.all<TriggerShape>(
      statement(
        `SELECT tbl_name AS "table", name, sql AS "definition" FROM sqlite_schema ` +
          `WHERE type = 'trigger' AND name LIKE '\\_plinth\\_%' ESCAPE '\\'`,
      ),
    ),
  wanted(collection, { isTracked }) {
    const { changes = true } = collection.definition;
    const update = updateTrigger(collection, { isLogged: changes, isTracked });
    if (!changes) return [update];
    const marked = isTracked ? ` ${newMark(collection)}` : '';
    const created = entry(collection, 'create', 'NEW', { after: recordJson(collection, 'NEW') });
    const deleted = entry(collection, 'delete', 'OLD', { before: recordJson(collection, 'OLD') });
    return [
      trigger(collection, 'create', 'AFTER INSERT', `BEGIN ${created}${marked} END`),
      update,
      trigger(collection, 'delete', 'AFTER DELETE', `BEGIN ${deleted}${marked} END`),
    ];
  },
  drop: ({ name }) => `DROP TRIGGER ${quote(name)}`,
};

/**
 * Also gives a new version to a record that has changed without one: `ON DELETE SET NULL`, SQL by hand. A trigger does
 * not call itself, so that this is no second change.
 */
function updateTrigger(
  collection: Collection,
  { isLogged, isTracked }: TriggerOptions & { readonly isLogged: boolean },
): TriggerDdl {
  const columns = [...collection.properties.values()].map(({ name }) => quote(name));
  // Most changes bring their version: asked first, it decides.
  const differs = ['"version"', ...columns.filter((column) => column !== '"version"')]
    .map((column) => `NEW.${column} IS NOT OLD.${column}`)
    .join(' OR ');
  const logged = entry(collection, 'update', 'NEW', {
    before: recordJson(collection, 'OLD'),
    after: recordJson(
      collection,
      'NEW',
      new Map([
        ['version', newVersion],
        ['updatedAt', `iif(${isUnversioned}, ${now}, NEW."updatedAt")`],
      ]),
    ),
  });
  const moved =
    `UPDATE ${quote(collection.name)} SET "version" = ${newVersion}, "updatedAt" = ${now} ` +
    `WHERE "id" = NEW."id" AND ${isUnversioned};`;
  const all = [...(isLogged ? [logged] : []), ...(isTracked ? [newMark(collection)] : []), moved];
  const body = `WHEN ${differs} BEGIN ${all.join(' ')} END`;
  return trigger(collection, 'update', 'AFTER UPDATE', body);
}

const newVersion = `NEW."version" + (${isUnversioned})`;

function trigger({ name: table }: Collection, kind: string, event: string, body: string): TriggerDdl {
  const name = `_plinth_${kind}_${table}`;
  const create = `CREATE TRIGGER ${quote(name)} ${event} ON ${quote(table)} ${body}`;
  return { table, name, definition: create, create };
}

function newMark({ name }: Collection): string {
  return `UPDATE "_plinth_generations" SET "mark" = hex(randomblob(12)) WHERE "collection" = '${name}';`;
}

/** The statement that writes an entry; `row` has the id. */
function entry(
  { name }: Collection,
  kind: 'create' | 'update' | 'delete',
  row: 'NEW' | 'OLD',
  { before = 'NULL', after = 'NULL' }: { before?: string; after?: string },
): string {
  const version = kind === 'update' ? newVersion : `${row}."version"`;
  return (
    `INSERT INTO "_plinth_changes" ("at", "collection", "record", "kind", "version", "actor", "before", "after") ` +
    `VALUES (${now}, '${name}', ${row}."id", '${kind}', ${version}, ` +
    `(SELECT "actor" FROM "_plinth_changes_state"), ${before}, ${after});`
  );
}

/** A row as the JSON of a record; `others` are expressions in the place of columns. */
function recordJson(
  { properties }: Collection,
  row: 'NEW' | 'OLD',
  others: ReadonlyMap<string, string> = new Map(),
): string {
  const members = [...properties.values()].map(
    (property) =>
      `'${property.name}', ${others.get(property.name) ?? sqliteColumns.toJsonSql(property, `${row}.${quote(property.name)}`)}`,
  );
  return `json_object(${members.join(', ')})`;
}
