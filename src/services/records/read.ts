import type { Reader } from '#data/index.ts';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import { dependenciesOfRecord } from '#domain/query/dependencies.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';
import type { PreparedRead, QueryParameters, RecordResult } from './records.ts';
import { demandOf } from './demand.ts';
import { findReadable } from './rules.ts';
import { presentOneExpanded } from './expand.ts';

/** One record. Throws the same `not_found` for one that is not there, not theirs to read, and for an id that is none. */
export function read(
  parts: RecordsContext,
  principal: Principal,
  name: string,
  id: string,
  parameters: QueryParameters,
): PreparedRead<RecordResult> {
  const target = parts.collection(name);
  const { model, collection, queries } = target;
  const query = queries.record(parameters, bypassesRules(principal));
  const answer = (reader: Reader) =>
    one(parts, target, parts.requestContext(reader, principal, model), id, query);
  return {
    reach: () => dependenciesOfRecord(query, { model, collection, admin: bypassesRules(principal) }),
    run: () => parts.database.read(answer, demandOf(principal, name)),
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
