import type { Collection, Model } from '#domain/collections/model.ts';
import { dependenciesOfList, dependenciesOfRecord, type Dependencies } from '#domain/query/dependencies.ts';
import {
  parseListQuery,
  parseRecordQuery,
  type ListQuery,
  type RecordQuery,
} from '#domain/query/list-query.ts';
import type { QueryScope } from '#domain/query/property-names.ts';
import { noParameters, type QueryParameters } from '#domain/query/query-string.ts';
import { FillOnceCache } from './fill-once-cache.ts';

const rememberedMax = 500;
/** A longer query is not worth the memory. */
const rememberedLengthMax = 4_096;

/** A query with the dependencies of its result, which are found out when they are asked for. */
export interface ParsedQuery<Query extends RecordQuery> {
  readonly query: Query;
  readonly dependencies: () => Dependencies;
}

const everything: RecordQuery = { expand: [] };

/** Parses the parameters of one collection, and remembers those of lists. Both methods throw `invalid_query`. */
export class QueryParser {
  readonly #model: Model;
  readonly #collection: Collection;
  readonly #lists = new FillOnceCache<ParsedQuery<ListQuery>>(rememberedMax);

  constructor(model: Model, collection: Collection) {
    this.#model = model;
    this.#collection = collection;
  }

  list(parameters: QueryParameters, isAdmin: boolean): ParsedQuery<ListQuery> {
    const cursor = parameters.get('cursor');
    const rest = [...parameters].filter(([name]) => name !== 'cursor');
    const key = JSON.stringify([isAdmin, rest]);
    let parsed = this.#lists.get(key);
    if (parsed === undefined) {
      parsed = this.#parseList(new Map(rest), isAdmin);
      if (key.length <= rememberedLengthMax) this.#lists.set(key, parsed);
    }
    return cursor === undefined ? parsed : { ...parsed, query: { ...parsed.query, cursor } };
  }

  record(parameters: QueryParameters = noParameters, isAdmin: boolean): ParsedQuery<RecordQuery> {
    const scope = this.#scope(isAdmin);
    const query = parameters.size === 0 ? everything : parseRecordQuery(parameters, scope);
    return { query, dependencies: () => dependenciesOfRecord(query, scope) };
  }

  #parseList(parameters: QueryParameters, isAdmin: boolean): ParsedQuery<ListQuery> {
    const scope = this.#scope(isAdmin);
    const query = parseListQuery(parameters, scope);
    let dependencies: Dependencies | undefined;
    return { query, dependencies: () => (dependencies ??= dependenciesOfList(query, scope)) };
  }

  #scope(admin: boolean): QueryScope {
    return { model: this.#model, collection: this.#collection, admin };
  }
}
