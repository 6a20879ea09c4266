import type { JsonObject, JsonValue } from '#domain/json/value.ts';

/**
 * How a property is kept and compared. One kind, one column type on each database:
 *
 * | kind      | JSON value                                      | SQLite            | PostgreSQL         |
 * | --------- | ----------------------------------------------- | ----------------- | ------------------ |
 * | string    | string                                          | TEXT              | text COLLATE "C"   |
 * | integer   | integer, exact up to ±(2^53−1)                  | INTEGER           | bigint             |
 * | number    | finite number                                   | REAL              | double precision   |
 * | boolean   | boolean                                         | INTEGER 0/1       | boolean            |
 * | date      | `2026-01-31` (format date)                      | TEXT              | date               |
 * | timestamp | `2026-01-31T10:00:00.000Z` (format date-time,   | TEXT (this form)  | timestamptz(3)     |
 * |           | brought to UTC and milliseconds when written)   |                   |                    |
 * | reference | UUID in lower case                              | TEXT              | uuid               |
 * | uuid      | the same, for the system property `id`          | TEXT              | uuid               |
 * | json      | array, object or anything untyped               | TEXT              | jsonb              |
 * | decimal   | `"12.50"` (format decimal), 38 digits, `scale`  | TEXT (sort key:   | numeric(38 + scale, |
 * |           | of them after the point                         | `p02 12.5`)       | scale)             |
 */
export type KindName =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'reference'
  | 'uuid'
  | 'json'
  | 'decimal';

/** A kind with the settings that its values depend on: all that a column has to know. */
export interface ValueForm {
  readonly kind: KindName;
  /** Of a decimal: how many digits stand after the point. */
  readonly scale?: number;
}

/** The names of the types that values of properties have in expressions. */
export type ValueType =
  'bool' | 'int' | 'double' | 'decimal' | 'string' | 'timestamp' | 'date' | 'id' | 'json';

/** Reports the fault of a value: a code and a sentence without a subject. */
export type Refuse = (code: string, detail: string) => undefined;

/**
 * The conversion of the stored values when a property of another kind becomes one of this kind. Widening keeps every
 * value, in its new form. Narrowing keeps those that have an exact counterpart: `convert` returns null for the others.
 */
export interface Conversion {
  readonly effect: 'widening' | 'narrowing';
  readonly convert: (value: NonNullable<JsonValue>, after: ValueForm) => JsonValue;
}

/** One kind of property. Columns and SQL of each database lie in data/dialects. */
export interface Kind {
  /** Whether one JSON type with a format declares it. Absent where only other keywords do. */
  readonly isDeclaredBy?: (type: string, format: string | undefined) => boolean;
  /** Whether a value, not null, of an `enum` or `const` without a type is one of this kind. */
  readonly isKindOf?: (value: JsonValue) => boolean;
  /** The type that values have in expressions, and the type they have as elements of an array there. */
  readonly type: ValueType;
  readonly elementType: 'bool' | 'int' | 'double' | 'string';
  /** The `typeof` names of the values that a body may hold. */
  readonly accepts: readonly string[];
  /** Numbers of a body are read as they were written, digit by digit, and not as doubles. */
  readonly readsDigits?: boolean;
  /** Values can be compared: the property can be sorted, indexed and unique. */
  readonly hasOrder: boolean;
  /**
   * A value of a body in its stored form; undefined after `refuse`. A value of another JSON type comes back as it is, for
   * JSON Schema to refuse. Absent where every value is stored as it is.
   */
  readonly read?: (value: JsonValue, refuse: Refuse, schema: JsonObject) => JsonValue | undefined;
  /** A stored value as expressions see it; absent where that is the value itself. */
  readonly inExpressions?: (value: NonNullable<JsonValue>) => JsonValue;
  /** The format that declares it, where that is one of ours and not one of ajv-formats. */
  readonly format?: string;
  /** A CSV cell as a value of a body: null for an empty cell; an unreadable cell stays text, which `read` refuses. */
  readonly fromCell: (cell: string) => unknown;
  /** A value that fits the usual schemas of this kind, for the API description. */
  readonly example: (schema: JsonObject, exampleOf: (schema: JsonObject) => unknown) => unknown;
  /** The kinds whose values have a counterpart in this one, and those in which values of this one have one. */
  readonly from: Readonly<Partial<Record<KindName, Conversion>>>;
  readonly to?: Readonly<Partial<Record<KindName, Conversion>>>;
  /** The conversion of the stored values when only the settings change; undefined when they stay the same. */
  readonly within?: (before: ValueForm, after: ValueForm) => Conversion | undefined;
  /** The settings that a definition makes. */
  readonly settings?: (schema: JsonObject) => Omit<ValueForm, 'kind'>;
  /** The kind with its settings, as people read it; absent where its name says all. */
  readonly label?: (form: ValueForm) => string;
  /** The JSON Schema that others get, where that of the definition has keywords of ours. */
  readonly published?: (schema: JsonObject) => JsonObject;
  /** The only keywords of JSON Schema that apply to its values. Each returns the fault of the keyword's own value. */
  readonly keywords?: Readonly<Record<string, (value: unknown) => string | undefined>>;
  /** Why a definition cannot be of this kind: a sentence without a subject. */
  readonly misfit?: (definition: JsonObject) => string | undefined;
}

type Convert = Conversion['convert'];

export const widening = (convert: Convert): Conversion => ({ effect: 'widening', convert });
export const narrowing = (convert: Convert): Conversion => ({ effect: 'narrowing', convert });

export const asItIs: Convert = (value) => value;

/** A cell of text of which the empty one means nothing. */
export const textOrNull = (cell: string): string | null => (cell === '' ? null : cell);
