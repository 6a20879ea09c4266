import type { Expression } from '#domain/expressions/expression.ts';
import type { CollectionDefinition, OnDelete, RuleName } from './definition.ts';
import type { KindName, ValueForm } from '#domain/kinds/kind.ts';
import type { JsonValue } from '#domain/json/value.ts';

export interface Property extends ValueForm {
  readonly name: string;
  /** JSON Schema for a value of it, Plinth's own keywords taken out. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** id, createdAt, updatedAt, version. */
  readonly system: boolean;
  /** May not be null or absent: NOT NULL in the database. */
  readonly required: boolean;
  /** `'$user'` on a reference to users means the caller. Absent when there is none. */
  readonly default?: JsonValue;
  readonly readOnly: boolean;
  /** Accepted, never returned to anyone. */
  readonly writeOnly: boolean;
  readonly private: boolean;
  /** Only an admin may change it (`role` and `verified` of users). */
  readonly adminOnly: boolean;
  readonly unique: boolean;
  readonly reference?: { readonly collection: string; readonly onDelete: OnDelete };
  /** For a json property that is an array of one scalar kind. */
  readonly items?: KindName;
  readonly was?: string;
  readonly description?: string;
}

/** An index as it stands in the database; `name` is derived from collection and properties and is at most 63 bytes. */
export interface Index {
  readonly name: string;
  readonly properties: readonly string[];
  readonly unique: boolean;
}

export interface Collection {
  readonly name: string;
  readonly definition: CollectionDefinition;
  /** System properties first, then in the order of the definition. A Map: no property name can be a prototype's. */
  readonly properties: ReadonlyMap<string, Property>;
  readonly indexes: readonly Index[];
  readonly search: readonly string[];
  /** Checked and typed; absent means admins only. */
  readonly rules: Readonly<Partial<Record<RuleName, Expression>>>;
}

/** All collections in force, `users` included. Immutable: a schema change makes a new one, so it can key caches. */
export interface Model {
  readonly collections: ReadonlyMap<string, Collection>;
}

export type RecordValue = JsonValue;

/** A stored record: every declared property is present, null where it has no value. */
export interface StoredRecord {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
  readonly [property: string]: RecordValue;
}
