import { createHash } from 'node:crypto';

/** The names of collections and properties: letters and digits of ASCII and `_`, a small letter first, 63 at most. */
export const namePattern = /^[a-z][a-zA-Z0-9_]{0,62}$/;

/** PostgreSQL cuts longer names off in silence. */
const nameBytesMax = 63;

/**
 * The name of an index or constraint as it stands in the database: `tasks_status_priority_idx`, at most 63 bytes.
 * A hash is added where the plain form would be too long, or could mean another index too (names with `_` in them).
 */
export function indexName(
  collection: string,
  properties: readonly string[],
  kind: 'idx' | 'key' | 'fkey' | 'pkey',
): string {
  const parts = [collection, ...properties];
  const plain = [...parts, kind].join('_');
  if (plain.length <= nameBytesMax && !parts.some((part) => part.includes('_'))) return plain;
  return cut(parts.join('_'), `_${hashOf(parts.join('/'))}_${kind}`);
}

/** The name of the constraint, on PostgreSQL, that keeps a reference. */
export function foreignKeyName(collection: string, property: string): string {
  return indexName(collection, [property], 'fkey');
}

/** The table with the words of a collection's records; a hash where the plain name would be too long. */
export function searchTableName(collection: string): string {
  const plain = `_plinth_search_${collection}`;
  return plain.length <= nameBytesMax ? plain : cut(plain, `_${hashOf(collection)}`);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function cut(start: string, end: string): string {
  return start.slice(0, nameBytesMax - end.length) + end;
}
