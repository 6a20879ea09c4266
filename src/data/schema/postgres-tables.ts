import { foreignKeyName, indexName } from '#domain/collections/names.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import type { TableAlteration, TableChange } from '#domain/collections/diff/steps.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Dialect, Reader, Transaction } from '../database.ts';
import { columnDdl, execute, literal, quote, referencesDdl, statement } from './ddl.ts';
import { indexesAhead } from './postgres-indexes-ahead.ts';
import { introspectPostgres } from './postgres-introspection.ts';
import { lockTables } from './postgres-locks.ts';
import { postgresTriggers } from './postgres-triggers.ts';
import { alterationsIn, foreignKeyOf, type SchemaDialect, type ScratchColumns } from './tables.ts';

/** PostgreSQL alters tables in place; foreign keys are constraints of their own, taken off first and put on last. */
export function postgresTables(dialect: Dialect): SchemaDialect {
  return {
    tableOptions: '',
    keyedTableOptions: '',
    tableNames,
    triggers: postgresTriggers,
    refuseWithoutRights,
    ahead: indexesAhead,
    // The tables of new references are locked last, with the statement that adds the key: transactions that only read
    // from them do not delay the change.
    lock: (transaction, changes) =>
      lockTables(transaction, [...namesBefore(changes), ...leftTargets(changes)]),
    introspect: introspectPostgres,
    async changeTables(transaction, changes, scratch) {
      for (const { collection, property } of goingKeys(changes)) {
        const name = quote(foreignKeyName(collection.name, property.name));
        await execute(transaction, `ALTER TABLE ${quote(collection.name)} DROP CONSTRAINT IF EXISTS ${name}`);
      }
      for (const change of changes) {
        if (change.kind === 'drop') await execute(transaction, `DROP TABLE ${quote(change.before.name)}`);
      }
      for (const change of alterationsIn(changes))
        await renameTable(transaction, change.before.name, change.after.name);
      for (const change of changes) {
        if (change.kind === 'create') await createTable(transaction, dialect, change.after);
        if (change.kind === 'alter') await alterTable(transaction, dialect, change, scratch);
      }
    },
    async addForeignKeys(transaction, changes) {
      for (const { collection, property } of comingKeys(changes)) {
        const name = quote(foreignKeyName(collection.name, property.name));
        await execute(
          transaction,
          `ALTER TABLE ${quote(collection.name)} ADD CONSTRAINT ${name} ` +
            `FOREIGN KEY (${quote(property.name)})${referencesDdl(property)}`,
        );
      }
    },
  };
}

function namesBefore(changes: readonly TableChange[]): string[] {
  return changes.flatMap((change) => (change.kind === 'create' ? [] : [change.before.name]));
}

function leftTargets(changes: readonly TableChange[]): string[] {
  return goingKeys(changes).flatMap(({ property }) => property.reference?.collection ?? []);
}

interface Key {
  readonly collection: Collection;
  readonly property: Property;
}

function keysOf(collection: Collection): Key[] {
  const references = [...collection.properties.values()].filter(({ reference }) => reference !== undefined);
  return references.map((property) => ({ collection, property }));
}

function goingKeys(changes: readonly TableChange[]): Key[] {
  return changes.flatMap((change) => {
    if (change.kind === 'create') return [];
    if (change.kind === 'drop') return keysOf(change.before);
    const kept = keptKeys(change);
    return keysOf(change.before).filter(({ property }) => !kept.has(property));
  });
}

function comingKeys(changes: readonly TableChange[]): Key[] {
  return changes.flatMap((change) => {
    if (change.kind === 'drop') return [];
    if (change.kind === 'create') return keysOf(change.after);
    const kept = keptKeys(change);
    return keysOf(change.after).filter(({ property }) => !kept.has(property));
  });
}

/** References whose constraint stays as it is, before and after. That of a renamed target follows it by itself. */
function keptKeys({ before: table, after: newTable, columns }: TableAlteration): ReadonlySet<Property> {
  const kept = columns.flatMap(({ before, after, rewrite }) => {
    if (before?.reference === undefined || after?.reference === undefined || rewrite !== undefined) return [];
    const sameName = foreignKeyName(table.name, before.name) === foreignKeyName(newTable.name, after.name);
    return sameName && foreignKeyOf(before)?.onDelete === foreignKeyOf(after)?.onDelete
      ? [before, after]
      : [];
  });
  return new Set(kept);
}

