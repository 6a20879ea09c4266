import type { JsonValue } from '#domain/json/value.ts';

/** A record as expressions see it: a property that is absent is null. */
export type RecordValues = Readonly<Record<string, JsonValue>>;

/** What is known when a request runs. */
export interface Bindings {
  /** The caller's own record of `users`; null when anonymous. */
  readonly user: RecordValues | null;
  readonly now: Date;
}

/** What is known when one record is decided on. */
export interface RecordBindings extends Bindings {
  readonly record?: RecordValues;
  /** In `update`: the stored record. */
  readonly previous?: RecordValues;
}

/** The records an expression may reach. In filters: those that the caller may see through that door. */
export interface World {
  /** Through a reference. */
  byId(collection: string, id: string): RecordValues | undefined;
  /** By `exists` and `all`. */
  all(collection: string): Iterable<RecordValues>;
}
