import type { Session } from '#data/index.ts';
import type { Caller } from '#domain/access/caller.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import { reachOfRecord } from '#domain/query/reach.ts';
import type { RecordParts, Situation, Target } from './parts.ts';
import type { Prepared, QueryParameters, RecordAnswer } from './records.ts';
import { findReadable } from './rules.ts';
import { showOne } from './show.ts';

/** One record. Throws the same `not_found` for one that is not there, not theirs to read, and for an id that is none. */
export function read(
  parts: RecordParts,
  caller: Caller,
  name: string,
  id: string,
  parameters: QueryParameters,
): Prepared<RecordAnswer> {
  const target = parts.target(name);
  const { model, collection, queries } = target;
  const query = queries.record(parameters, caller.admin);
  const answer = (session: Session) => one(parts, target, parts.situation(session, caller, model), id, query);
  return {
    reach: () => reachOfRecord(query, { model, collection, admin: caller.admin }),
    answer: () => parts.database.read(answer),
  };
}

async function one(
  parts: RecordParts,
  target: Target,
  situation: Situation,
  id: string,
  query: RecordQuery,
): Promise<RecordAnswer> {
  const stored = await findReadable(parts, target, situation, id, { forChange: false });
  if (stored === undefined) throw new Problem('not_found');
  return showOne(parts, target, situation, stored, query);
}
