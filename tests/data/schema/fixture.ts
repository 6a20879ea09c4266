import { openSchema, type Database, type TableShape } from '#data/index.ts';
import { buildModel } from '#domain/collections/build.ts';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { createCollections, type CollectionsService, type PlannedStep } from '#services/collections/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { quiet } from '../../support/plinth/log.ts';

type Properties = CollectionDefinition['properties'];
type Row = Readonly<Record<string, JsonValue>>;

/** A collection with less to write. */
export function define(
  name: string,
  properties: Properties,
  rest: Partial<CollectionDefinition> = {},
): CollectionDefinition {
  return { name, properties, ...rest };
}

/** What the service is handed by a folder with these files: the built-in users are there. */
export function definitions(...own: CollectionDefinition[]): CollectionDefinition[] {
  return [usersDefinition, ...own];
}

export function serviceOn(database: Database): CollectionsService {
  return createCollections({ database, log: quiet });
}

/** An id for each number, in their order. */
export function id(number: number): string {
  return `018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** A database whose schema a test changes step by step. */
export class Living {
  readonly database: Database;
  readonly service: CollectionsService;
  #applied: readonly CollectionDefinition[] = [];

  constructor(database: Database) {
    this.database = database;
    this.service = serviceOn(database);
  }

  static async on(database: TestDatabase, ...own: CollectionDefinition[]): Promise<Living> {
    const living = new Living(await database.open());
    await living.apply(...own);
    return living;
  }

  /** Applies, and makes sure that nothing is left to do and nothing differs afterwards. Returns what was planned before. */
  async apply(...own: CollectionDefinition[]): Promise<readonly PlannedStep[]> {
    const wanted = definitions(...own);
    const { steps } = await this.service.plan(wanted);
    const done = await this.service.apply(wanted, { allowDestructive: true });
    if (JSON.stringify(done.steps) !== JSON.stringify(steps))
      throw new Error('what was done is not what was planned');
    this.#applied = wanted;
    const again = await this.service.plan(wanted);
    if (again.steps.length > 0) throw new Error(`not idempotent: ${JSON.stringify(again.steps)}`);
    const drift = await this.service.drift();
    if (drift.length > 0) throw new Error(`the tables differ: ${drift.join(' ')}`);
    return steps;
  }

  /** Writes records as the records service would, numbered from `first`. */
  async insert(collection: string, rows: readonly Row[], first = 0): Promise<void> {
    const { build, dialect } = this.database;
    const properties = buildModel(this.#applied).collections.get(collection)?.properties;
    const time = '2026-01-31T10:00:00.000Z';
    await this.database.write(async (transaction) => {
      for (const [index, row] of rows.entries()) {
        const record: Row = { id: id(first + index), createdAt: time, updatedAt: time, version: 1, ...row };
        const columns = Object.entries(record).map(([name, value]) => [
          name,
          dialect.toColumn(properties?.get(name) ?? { kind: 'string' }, value),
        ]);
        await transaction.run(build.insertInto(collection).values(Object.fromEntries(columns)).compile());
      }
    });
  }

  /** The values of one property, in the order of the records. */
  async values(collection: string, property: string): Promise<JsonValue[]> {
    const { build, dialect } = this.database;
    const form = buildModel(this.#applied).collections.get(collection)?.properties.get(property);
    const statement = build.selectFrom(collection).select(`${property} as value`).orderBy('id').compile();
    const rows = await this.database.read((reader) => reader.all<{ value: unknown }>(statement));
    return rows.map(({ value }) => dialect.fromColumn(form ?? { kind: 'string' }, value) as JsonValue);
  }

  /** Every table as the database describes it, in an order that does not depend on how it came to be. */
  tables(): Promise<readonly TableShape[]> {
    return tablesOf(this.database);
  }
}

export async function tablesOf(database: Database): Promise<readonly TableShape[]> {
  const shapes = await database.read((reader) => openSchema(database).introspect(reader));
  const byText = (left: object, right: object) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
  return shapes
    .map((shape) => ({
      name: shape.name,
      columns: shape.columns.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
      foreignKeys: shape.foreignKeys
        .map(({ column, table, onDelete }) => ({ column, table, onDelete }))
        .toSorted(byText),
      indexes: shape.indexes.map(({ name, columns, unique }) => ({ name, columns, unique })).toSorted(byText),
    }))
    .toSorted(byText);
}

/** The steps as lines: `tasks: remove property "note" (destructive): the values of 2 records are lost`. */
export function lines(steps: readonly PlannedStep[]): string[] {
  return steps.map(({ collection, summary, destructive, consequence, impossible }) => {
    const marks = `${destructive ? ' (destructive)' : ''}${impossible === true ? ' (impossible)' : ''}`;
    return `${collection}: ${summary}${marks}${consequence === undefined ? '' : `: ${consequence}`}`;
  });
}
