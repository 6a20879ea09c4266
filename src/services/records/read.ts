import type { Reader } from '#data/index.ts';
import type { Caller } from '#domain/access/caller.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import { dependenciesOfRecord } from '#domain/query/dependencies.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';
import type { PreparedRead, QueryParameters, RecordResult } from './records.ts';
import { findReadable } from './rules.ts';
import { presentOneExpanded } from './expand.ts';

/** One record. Throws the same `not_found` for one that is not there, not theirs to read, and for an id that is none. */
export function read(
  parts: RecordsContext,
  caller: Caller,
  name: string,
  id: string,
  parameters: QueryParameters,
): PreparedRead<RecordResult> {
  const target = parts.collection(name);
  const { model, collection, queries } = target;
  const query = queries.record(parameters, caller.admin);
  const answer = (reader: Reader) =>
    one(parts, target, parts.requestContext(reader, caller, model), id, query);
  return {
    reach: () => dependenciesOfRecord(query, { model, collection, admin: caller.admin }),
    run: () => parts.database.read(answer),
  };
}

async function one(
  parts: RecordsContext,
  target: CompiledCollection,
  situation: RequestContext,
  id: string,
  query: RecordQuery,
): Promise<RecordResult> {
  const stored = await findReadable(parts, target, situation, id, { forChange: false });
  if (stored === undefined) throw new Problem('not_found');
  return presentOneExpanded(parts, target, situation, stored, query);
}
