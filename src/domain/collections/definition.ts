/** The shapes of a collection file as its author writes it (published as `collection.schema.json`). */

import type { JsonValue } from '#domain/json/value.ts';

export type OnDelete = 'restrict' | 'cascade' | 'setNull';

/** JSON Schema 2020-12 validation keywords plus Plinth's own. Which of them are allowed is checked in check.ts. */
export interface PropertyDefinition {
  readonly type?: string | readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly format?: string;
  /** Of the format decimal: how many digits a value has after the point. */
  readonly scale?: number;
  readonly default?: JsonValue;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly description?: string;
  /** Name of the collection whose id this property holds. */
  readonly reference?: string;
  readonly onDelete?: OnDelete;
  readonly unique?: boolean;
  /** Seen, filtered, sorted, searched and expanded by admins only. */
  readonly private?: boolean;
  /** The former name, for a rename. */
  readonly was?: string;
  readonly [keyword: string]: unknown;
}

export interface IndexDefinition {
  readonly properties: readonly string[];
  readonly unique?: boolean;
}

export const ruleNames = ['list', 'read', 'create', 'update', 'delete'] as const;
export type RuleName = (typeof ruleNames)[number];

export interface CollectionDefinition {
  readonly $schema?: string;
  readonly name: string;
  readonly description?: string;
  /** The former name, for a rename. */
  readonly was?: string;
  readonly properties: Readonly<Record<string, PropertyDefinition>>;
  readonly required?: readonly string[];
  readonly indexes?: readonly (readonly string[] | IndexDefinition)[];
  readonly search?: readonly string[];
  /** CEL sources. A missing rule means admins only; "true" means everyone. */
  readonly rules?: Readonly<Partial<Record<RuleName, string>>>;
  readonly requireIfMatch?: boolean;
  readonly cache?: { readonly maxAge: number };
  /** Whether changes of records are written to the change log; true when left out. */
  readonly changes?: boolean;
}
