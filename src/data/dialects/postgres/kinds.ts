import type { JsonValue } from '#domain/json/value.ts';
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
  json: { type: 'jsonb', toColumn: (value) => JSON.stringify(value) },
});

/** In JSON, PostgreSQL writes the time zone of whoever changed the record, and no zeros at the end. */
function utcTimestamp(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : time.toISOString();
}
