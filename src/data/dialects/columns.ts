import type { JsonValue } from '#domain/json/value.ts';
import type { KindName, ValueForm } from '#domain/kinds/kind.ts';

/** How one database keeps the values of one kind. */
export interface ColumnKind {
  /** The type of its column, as DDL text. */
  readonly type: string | ((form: ValueForm) => string);
  /** Returns the driver's parameter for a value that is not null; absent where that is the value itself. */
  readonly toColumn?: (value: unknown, form: ValueForm) => unknown;
  /** Returns the value for a result of the driver that is not null; absent where that is the value itself. */
  readonly fromColumn?: (value: unknown, form: ValueForm) => JsonValue;
  /** A column as an argument of the JSON functions of SQL; absent where that is the column itself. */
  readonly toJsonSql?: (column: string) => string;
  /** Returns the value for a JSON result of these functions that is not null; absent where that is the value itself. */
  readonly fromJson?: (value: JsonValue, form: ValueForm) => JsonValue;
}

/** The part of a dialect that says how values are kept. Null stays null. */
export interface Columns {
  /** The type of a column, as DDL text. */
  columnType(form: ValueForm): string;
  /** Turns a JSON value into the driver's parameter for a column of this form. */
  toColumn(form: ValueForm, value: unknown): unknown;
  /** Turns the driver's result for a column of this form into the JSON value. */
  fromColumn(form: ValueForm, value: unknown): unknown;
  /** SQL for a column as the triggers of the change log put it into JSON. */
  toJsonSql(form: ValueForm, column: string): string;
  /** Turns the JSON that the triggers wrote for a column of this form into the JSON value. */
  fromJson(form: ValueForm, value: JsonValue): JsonValue;
  /** Whether `fromColumn` changes values of this kind. */
  isConverted(kind: KindName): boolean;
}

/** `kinds` has an entry for every kind, which the compiler checks. */
export function columnsOf(kinds: Readonly<Record<KindName, ColumnKind>>): Columns {
  return {
    columnType(form) {
      const { type } = kinds[form.kind];
      return typeof type === 'string' ? type : type(form);
    },
    toColumn(form, value) {
      if (value === null || value === undefined) return null;
      const { toColumn } = kinds[form.kind];
      return toColumn === undefined ? value : toColumn(value, form);
    },
    fromColumn(form, value) {
      const { fromColumn } = kinds[form.kind];
      return fromColumn === undefined || value === null ? value : fromColumn(value, form);
    },
    toJsonSql: (form, column) => kinds[form.kind].toJsonSql?.(column) ?? column,
    fromJson(form, value) {
      const { fromJson } = kinds[form.kind];
      return fromJson === undefined || value === null ? value : fromJson(value, form);
    },
    isConverted: (kind) => kinds[kind].fromColumn !== undefined,
  };
}
