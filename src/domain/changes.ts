import type { StoredRecord } from './collections/model.ts';

/**
 * A place in the change log: opaque, and only of use to the log it came from. Positions are ordered by commit: after a
 * reader has seen one, no entry before it ever appears.
 */
export type Position = string & { readonly __position: never };

export type ChangeKind = 'create' | 'update' | 'delete';

/** One change of one record, from any source: a request, an import, a cascade of the database, SQL by hand. */
export interface Change {
  readonly position: Position;
  /** RFC 3339 in UTC with milliseconds, by the clock of the database. */
  readonly at: string;
  readonly collection: string;
  readonly id: string;
  readonly kind: ChangeKind;
  /** Of the record after the change; for `delete`, of the record that went. */
  readonly version: number;
  /** The user or key that did it; null where nobody is known. */
  readonly actor: string | null;
  /** Null for `create`. Private and write-only properties included. */
  readonly before: StoredRecord | null;
  /** Null for `delete`. */
  readonly after: StoredRecord | null;
}
