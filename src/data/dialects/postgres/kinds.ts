import { columnsOf } from '../columns.ts';

/** PostgreSQL: the client reads every type as its JSON value (see valueParsers). Text compares by code point. */
export const postgresColumns = columnsOf({
  string: { type: 'text COLLATE "C"' },
  integer: { type: 'bigint' },
  number: { type: 'double precision' },
  boolean: { type: 'boolean' },
  date: { type: 'date' },
  timestamp: { type: 'timestamptz(3)' },
  reference: { type: 'uuid' },
  uuid: { type: 'uuid' },
  json: { type: 'jsonb', toColumn: (value) => JSON.stringify(value) },
});
