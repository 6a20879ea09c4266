import { createHash, timingSafeEqual } from 'node:crypto';
import type { JsonValue } from '#domain/json/value.ts';
import { createHmacSha256 } from '#domain/hmac.ts';
import { invalidQuery } from './invalid-query.ts';
import type { SortKey } from './sort.ts';

const signatureBytes = 16;
const lengthMax = 65_536;

/** The sort values of the last record of a page, one for each key, exact: JSON keeps doubles and integers to the bit. */
export type CursorValues = readonly JsonValue[];

/** The query a cursor belongs to. `limit`, `fields`, `expand` and `count` may change from page to page. */
export interface CursorQuery {
  readonly collection: string;
  readonly filter: string | undefined;
  readonly search: string | undefined;
  readonly sort: readonly SortKey[];
}

export interface Cursors {
  encode(values: CursorValues, query: CursorQuery): string;
  /** Throws `invalid_query` for a cursor that is broken, altered, or was made for another query. */
  decode(cursor: string, query: CursorQuery): CursorValues;
}

/**
 * Cursors are `base64url(JSON of the values).base64url(HMAC-SHA256, 16 bytes)`. The signature covers the query, so no
 * cursor works for another filter, order or collection, and no value in one can be made up.
 */
export function createCursors(secret: string | Uint8Array): Cursors {
  const hmac = createHmacSha256(createHash('sha256').update('plinth cursor 1\0').update(secret).digest());
  const sign = (payload: string, query: CursorQuery) =>
    hmac(`${binding(query)}\0${payload}`).subarray(0, signatureBytes);
  return {
    encode(values, query) {
      const payload = Buffer.from(JSON.stringify(values)).toString('base64url');
      return `${payload}.${sign(payload, query).toString('base64url')}`;
    },
    decode(cursor, query) {
      const [payload = '', signature = '', ...rest] = cursor.length <= lengthMax ? cursor.split('.') : [];
      const given = Buffer.from(signature, 'base64url');
      const isOurs =
        rest.length === 0 &&
        given.length === signatureBytes &&
        given.toString('base64url') === signature &&
        timingSafeEqual(given, sign(payload, query));
      if (!isOurs) throw invalidQuery('cursor', 'The cursor is broken, or belongs to another query.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as CursorValues;
    },
  };
}

/** The kinds are part of it: after a schema change the values of an old cursor might not be comparable any more. */
function binding({ collection, filter, search, sort }: CursorQuery): string {
  const keys = sort.map(({ path, descending }) => [path.source, path.property.kind, descending]);
  return JSON.stringify([collection, filter ?? null, search ?? null, keys]);
}
