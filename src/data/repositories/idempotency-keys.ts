import { sql } from 'kysely';
import type { Database, Reader, Transaction } from '../database.ts';

/** The result of a request that may be sent again. Times are RFC 3339 in UTC. */
export interface IdempotencyRow {
  /** Digests in base64url: of the quota owner (22 characters), then of the principal with its key (43 characters). */
  readonly key: string;
  /** Digest of the request that the key stands for. */
  readonly fingerprint: string;
  /** A JSON object that describes `body`. */
  readonly result: string;
  readonly body: string | null;
  readonly expiresAt: string;
}

/** Before system version 5 the whole response was kept: `headers` is a JSON object. Such rows live for 24 hours. */
export interface IdempotencyResponseRow extends Omit<IdempotencyRow, 'result'> {
  readonly result: null;
  readonly status: number;
  readonly headers: string;
}

/** The size of one stored answer. */
export interface IdempotencyRowSize {
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

export interface IdempotencyKeysRepository {
  /** The row of a key that has not expired. */
  find(
    reader: Reader,
    key: string,
    now: string,
  ): Promise<IdempotencyRow | IdempotencyResponseRow | undefined>;
  /** Takes a key until the transaction ends. False when a transaction of another replica has it now. */
  claim(transaction: Transaction, key: string): Promise<boolean>;
  /** Stores a row, also in the place of one that has expired. False when there is one that has not. */
  keep(transaction: Transaction, row: IdempotencyRow, now: string): Promise<boolean>;
  sizes(reader: Reader, range: KeyRange): Promise<readonly IdempotencyRowSize[]>;
  /** Removes up to `limit` answers that expire until then, the first to expire first; how many there were. */
  removeUntil(transaction: Transaction, options: { until: string; limit: number }): Promise<number>;
  /** Removes the answers under these keys; how many there were. */
  remove(transaction: Transaction, keys: readonly string[]): Promise<number>;
}

const table = '_plinth_idempotency';
const columns = ['key', 'fingerprint', 'result', 'body', 'expiresAt', 'status', 'headers'] as const;
/** The values of the response columns in rows without a whole response. */
const noResponse = { status: 0, headers: '{}' };

export function createIdempotencyKeysRepository({ build, dialect }: Database): IdempotencyKeysRepository {
  const find = build
    .selectFrom(table)
    .select(columns)
    .where('key', '=', '')
    .where('expiresAt', '>', '')
    .compile();
  return {
    async find(reader, key, now) {
      return (
        await reader.all<IdempotencyRow | IdempotencyResponseRow>({ sql: find.sql, parameters: [key, now] })
      )[0];
    },
    async claim(transaction, key) {
      // Where rows need no locks there is one writer, and the key is its own already.
      if (!dialect.locksRows) return true;
      const statement = sql<{
        free: boolean;
      }>`SELECT pg_try_advisory_xact_lock(${lockOf(key)}::bigint) AS "free"`;
      return (await transaction.all<{ free: boolean }>(statement.compile(build)))[0]?.free === true;
    },
    async keep(transaction, { key, ...row }, now) {
      const rest = { ...row, ...noResponse };
      const statement = build
        .insertInto(table)
        .values({ key, ...rest })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet(rest).where(`${table}.expiresAt`, '<=', now),
        );
      return (await transaction.run(statement.compile())) === 1;
    },
    sizes(reader, { after, before, limit }) {
      const statement = build
        .selectFrom(table)
        // Both databases know it without reading the body.
        .select(['key', sql<number>`coalesce(octet_length("body"), 0)`.as('bytes'), 'expiresAt'])
        .where('key', '>', after)
        .$if(before !== undefined, (query) => query.where('key', '<', before))
        .orderBy('key')
        .limit(limit);
      return reader.all<IdempotencyRowSize>(statement.compile());
    },
    removeUntil(transaction, { until, limit }) {
      const expired = build
        .selectFrom(table)
        .select('key')
        .where('expiresAt', '<=', until)
        .orderBy('expiresAt')
        .limit(limit);
      return transaction.run(build.deleteFrom(table).where('key', 'in', expired).compile());
    },
    async remove(transaction, keys) {
      if (keys.length === 0) return 0;
      return transaction.run(build.deleteFrom(table).where('key', 'in', keys).compile());
    },
  };
}

const digestLength = 43;

/** An advisory lock is known by 64 bits: the first of the digest that tells a caller's keys apart. */
function lockOf(key: string): string {
  return Buffer.from(key.slice(-digestLength), 'base64url').readBigInt64BE().toString();
}
