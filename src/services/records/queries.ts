import type { Collection, Model } from '#domain/collections/model.ts';
import {
  parseListQuery,
  parseRecordQuery,
  type ListQuery,
  type RecordQuery,
} from '#domain/query/list-query.ts';
import { dependenciesOfList, type Dependencies } from '#domain/query/dependencies.ts';
import { FillOnceCache } from './fill-once-cache.ts';
import type { QueryParameters } from './records.ts';

const rememberedMax = 500;
/** Of one query; a longer one is not worth the memory. */
const rememberedLengthMax = 4_096;

/** The parameters of a collection's lists and records, parsed; the same ones again are not parsed again. */
export interface QueryParser {
  /** With what an answer is made from, found out when it is asked for. Throws `invalid_query`. */
  list(
    parameters: QueryParameters,
    admin: boolean,
  ): { readonly query: ListQuery; readonly reach: () => Dependencies };
  /** Throws `invalid_query`. */
  record(parameters: QueryParameters, admin: boolean): RecordQuery;
}

const everything: RecordQuery = { expand: [] };

interface ParsedList {
  readonly query: ListQuery;
  readonly reach: () => Dependencies;
}

export function compileQueries(model: Model, collection: Collection): QueryParser {
  const remembered = new FillOnceCache<ParsedList>(rememberedMax);

  function parse(parameters: QueryParameters, admin: boolean): ParsedList {
    const scope = { model, collection, admin };
    const query = parseListQuery(parameters, scope);
    let reach: Dependencies | undefined;
    return { query, reach: () => (reach ??= dependenciesOfList(query, scope)) };
  }

  return {
    list(parameters, admin) {
      const cursor = parameters.get('cursor');
      const rest = [...parameters].filter(([name]) => name !== 'cursor');
      const key = JSON.stringify([admin, rest]);
      let parsed = remembered.get(key);
      if (parsed === undefined) {
        parsed = parse(new Map(rest), admin);
        if (key.length <= rememberedLengthMax) remembered.set(key, parsed);
      }
      return cursor === undefined ? parsed : { ...parsed, query: { ...parsed.query, cursor } };
    },
    record: (parameters, admin) =>
      parameters.size === 0 ? everything : parseRecordQuery(parameters, { model, collection, admin }),
  };
}
