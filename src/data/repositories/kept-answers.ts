import { sql } from 'kysely';
import type { Database, Session, Unit } from '../database.ts';

/** The first answer to a request that may be sent again. `headers` is a JSON object; times are RFC 3339 in UTC. */
export interface KeptAnswer {
  /** Digests in base64url: of whose room it takes, then, of 43 characters, of the caller with their key. */
  readonly key: string;
  /** Digest of the request that the key stands for. */
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string | null;
  readonly expiresAt: string;
}

/** What an answer takes. */
export interface KeptSize {
  readonly key: string;
  /** Of its body. */
  readonly bytes: number;
  readonly expiresAt: string;
}

/** A page of keys in their order: those beyond `after`, and before `before` where there is one. */
export interface KeyRange {
  readonly after: string;
  readonly before: string | undefined;
  readonly limit: number;
}

export interface KeptAnswersRepository {
  /** The answer that is kept under a key and has not expired. */
  find(session: Session, key: string, now: string): Promise<KeptAnswer | undefined>;
  /** Takes a key until the unit ends. False when a unit of another replica has it now. */
  claim(unit: Unit, key: string): Promise<boolean>;
  /** Keeps an answer, also in the place of one that has expired. False when there is one that has not. */
  keep(unit: Unit, answer: KeptAnswer, now: string): Promise<boolean>;
  sizes(session: Session, range: KeyRange): Promise<readonly KeptSize[]>;
  /** Removes up to `limit` answers that expire until then, the first to expire first; how many there were. */
  removeUntil(unit: Unit, options: { until: string; limit: number }): Promise<number>;
  /** Removes the answers under these keys; how many there were. */
  remove(unit: Unit, keys: readonly string[]): Promise<number>;
}

const table = '_plinth_idempotency';
const columns = ['key', 'fingerprint', 'status', 'headers', 'body', 'expiresAt'] as const;

export function createKeptAnswersRepository({ build, dialect }: Database): KeptAnswersRepository {
  const find = build
    .selectFrom(table)
    .select(columns)
    .where('key', '=', '')
    .where('expiresAt', '>', '')
    .compile();
  return {
    async find(session, key, now) {
      return (await session.all<KeptAnswer>({ sql: find.sql, parameters: [key, now] }))[0];
    },
    async claim(unit, key) {
      // Where rows need no locks there is one writer, and the key is its own already.
      if (!dialect.locksRows) return true;
      const statement = sql<{
        free: boolean;
      }>`SELECT pg_try_advisory_xact_lock(${lockOf(key)}::bigint) AS "free"`;
      return (await unit.all<{ free: boolean }>(statement.compile(build)))[0]?.free === true;
    },
    async keep(unit, answer, now) {
      const { key, ...rest } = answer;
      const statement = build
        .insertInto(table)
        .values({ key, ...rest })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet(rest).where(`${table}.expiresAt`, '<=', now),
        );
      return (await unit.run(statement.compile())) === 1;
    },
    sizes(session, { after, before, limit }) {
      const statement = build
        .selectFrom(table)
        // Both databases know it without reading the body.
        .select(['key', sql<number>`coalesce(octet_length("body"), 0)`.as('bytes'), 'expiresAt'])
        .where('key', '>', after)
        .$if(before !== undefined, (query) => query.where('key', '<', before))
        .orderBy('key')
        .limit(limit);
      return session.all<KeptSize>(statement.compile());
    },
    removeUntil(unit, { until, limit }) {
      const expired = build
        .selectFrom(table)
        .select('key')
        .where('expiresAt', '<=', until)
        .orderBy('expiresAt')
        .limit(limit);
      return unit.run(build.deleteFrom(table).where('key', 'in', expired).compile());
    },
    async remove(unit, keys) {
      if (keys.length === 0) return 0;
      return unit.run(build.deleteFrom(table).where('key', 'in', keys).compile());
    },
  };
}

const digestLength = 43;

/** An advisory lock is known by 64 bits: the first of the digest that tells a caller's keys apart. */
function lockOf(key: string): string {
  return Buffer.from(key.slice(-digestLength), 'base64url').readBigInt64BE().toString();
}
