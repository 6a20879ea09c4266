import type { Door } from '#domain/access/sight.ts';
import type { Collection, Model } from '#domain/collections/model.ts';
import {
  parseListQuery,
  parseRecordQuery,
  type ListQuery,
  type RecordQuery,
} from '#domain/query/list-query.ts';
import { reachOfList, reachOfRecord, type Reach } from '#domain/query/reach.ts';
import { FirstComers } from './first-comers.ts';
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
  /** What the answer is made from. Throws `invalid_query`. */
  reach(door: Door, parameters: QueryParameters, admin: boolean): Reach;
}

const everything: RecordQuery = { expand: [] };

interface Remembered {
  readonly query: ListQuery;
  /** Found out when it is asked for. */
  reach?: Reach;
}

export function compileQueries(model: Model, collection: Collection): QueryParser {
  const remembered = new FirstComers<Remembered>(rememberedMax);

  /** But for the cursor, which is another one on each page. */
  function parse(parameters: QueryParameters, admin: boolean): Remembered {
    const rest = [...parameters].filter(([name]) => name !== 'cursor');
    const key = JSON.stringify([admin, rest]);
    let parsed = remembered.get(key);
    if (parsed === undefined) {
      parsed = { query: parseListQuery(new Map(rest), { model, collection, admin }) };
      if (key.length <= rememberedLengthMax) remembered.offer(key, parsed);
    }
    return parsed;
  }

  const parser: QueryParser = {
    list(parameters, admin) {
      const cursor = parameters.get('cursor');
      const { query } = parse(parameters, admin);
      return cursor === undefined ? query : { ...query, cursor };
    },
    record: (parameters, admin) =>
      parameters.size === 0 ? everything : parseRecordQuery(parameters, { model, collection, admin }),
    reach(door, parameters, admin) {
      const scope = { model, collection, admin };
      if (door === 'read') return reachOfRecord(parser.record(parameters, admin), scope);
      const parsed = parse(parameters, admin);
      return (parsed.reach ??= reachOfList(parsed.query, scope));
    },
  };
  return parser;
}
