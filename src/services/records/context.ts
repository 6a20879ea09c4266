import { createRecordsRepository, type Database, type RecordsRepository, type Reader } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';
import { readAccessOf, type ReadAccess } from '#domain/access/read-access.ts';
import type { Collection, Model } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createCursors, type Cursors } from '#domain/query/cursor.ts';
import type { Clock } from '#platform/clock.ts';
import type { Ids } from '#platform/ids.ts';
import { BodyReader } from './body/body-reader.ts';
import { compilePresenter, type Presenter } from './present.ts';
import { compileQueries, type QueryParser } from './queries.ts';

export interface RecordsOptions {
  readonly database: Database;
  /** Where the model in force comes from. */
  readonly collections: { current(): Model };
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorSecret: string | Uint8Array;
}

/** A collection with all that is compiled for it, once for each model. */
export interface CompiledCollection {
  readonly model: Model;
  readonly collection: Collection;
  readonly bodies: BodyReader;
  readonly queries: QueryParser;
  readonly present: Presenter;
}

/** One caller doing one thing at one moment, on committed data or within a transaction. */
export interface RequestContext {
  readonly reader: Reader;
  readonly principal: Principal;
  readonly now: Date;
  readonly access: ReadAccess;
}

/** What the files of this folder share. */
export interface RecordsContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursors: Cursors;
  readonly stored: RecordsRepository;
  /** The collection of that name in force. Throws `not_found`. */
  collection(name: string): CompiledCollection;
  /** The same for a collection that another one refers to. */
  collectionOf(model: Model, name: string): CompiledCollection;
  requestContext(reader: Reader, principal: Principal, model: Model): RequestContext;
}

export function createContext(options: RecordsOptions): RecordsContext {
  const { database, collections, clock, ids, cursorSecret } = options;
  const targets = new WeakMap<Model, Map<string, CompiledCollection>>();

  function collectionOf(model: Model, name: string): CompiledCollection {
    let known = targets.get(model);
    if (known === undefined) targets.set(model, (known = new Map()));
    let target = known.get(name);
    if (target === undefined) {
      const collection = model.collections.get(name);
      if (collection === undefined) throw new Problem('not_found');
      target = {
        model,
        collection,
        bodies: new BodyReader(collection),
        queries: compileQueries(model, collection),
        present: compilePresenter(collection),
      };
      known.set(name, target);
    }
    return target;
  }

  return {
    database,
    clock,
    ids,
    cursors: createCursors(cursorSecret),
    stored: createRecordsRepository(database),
    collection: (name) => collectionOf(collections.current(), name),
    collectionOf,
    requestContext(reader, principal, model) {
      const now = clock.now();
      return { reader, principal, now, access: readAccessOf(model, principal, now) };
    },
  };
}
