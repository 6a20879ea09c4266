import type { Collection, Model, StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { isReadable } from '#domain/expressions/shape.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import { BodyReader } from './body/body-reader.ts';
import { QueryParser } from './query-parser.ts';
import type { PresentedRecord } from './result.ts';

/** Copies the properties that may be seen, by name, so that no other can get out. */
type Presenter = (record: StoredRecord, isAdmin: boolean, query?: RecordQuery) => PresentedRecord;

/** A collection with everything that is compiled for it, once for each model. */
export interface CompiledCollection {
  readonly model: Model;
  readonly collection: Collection;
  readonly bodies: BodyReader;
  readonly queries: QueryParser;
  readonly present: Presenter;
}

/** The collections in force, compiled when they are first asked for. */
export class CompiledCollections {
  readonly #current: () => Model;
  readonly #compiled = new WeakMap<Model, Map<string, CompiledCollection>>();

  constructor(current: () => Model) {
    this.#current = current;
  }

  has(name: string): boolean {
    return this.#current().collections.has(name);
  }

  /** Throws `not_found`. */
  get(name: string): CompiledCollection {
    return this.of(this.#current(), name);
  }

  /** The collection of a model that may no longer be in force. Throws `not_found`. */
  of(model: Model, name: string): CompiledCollection {
    let known = this.#compiled.get(model);
    if (known === undefined) this.#compiled.set(model, (known = new Map()));
    let compiled = known.get(name);
    if (compiled === undefined) {
      const collection = model.collections.get(name);
      if (collection === undefined) throw new Problem('not_found');
      known.set(name, (compiled = compile(model, collection)));
    }
    return compiled;
  }
}

function compile(model: Model, collection: Collection): CompiledCollection {
  return {
    model,
    collection,
    bodies: new BodyReader(collection),
    queries: new QueryParser(model, collection),
    present: compilePresenter(collection),
  };
}

function compilePresenter(collection: Collection): Presenter {
  const namesFor = (isAdmin: boolean) =>
    [...collection.properties.values()]
      .filter((property) => isReadable(property, isAdmin))
      .map(({ name }) => name);
  const forAdmins = namesFor(true);
  const forOthers = namesFor(false);
  return (record, isAdmin, query) => {
    const readable = isAdmin ? forAdmins : forOthers;
    const names = query?.fields === undefined ? readable : readable.filter(isNamedIn(query));
    const presented: Record<string, unknown> = {};
    for (const name of names) presented[name] = record[name];
    return presented as PresentedRecord;
  };
}

function isNamedIn({ fields, expand }: RecordQuery): (name: string) => boolean {
  return (name) => fields?.has(name) === true || expand.some(({ property }) => property === name);
}
