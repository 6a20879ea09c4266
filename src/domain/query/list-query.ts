import { compileExpression } from '#domain/expressions/check.ts';
import { ExpressionError } from '#domain/expressions/error.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { parseFields, type QueryScope } from './property-names.ts';
import { parseExpand, type Expansion } from './expand.ts';
import { invalidQuery } from './invalid-query.ts';
import { refuseUnknown, type QueryParameters } from './query-string.ts';
import { parseSearch, type SearchWord } from './search.ts';
import { parseSort, type SortKey } from './sort.ts';

const limitMax = 200;
const limitDefault = 20;

/** The parameters of a read of a single record. */
export interface RecordQuery {
  /** Names to return, `id` among them; absent means all. Expanded references are returned as well. */
  readonly fields?: ReadonlySet<string>;
  readonly expand: readonly Expansion[];
}

export interface ListQuery extends RecordQuery {
  readonly filter?: Expression;
  /** Total: ends in `id`. */
  readonly sort: readonly SortKey[];
  /** 1 to 200. */
  readonly limit: number;
  /** As it was sent; see cursor.ts. */
  readonly cursor?: string;
  readonly search?: readonly SearchWord[];
  /** `count=exact`. */
  readonly count: boolean;
}

export const recordParameters = ['fields', 'expand'] as const;
export const listParameters = [
  'filter',
  'sort',
  'limit',
  'cursor',
  'q',
  'count',
  ...recordParameters,
] as const;

/** Parses the parameters of a list. Throws `invalid_query` for the first that is unknown or wrong. */
export function parseListQuery(parameters: QueryParameters, scope: QueryScope): ListQuery {
  refuseUnknown(parameters, listParameters);
  const filter = parameters.get('filter');
  const cursor = parameters.get('cursor');
  const search = parameters.get('q');
  return {
    ...shownParts(parameters, scope),
    ...(filter !== undefined && { filter: parseFilter(filter, scope) }),
    sort: parseSort(parameters.get('sort'), scope),
    limit: parseLimit(parameters.get('limit')),
    ...(cursor !== undefined && { cursor }),
    ...(search !== undefined && { search: parseQ(search, scope) }),
    count: parseCount(parameters.get('count')),
  };
}

/** Parses the parameters of a single record. Throws as `parseListQuery` does. */
export function parseRecordQuery(parameters: QueryParameters, scope: QueryScope): RecordQuery {
  refuseUnknown(parameters, recordParameters);
  return shownParts(parameters, scope);
}

function shownParts(parameters: QueryParameters, scope: QueryScope): RecordQuery {
  const fields = parameters.get('fields');
  const expand = parameters.get('expand');
  return {
    ...(fields !== undefined && { fields: parseFields(fields, scope) }),
    expand: expand === undefined ? [] : parseExpand(expand, scope),
  };
}

function parseFilter(source: string, { model, collection, admin }: QueryScope): Expression {
  try {
    return compileExpression(source, {
      kind: 'filter',
      collection: collection.name,
      collections: model.collections,
      admin,
    });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw invalidQuery('filter', error.message, error.position);
  }
}

function parseLimit(value: string | undefined): number {
  if (value === undefined) return limitDefault;
  const limit = /^[1-9]\d{0,2}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > limitMax) throw invalidQuery('limit', `limit is a number from 1 to ${limitMax}.`);
  return limit;
}

function parseQ(value: string, { collection }: QueryScope): readonly SearchWord[] {
  if (collection.search.length === 0)
    throw invalidQuery('q', `${collection.name} has no "search" properties, so q cannot be used.`);
  return parseSearch(value);
}

function parseCount(value: string | undefined): boolean {
  if (value === undefined) return false;
  if (value !== 'exact') throw invalidQuery('count', 'count can only be "exact".');
  return true;
}
