import { hash } from 'node:crypto';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { ListOperation, ReadOperation } from '#domain/operations.ts';
import type { Dependencies } from '#domain/query/dependencies.ts';
import {
  JsonText,
  textOf,
  type ListResult,
  type PreparedRead,
  type ReadThrough,
  type RecordResult,
} from '#services/records/index.ts';
import type { ResponseCache } from './cache.ts';
import type { CachedResponse } from './shared-cache.ts';

/** Reads by way of a cache, for collections with `cache`. Throws as the read does. */
export function createReadThrough(cache: ResponseCache): ReadThrough {
  return async (read) => {
    const { maxAge, principal } = read;
    if (maxAge === undefined) return read.run();
    const dependencies = read.dependencies();
    const isForEveryone = !bypassesRules(principal) && !dependencies.usesUser;
    // A result that changes by time alone is true at one moment only.
    if (dependencies.usesNow) return { ...(await read.run()), cache: { status: 'bypass', isForEveryone } };
    const { status, ...response } = await cache.find({
      key: keyOf(read, dependencies),
      collections: dependencies.collections,
      maxAgeMs: maxAge * 1000,
      load: async () => responseOf(await read.run()),
    });
    return { ...resultOf(read.operation, response), cache: { status, isForEveryone } };
  };
}

/** Equal keys have equal results as long as the collections do not change. */
function keyOf({ operation, principal }: PreparedRead, dependencies: Dependencies): string {
  const { kind, collection, query } = operation;
  const what = kind === 'list' ? [kind, collection] : [kind, collection, operation.id.toLowerCase()];
  return JSON.stringify([what, audienceOf(principal, dependencies), [...(query ?? [])].toSorted(byName)]);
}

/** The record or page as JSON; the note holds the rest of the result. */
function responseOf(result: ListResult | RecordResult): CachedResponse {
  if (result.kind === 'list') return { json: textOf(result.page), note: JSON.stringify(result.next) };
  const { id, version } = result;
  return { json: textOf(result.record), note: JSON.stringify({ id, version }) };
}

function resultOf(
  { kind, collection }: ListOperation | ReadOperation,
  { json, note }: CachedResponse,
): ListResult | RecordResult {
  if (kind === 'list')
    return { kind, collection, page: new JsonText(json), next: JSON.parse(note) as string | null };
  const { id, version } = JSON.parse(note) as Pick<RecordResult, 'id' | 'version'>;
  return { kind: 'record', collection, id, version, created: false, record: new JsonText(json) };
}

const digests = new WeakMap<StoredRecord, string>();

/** Principals with the same results: one by one where rules use the user, with everything that rules may look at. */
function audienceOf(principal: Principal, { usesUser }: Dependencies): string {
  const { user } = principal;
  const isAdmin = bypassesRules(principal);
  if (!usesUser) return isAdmin ? 'an admin' : 'anyone';
  return `${isAdmin ? 'admin' : 'user'} ${user === null ? 'nobody' : digestOf(user)}`;
}

function digestOf(user: StoredRecord): string {
  let digest = digests.get(user);
  // A version would not tell: a reference of the user is set to null when its target is deleted.
  if (digest === undefined) digests.set(user, (digest = hash('sha256', JSON.stringify(user), 'base64url')));
  return digest;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
