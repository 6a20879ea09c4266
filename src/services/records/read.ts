import type { Caller } from '#domain/access/caller.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { RecordParts } from './parts.ts';
import type { QueryParameters, RecordAnswer } from './records.ts';
import { findReadable } from './rules.ts';
import { showOne } from './show.ts';

/** One record. Throws the same `not_found` for one that is not there, not theirs to read, and for an id that is none. */
export async function read(
  parts: RecordParts,
  caller: Caller,
  name: string,
  id: string,
  parameters: QueryParameters,
): Promise<RecordAnswer> {
  const target = parts.target(name);
  const query = target.queries.record(parameters, caller.admin);
  return parts.database.read(async (session) => {
    const situation = parts.situation(session, caller, target.model);
    const stored = await findReadable(parts, target, situation, id, { forChange: false });
    if (stored === undefined) throw new Problem('not_found');
    return showOne(parts, target, situation, stored, query);
  });
}
