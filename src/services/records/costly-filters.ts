import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { Memo } from '#domain/memo.ts';
import { indexAdvice } from '#domain/query/index-advice.ts';
import { invalidQuery } from '#domain/query/invalid-query.ts';
import type { ListQuery } from '#domain/query/list-query.ts';
import {
  adviceForPairs,
  untiedQuantifiers,
  type UntiedQuantifier,
} from '#domain/query/untied-quantifiers.ts';
import type { CompiledCollection } from './compiled-collections.ts';
import type { ReadContext } from './context.ts';

const pairsMax = 10_000;

const known = new Memo<Expression, readonly UntiedQuantifier[]>();

/** Throws `invalid_query` for a filter that would look at too many combinations of the records stored now. */
export async function refuseManyPairs(
  { context: { stored }, compiled: { model }, reader }: ReadContext,
  filter: Expression,
): Promise<void> {
  let untied = known.get(filter);
  if (untied === undefined) known.set(filter, (untied = untiedQuantifiers(filter, model)));
  for (const quantifier of untied) {
    let pairs = 1;
    for (const name of quantifier.collections) pairs *= await stored.countUpTo(reader, name, pairsMax + 1);
    if (pairs > pairsMax) {
      const sentence = `This filter looks at more than ${pairsMax.toLocaleString('en')} combinations of records.`;
      throw invalidQuery('filter', `${sentence} ${adviceForPairs(quantifier)}`);
    }
  }
}

/** A list that took too long as a problem with advice; any other error as it is. */
export function explainSlowList(
  error: unknown,
  query: ListQuery,
  { collection }: CompiledCollection,
): unknown {
  if (!(error instanceof DatabaseUnavailable)) return error;
  if (error.reason !== 'timeout' && error.reason !== 'overloaded') return error;
  const happened =
    error.reason === 'timeout'
      ? 'The query took too long.'
      : 'Too many long queries are waiting for their turn.';
  return new Problem('unavailable', {
    detail: `${happened} ${indexAdvice(query, collection)}`,
    cause: error,
  });
}
