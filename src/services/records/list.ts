import type { Reader } from '#data/index.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import type { CursorQuery } from '#domain/query/cursor.ts';
import type { ListPlan } from '#domain/query/list-plan.ts';
import type { ListQuery } from '#domain/query/list-query.ts';
import { readContextOf, type ListExecution, type ReadContext } from './context.ts';
import { refuseManyPairs } from './costly-filters.ts';
import { presentAll } from './present.ts';
import type { ListResult } from './result.ts';

/** One page of a collection, as far as the principal may see it. */
export async function list(execution: ListExecution, reader: Reader): Promise<ListResult> {
  const { context, compiled, operation, query } = execution;
  const read = readContextOf(execution, reader);
  const collection = compiled.collection.name;
  const cursorQuery = {
    collection,
    filter: query.filter?.source,
    search: operation.query?.get('q'),
    sort: query.sort,
  };
  const { limit } = query;
  const plan = planOf(read, query, cursorQuery);
  if (plan === undefined) {
    const page = { data: [], page: { limit, next: null }, ...(query.count && { total: 0 }) };
    return { kind: 'list', collection, page, next: null };
  }
  if (query.filter !== undefined && query.filter.lists.size > 0) await refuseManyPairs(read, query.filter);
  const { records, next: lastValues } = await context.stored.list(reader, plan);
  const total = query.count ? { total: await context.stored.count(reader, plan) } : {};
  const data = await presentAll(read, records, query);
  const next = lastValues === undefined ? null : context.cursors.encode(lastValues, cursorQuery);
  return { kind: 'list', collection, page: { data, page: { limit, next }, ...total }, next };
}

/** Undefined when nothing can be in the list: the rule or the filter excludes every record for this principal. */
function planOf(
  { context, compiled: { collection }, access }: ReadContext,
  { filter, search, sort, limit, cursor }: ListQuery,
  cursorQuery: CursorQuery,
): ListPlan | undefined {
  const after = cursor === undefined ? undefined : context.cursors.decode(cursor, cursorQuery);
  const rule = access.condition(collection.name, 'list');
  const narrowed = filter === undefined ? undefined : specialise(filter, access.bindings).expression;
  const always = narrowed === undefined ? true : decided(narrowed);
  if (rule === false || always === false) return undefined;
  return {
    collection,
    access,
    rule,
    ...(narrowed !== undefined && always === undefined && { filter: narrowed }),
    ...(search !== undefined && { search }),
    sort,
    ...(after !== undefined && { after }),
    limit,
  };
}
