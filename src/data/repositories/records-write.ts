import { sql, type RawBuilder } from 'kysely';
import type { Collection, Model, Property, StoredRecord } from '#domain/collections/model.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { isSameJson } from '#domain/json/canonical.ts';
import type { Database, Dialect, Reader, Transaction } from '../database.ts';
import { conditionSql } from '../expressions/sql.ts';
import { numberOf } from '../lists/selection.ts';
import { fill, Placeholder } from '../statements/template.ts';
import type { StatementsOf } from './record-statements.ts';
import { createRemoveReferrers } from './records-cascade.ts';
import { changeWords } from './search-tokens.ts';

/** The operands of a rule: a record that need not be stored, and (in `update`) the record stored under its id. */
export interface Decision {
  /** Specialised. */
  readonly rule: Expression;
  readonly bindings: Bindings;
  readonly record: StoredRecord;
}

/** Writes throw UniqueViolation and ReferenceViolation. */
export interface RecordChanger {
  /** Decides a rule in the database, for rules that need other tables. Nothing has to be stored yet. */
  holds(reader: Reader, collection: Collection, decision: Decision): Promise<boolean>;
  insert(transaction: Transaction, collection: Collection, record: StoredRecord): Promise<void>;
  /** Writes the columns that differ. */
  update(
    transaction: Transaction,
    collection: Collection,
    before: StoredRecord,
    after: StoredRecord,
  ): Promise<void>;
  /** Removes a record and, by the references of the model, every record that goes with it. */
  remove(transaction: Transaction, model: Model, collection: Collection, id: string): Promise<void>;
}

export function createRecordChanger(database: Database, statementsOf: StatementsOf): RecordChanger {
  const { dialect } = database;
  const removeReferrers = createRemoveReferrers(database);
  return {
    async holds(reader, collection, { rule, bindings, record }) {
      const template = statementsOf(collection).shape(`holds/${numberOf(rule)}`, () =>
        decisionSql(collection, rule, dialect),
      );
      const values: Record<string, unknown> = {};
      for (const property of collection.properties.values())
        values[property.name] = dialect.toColumn(property, record[property.name]);
      return (await reader.all(fill(template, values, bindings))).length > 0;
    },
    async insert(transaction, collection, record) {
      const statements = statementsOf(collection);
      await transaction.run({ sql: statements.insert.sql, parameters: statements.rows.toColumns(record) });
      if (collection.search.length > 0)
        await changeWords(transaction, collection, statements, undefined, record);
    },
    async update(transaction, collection, before, after) {
      const statements = statementsOf(collection);
      const changed = [...collection.properties.values()].filter(
        ({ name }) => !isSameJson(before[name], after[name]),
      );
      if (changed.length === 0) return;
      const names = changed.map(({ name }) => name);
      const template = statements.shape(`update/${names.join()}`, () => {
        const assignments = sql.join(names.map((name) => sql`${sql.ref(name)} = ${new Placeholder(name)}`));
        return sql`UPDATE ${sql.table(collection.name)} SET ${assignments} WHERE "id" = ${new Placeholder('id')}`;
      });
      const parameters = [
        ...changed.map((property) => dialect.toColumn(property, after[property.name])),
        after.id,
      ];
      await transaction.run({ sql: template.sql, parameters });
      if (collection.search.some((name) => names.includes(name)))
        await changeWords(transaction, collection, statements, before, after);
    },
    async remove(transaction, model, collection, id) {
      if (!dialect.cascadesAtWill) await removeReferrers(transaction, model, collection.name, id);
      await transaction.run({ sql: statementsOf(collection).remove.sql, parameters: [id] });
    },
  };
}

/** One row when the rule holds for a row of values, which need not be in the table. */
function decisionSql(collection: Collection, rule: Expression, dialect: Dialect): RawBuilder<unknown> {
  const used = [...collection.properties.values()].filter(
    ({ name }) => name === 'id' || rule.properties.has(`${collection.name}.${name}`),
  );
  const values = used.map(
    (property) => sql`${typedPlaceholder(property, dialect)} AS ${sql.ref(property.name)}`,
  );
  const [stored, isStored] = rule.usesPrevious
    ? [sql`, ${sql.table(collection.name)} AS "_p"`, sql`"_p"."id" = ${new Placeholder('id')} AND `]
    : [sql``, sql``];
  const condition = conditionSql(rule, { dialect, record: '_c', previous: '_p' });
  return sql`SELECT 1 AS "holds" FROM (SELECT ${sql.join(values)}) AS "_c"${stored} WHERE ${isStored}(${condition})`;
}

/** With the type of its column: in FROM, a bare parameter has none. */
function typedPlaceholder(property: Property, dialect: Dialect): RawBuilder<unknown> {
  const [type = '', collation] = dialect.columnType(property).split(' COLLATE ');
  const collate = collation === undefined ? sql`` : sql` COLLATE ${sql.raw(collation)}`;
  return sql`CAST(${new Placeholder(property.name)} AS ${sql.raw(type)})${collate}`;
}
