import { sql, type RawBuilder } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Collection } from '#domain/collections/model.ts';
import { compileTemplate, Placeholder, type Template } from '../statements/template.ts';
import type { Database } from '../database.ts';
import { createRowsOfPage, type RowsOfPage } from './page-length.ts';
import { createRowMapper, type RowMapper } from './record-rows.ts';

const shapesMax = 500;

/** The statements compiled for one collection of one model; they live as long as the model. */
export class RecordStatements {
  readonly rows: RowMapper;
  readonly rowsOfPage: RowsOfPage;
  readonly findById: Template;
  readonly insert: Template;
  readonly remove: Template;
  readonly #database: Database;
  readonly #shapes = new LRUCache<string, Template>({ max: shapesMax });

  constructor(database: Database, collection: Collection) {
    this.#database = database;
    this.rows = createRowMapper(collection, database.dialect);
    this.rowsOfPage = createRowsOfPage(collection);
    const table = sql.table(collection.name);
    const columns = sql.join(this.rows.columns.map((name) => sql.ref(name)));
    const placeholders = sql.join(this.rows.columns.map((name) => sql`${new Placeholder(name)}`));
    this.findById = this.#compile(sql`SELECT ${columns} FROM ${table} WHERE "id" = ${new Placeholder('id')}`);
    this.insert = this.#compile(sql`INSERT INTO ${table} (${columns}) VALUES (${placeholders})`);
    this.remove = this.#compile(sql`DELETE FROM ${table} WHERE "id" = ${new Placeholder('id')}`);
  }

  /** The statement of a shape, built the first time. `key` begins with the kind of the statement. */
  shape(key: string, build: () => RawBuilder<unknown>): Template {
    let template = this.#shapes.get(key);
    if (template === undefined) {
      template = this.#compile(build());
      this.#shapes.set(key, template);
    }
    return template;
  }

  #compile(statement: RawBuilder<unknown>): Template {
    return compileTemplate(statement, this.#database);
  }
}

/** The compiled statements of each collection, made when they are first needed. */
export type StatementsOf = (collection: Collection) => RecordStatements;

export function createStatements(database: Database): StatementsOf {
  const made = new WeakMap<Collection, RecordStatements>();
  return (collection) => {
    let statements = made.get(collection);
    if (statements === undefined)
      made.set(collection, (statements = new RecordStatements(database, collection)));
    return statements;
  };
}
