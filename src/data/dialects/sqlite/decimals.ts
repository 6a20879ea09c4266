import type BetterSqlite3 from 'better-sqlite3';
import {
  decimalArithmetic,
  decimalOfSortKey,
  negateDecimal,
  sortKeyOf,
} from '#domain/kinds/decimal-arithmetic.ts';

/** SQL functions for decimals, which SQLite does not have: they work on the sort keys that columns hold. */
export const decimalFunctions = {
  key: '_plinth_decimal',
  negate: '_plinth_decimal_negate',
  '+': '_plinth_decimal_add',
  '-': '_plinth_decimal_subtract',
  '*': '_plinth_decimal_multiply',
} as const;

/** Defines the functions on a connection. No schema uses them, so other programs can work with the file. */
export function defineDecimals(raw: BetterSqlite3.Database): void {
  const define = (name: string, calculate: (...values: string[]) => string | null) => {
    raw.function(name, { deterministic: true, varargs: true, directOnly: true }, (...values: unknown[]) => {
      if (values.includes(null)) return null;
      const result = calculate(...values.map(String));
      return result === null ? null : sortKeyOf(result);
    });
  };
  define(decimalFunctions.key, (decimal) => decimal);
  define(decimalFunctions.negate, (key) => negateDecimal(decimalOfSortKey(key)));
  for (const operator of ['+', '-', '*'] as const) {
    define(decimalFunctions[operator], (left, right) =>
      decimalArithmetic[operator](decimalOfSortKey(left), decimalOfSortKey(right)),
    );
  }
}
