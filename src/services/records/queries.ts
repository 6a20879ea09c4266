import { LRUCache } from 'lru-cache';
import type { Collection, Model } from '#domain/collections/model.ts';
import {
  parseListQuery,
  parseRecordQuery,
  type ListQuery,
  type RecordQuery,
} from '#domain/query/list-query.ts';
import type { QueryParameters } from './records.ts';

const rememberedMax = 500;
/** Of one query; a longer one is not worth the memory. */
const rememberedLengthMax = 4_096;

/** The parameters of a collection's lists and records, parsed; the same ones again are not parsed again. */
export interface QueryParser {
  /** Throws `invalid_query`. */
  list(parameters: QueryParameters, admin: boolean): ListQuery;
  /** Throws `invalid_query`. */
  record(parameters: QueryParameters, admin: boolean): RecordQuery;
}

const everything: RecordQuery = { expand: [] };

export function compileQueries(model: Model, collection: Collection): QueryParser {
  const remembered = new LRUCache<string, ListQuery>({ max: rememberedMax });
  return {
    list(parameters, admin) {
      const cursor = parameters.get('cursor');
      const rest = [...parameters].filter(([name]) => name !== 'cursor');
      const key = JSON.stringify([admin, rest]);
      let query = remembered.get(key);
      if (query === undefined) {
        query = parseListQuery(new Map(rest), { model, collection, admin });
        if (key.length <= rememberedLengthMax) remembered.set(key, query);
      }
      return cursor === undefined ? query : { ...query, cursor };
    },
    record: (parameters, admin) =>
      parameters.size === 0 ? everything : parseRecordQuery(parameters, { model, collection, admin }),
  };
}
