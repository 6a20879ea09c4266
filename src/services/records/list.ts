import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import type { ListPlan } from '#domain/query/list-plan.ts';
import type { ListQuery } from '#domain/query/list-query.ts';
import type { CursorQuery } from '#domain/query/cursor.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';
import type { ListResult, PreparedRead, QueryParameters } from './records.ts';
import { explainSlowList, refuseManyPairs } from './costly-filters.ts';
import { demandOf } from './demand.ts';
import { presentExpanded } from './expand.ts';

/** One page of a collection, as far as the caller may see it. */
export function list(
  parts: RecordsContext,
  principal: Principal,
  name: string,
  parameters: QueryParameters,
): PreparedRead<ListResult> {
  const target = parts.collection(name);
  const { query, reach } = target.queries.list(parameters, bypassesRules(principal));
  const search = parameters.get('q');
  return {
    reach,
    run: () =>
      page(parts, target, principal, query, search).catch((error: unknown) => {
        throw explainSlowList(error, query, target);
      }),
  };
}

async function page(
  parts: RecordsContext,
  target: CompiledCollection,
  principal: Principal,
  query: ListQuery,
  search: string | undefined,
): Promise<ListResult> {
  const collection = target.collection.name;
  const cursorQuery = { collection, filter: query.filter?.source, search, sort: query.sort };
  return parts.database.read(
    async (reader) => {
      const situation = parts.requestContext(reader, principal, target.model);
      const plan = planOf(parts, target, situation, query, cursorQuery);
      if (plan === undefined)
        return { data: [], page: { limit: query.limit, next: null }, ...(query.count && { total: 0 }) };
      if (query.filter !== undefined && query.filter.lists.size > 0)
        await refuseManyPairs(parts, reader, target, query.filter);
      const { records, next } = await parts.stored.list(reader, plan);
      const total = query.count ? { total: await parts.stored.count(reader, plan) } : {};
      const data = await presentExpanded(parts, target, situation, records, query);
      const cursor = next === undefined ? null : parts.cursors.encode(next, cursorQuery);
      return { data, page: { limit: query.limit, next: cursor }, ...total };
    },
    demandOf(principal, collection),
  );
}

/** Undefined when nothing can be in the list: the rule or the filter excludes every record for this caller. */
function planOf(
  { cursors }: RecordsContext,
  { collection }: CompiledCollection,
  { access }: RequestContext,
  { filter, search, sort, limit, cursor }: ListQuery,
  cursorQuery: CursorQuery,
): ListPlan | undefined {
  const after = cursor === undefined ? undefined : cursors.decode(cursor, cursorQuery);
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
