import type { JsonValue } from '#domain/json/value.ts';
import { parseDecimal, withScale } from '#domain/kinds/decimal-arithmetic.ts';
import { decimalDigitsMax } from '#domain/kinds/decimal.ts';
import type { ValueForm } from '#domain/kinds/kind.ts';
import { columnsOf } from '../columns.ts';

/** PostgreSQL: the client reads every type as its JSON value (see valueParsers). Text compares by code point. */
export const postgresColumns = columnsOf({
  string: { type: 'text COLLATE "C"' },
  integer: { type: 'bigint' },
  number: { type: 'double precision' },
  boolean: { type: 'boolean' },
  date: { type: 'date' },
  timestamp: { type: 'timestamptz(3)', fromJson: utcTimestamp },
  reference: { type: 'uuid' },
  uuid: { type: 'uuid' },
  decimal: {
    type: ({ scale = 0 }) => `numeric(${decimalDigitsMax + scale},${scale})`,
    fromJson: decimalIn,
  },
  json: { type: 'jsonb', toColumn: (value) => JSON.stringify(value) },
});

/** The stored form of a timestamp in JSON, where PostgreSQL writes the session's time zone and no zeros at the end. */
function utcTimestamp(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : time.toISOString();
}

/** In JSON it is a number, of which the change log has the digits. */
function decimalIn(value: JsonValue, { scale = 0 }: ValueForm): JsonValue {
  if (typeof value !== 'number' && typeof value !== 'string') return value;
  const decimal = parseDecimal(String(value));
  return decimal === undefined ? value : withScale(decimal, scale);
}