async function createTable(
  transaction: Transaction,
  dialect: Dialect,
  collection: Collection,
): Promise<void> {
  const key = `CONSTRAINT ${quote(indexName(collection.name, [], 'pkey'))} PRIMARY KEY ("id")`;
  const columns = [...collection.properties.values()].map((property) => columnDdl(dialect, property));
  await execute(transaction, `CREATE TABLE ${quote(collection.name)} (${[...columns, key].join(', ')})`);
}

async function renameTable(transaction: Transaction, from: string, to: string): Promise<void> {
  if (from === to) return;
  await execute(transaction, `ALTER TABLE ${quote(from)} RENAME TO ${quote(to)}`);
  const [oldKey, newKey] = [indexName(from, [], 'pkey'), indexName(to, [], 'pkey')];
  await execute(transaction, `ALTER INDEX ${quote(oldKey)} RENAME TO ${quote(newKey)}`);
}

async function alterTable(
  transaction: Transaction,
  dialect: Dialect,
  { after: collection, columns }: TableAlteration,
  scratch: ScratchColumns,
): Promise<void> {
  const alter = (action: string) => execute(transaction, `ALTER TABLE ${quote(collection.name)} ${action}`);
  for (const { before, after } of columns) {
    const replaced = after !== undefined && scratch.has(after);
    if (before !== undefined && (after === undefined || replaced))
      await alter(`DROP COLUMN ${quote(before.name)}`);
  }
  for (const { before, after, fallback } of columns) {
    if (after === undefined) continue;
    const name = quote(after.name);
    if (before === undefined) {
      // The default is only for the records that are there; it costs nothing however large the table.
      const standIn = fallback === undefined ? '' : ` DEFAULT ${literal(dialect, after, fallback)}`;
      await alter(`ADD COLUMN ${columnDdl(dialect, after)}${standIn}`);
      if (fallback !== undefined) await alter(`ALTER COLUMN ${name} DROP DEFAULT`);
      continue;
    }
    const source = scratch.get(after) ?? before.name;
    if (source !== after.name) await alter(`RENAME COLUMN ${quote(source)} TO ${name}`);
    const wasRequired = before.required && !scratch.has(after);
    if (after.required && !wasRequired) {
      if (fallback !== undefined) {
        const standIn = literal(dialect, after, fallback);
        await execute(
          transaction,
          `UPDATE ${quote(collection.name)} SET ${name} = ${standIn} WHERE ${name} IS NULL`,
        );
      }
      await alter(`ALTER COLUMN ${name} SET NOT NULL`);
    }
    if (!after.required && wasRequired) await alter(`ALTER COLUMN ${name} DROP NOT NULL`);
  }
}

async function tableNames(reader: Reader): Promise<ReadonlySet<string>> {
  const rows = await reader.all<{ name: string }>(
    statement(
      `SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace ` +
        `AND relkind IN ('r', 'p', 'v', 'm', 'f')`,
    ),
  );
  return new Set(rows.map(({ name }) => name));
}

/** Since PostgreSQL 15 only the owner of a database may make tables in it, unless somebody else is let. */
async function refuseWithoutRights(transaction: Transaction): Promise<void> {
  const [row] = await transaction.all<{ user: string; schema: string | null; allowed: boolean }>(
    statement(
      `SELECT current_user::text AS "user", current_schema()::text AS "schema", ` +
        `coalesce(has_schema_privilege(current_schema()::text, 'CREATE'), false) AS "allowed"`,
    ),
  );
  if (row === undefined || row.allowed) return;
  const schema = row.schema ?? 'public';
  throw new Problem('insufficient_privilege', {
    detail:
      `The database user "${row.user}" may not make tables in the schema "${schema}". As its owner, run: ` +
      `GRANT USAGE, CREATE ON SCHEMA "${schema}" TO "${row.user}";`,
  });
}
