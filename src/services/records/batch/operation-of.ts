import { exhausted } from '#domain/exhausted.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import type { ReadOperation, WriteOperation } from '#domain/operations.ts';
import { preconditionOf } from '#domain/preconditions/precondition.ts';
import { parseQueryString, refuseUnknown, type QueryParameters } from '#domain/query/query-string.ts';
import { validationFailed } from '../field-errors.ts';
import type { BatchItem } from './items.ts';
import { resolvePath, resolveReferences, type EarlierRecords } from './references.ts';

interface Address {
  readonly collection: string;
  readonly id: string | undefined;
  readonly query: QueryParameters;
}

/** The item with values of earlier results in the place of references. Throws `validation_failed`. */
export function resolveItem(item: BatchItem, index: number, earlier: EarlierRecords): BatchItem {
  const errors: FieldError[] = [];
  const at = `/operations/${index}`;
  const path = resolvePath(item.path, earlier, `${at}/path`, errors);
  const body = resolveReferences(item.body, earlier, `${at}/body`, errors) as BatchItem['body'];
  if (errors.length > 0)
    throw new Problem('validation_failed', { ...validationFailed(errors).details, operation: index });
  return { ...item, path, ...(body !== undefined && { body }) };
}

/** The operation that an item asks for. Throws `not_found`, `method_not_allowed` and `invalid_query`. */
export function operationOf({ method, path, body, headers = {} }: BatchItem): ReadOperation | WriteOperation {
  const { collection, id, query } = addressOf(path);
  const precondition = preconditionOf(inLowerCase(headers));
  if (id === undefined) {
    if (method !== 'POST') throw new Problem('method_not_allowed', { allow: ['POST'] });
    return { kind: 'create', collection, body, query };
  }
  switch (method) {
    case 'GET':
      return { kind: 'read', collection, id, query, precondition };
    case 'PATCH':
      return { kind: 'update', collection, id, body, query, precondition };
    case 'PUT':
      return { kind: 'replace', collection, id, body, query, precondition };
    case 'DELETE':
      refuseUnknown(query);
      return { kind: 'delete', collection, id, precondition };
    case 'POST':
      throw new Problem('method_not_allowed', { allow: ['GET', 'PATCH', 'PUT', 'DELETE'] });
    default:
      return exhausted(method);
  }
}

/** The collections that items name, as far as their paths tell before anything is executed. */
export function collectionsIn(items: readonly BatchItem[]): readonly string[] {
  return [...new Set(items.flatMap(({ path }) => /^\/v1\/([^/?]+)/.exec(path)?.[1] ?? []))];
}

const addressed = /^\/v1\/([^/]+)(?:\/([^/]+))?$/;

/** `/v1/tasks/…?fields=title`. Throws `not_found` for any other path. */
function addressOf(path: string): Address {
  const [address = '', ...query] = path.split('?');
  const [, collection, id] = addressed.exec(address) ?? [];
  if (collection === undefined) throw new Problem('not_found');
  return { collection: decoded(collection), id: id && decoded(id), query: parseQueryString(query.join('?')) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem('not_found');
  }
}

function inLowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
