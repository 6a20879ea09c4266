import { hash } from 'node:crypto';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { Dependencies } from '#domain/query/dependencies.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type {
  ListResult,
  PresentedRecord,
  QueryParameters,
  RecordResult,
  RecordsService,
} from '#services/records/index.ts';
import type { ResponseCache, CacheStatus } from './cache.ts';
import type { CachedResponse } from './shared-cache.ts';

/** How an answer about a collection with `cache` came about. */
export interface CacheNote {
  readonly status: CacheStatus;
  /** Nothing in it depends on who asked, but that they are no admin. */
  readonly isForEveryone: boolean;
}

export interface CachedList {
  /** Text is the same as JSON. */
  readonly body: ListResult | string;
  readonly next: string | null;
  /** Undefined for a collection without `cache`. */
  readonly cache?: CacheNote;
}

export interface CachedRecord extends Pick<RecordResult, 'id' | 'version'> {
  readonly body: PresentedRecord | string;
  readonly cache?: CacheNote;
}

/** The answers of the records service, kept where a collection says so. Throws what that service throws. */
export interface Reads {
  list(principal: Principal, collection: string, parameters: QueryParameters): Promise<CachedList>;
  read(
    principal: Principal,
    collection: string,
    id: string,
    parameters: QueryParameters,
  ): Promise<CachedRecord>;
}

export interface ReadsDependencies {
  readonly records: Pick<RecordsService, 'list' | 'read' | 'prepare'>;
  readonly collections: Pick<CollectionsService, 'current'>;
  /** Nothing is kept without it. */
  readonly answers?: ResponseCache | undefined;
}

/** What is asked, and how the database would answer. */
interface Asked {
  readonly principal: Principal;
  /** Door, collection, id and the like: all but the parameters and the caller. */
  readonly what: readonly string[];
  readonly parameters: QueryParameters;
  readonly reach: Dependencies;
  readonly maxAgeMs: number;
  readonly load: () => Promise<CachedResponse>;
}

export function createReads(dependencies: ReadsDependencies): Reads {
  const { records, answers } = dependencies;

  async function find(asked: Asked): Promise<CachedResponse & { readonly cache: CacheNote }> {
    const { principal, what, parameters, reach, maxAgeMs, load } = asked;
    const isForEveryone = !bypassesRules(principal) && !reach.usesUser;
    // What becomes another answer by time alone is true at one moment only.
    if (answers === undefined || reach.usesNow)
      return { ...(await load()), cache: { status: 'bypass', isForEveryone } };
    const key = JSON.stringify([what, audienceOf(principal, reach), [...parameters].toSorted(byName)]);
    const found = await answers.find({ key, collections: reach.collections, maxAgeMs, load });
    return { json: found.json, note: found.note, cache: { status: found.status, isForEveryone } };
  }

  return {
    async list(principal, collection, parameters) {
      const maxAgeMs = maxAgeMsOf(dependencies, collection);
      if (maxAgeMs === undefined) {
        const body = await records.list(principal, collection, parameters);
        return { body, next: body.page.next };
      }
      const { reach, run } = records.prepare.list(principal, collection, parameters);
      const load = async () => {
        const body = await run();
        return { json: JSON.stringify(body), note: JSON.stringify(body.page.next) };
      };
      const what = ['list', collection];
      const { json, note, cache } = await find({
        principal,
        what,
        parameters,
        reach: reach(),
        maxAgeMs,
        load,
      });
      return { body: json, next: JSON.parse(note) as string | null, cache };
    },

    async read(principal, collection, id, parameters) {
      const maxAgeMs = maxAgeMsOf(dependencies, collection);
      if (maxAgeMs === undefined) {
        const { record, ...rest } = await records.read(principal, collection, id, parameters);
        return { body: record, ...rest };
      }
      const { reach, run } = records.prepare.read(principal, collection, id, parameters);
      const load = async () => {
        const { record, ...rest } = await run();
        return { json: JSON.stringify(record), note: JSON.stringify(rest) };
      };
      const what = ['read', collection, id.toLowerCase()];
      const { json, note, cache } = await find({
        principal,
        what,
        parameters,
        reach: reach(),
        maxAgeMs,
        load,
      });
      return { body: json, ...(JSON.parse(note) as Pick<RecordResult, 'id' | 'version'>), cache };
    },
  };
}

/** Undefined for what is not kept: collections without `cache`, and names that are none. */
function maxAgeMsOf({ collections, answers }: ReadsDependencies, name: string): number | undefined {
  const seconds = answers && collections.current().collections.get(name)?.definition.cache?.maxAge;
  return seconds === undefined ? undefined : seconds * 1000;
}

const digests = new WeakMap<StoredRecord, string>();

/** Callers who get the same answers: one by one where rules look at the user, with all that rules may look at. */
function audienceOf(principal: Principal, { usesUser }: Dependencies): string {
  const { user } = principal;
  const admin = bypassesRules(principal);
  if (!usesUser) return admin ? 'an admin' : 'anyone';
  return `${admin ? 'admin' : 'user'} ${user === null ? 'nobody' : digestOf(user)}`;
}

function digestOf(user: StoredRecord): string {
  let digest = digests.get(user);
  // A version would not tell: a reference of theirs may be set to null when its target is removed.
  if (digest === undefined) digests.set(user, (digest = hash('sha256', JSON.stringify(user), 'base64url')));
  return digest;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
