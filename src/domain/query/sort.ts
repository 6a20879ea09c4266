import { compilePath } from '#domain/expressions/check.ts';
import { ExpressionError } from '#domain/expressions/error.ts';
import type { Path } from '#domain/expressions/expression.ts';
import { splitList, type QueryScope } from './property-names.ts';
import { invalidQuery } from './invalid-query.ts';

const keysMax = 8;

export interface SortKey {
  readonly path: Path;
  readonly descending: boolean;
}

/**
 * `-createdAt,project.name`: properties the caller may read, through references too. The result ends in `id`, in the
 * direction of the last key, so that every order is total and one index serves it forwards and backwards.
 */
export function parseSort(value: string | undefined, scope: QueryScope): readonly SortKey[] {
  const keys: SortKey[] = [];
  for (const { text, position } of value === undefined ? [] : splitList(value, ',', 'sort', keysMax)) {
    const descending = text.startsWith('-');
    const source = descending ? text.slice(1) : text;
    const path = sortPath(source, position + (descending ? 1 : 0), scope);
    if (keys.some((key) => key.path.source === path.source))
      throw invalidQuery('sort', `"${source}" is in sort twice.`, position);
    keys.push({ path, descending });
    // No two records have the same id: keys after it never decide.
    if (source === 'id') return keys;
  }
  const descending = keys.at(-1)?.descending ?? false;
  return [...keys, { path: sortPath('id', 0, scope), descending }];
}

function sortPath(source: string, position: number, scope: QueryScope): Path {
  const { model, collection, admin } = scope;
  try {
    return compilePath(source, { collection: collection.name, collections: model.collections, admin });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw invalidQuery('sort', error.message, position + error.position);
  }
}
