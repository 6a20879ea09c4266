import { convertValue } from '#domain/collections/conversion.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Collection, Property, PropertyKind } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import { report } from '../field-errors.ts';

/** PostgreSQL refuses index rows beyond 2,704 bytes; what is left is for the other columns. */
const indexedBytesMax = 2_500;

/** A value of a property in its stored form, or undefined with what is wrong reported. Its schema is checked elsewhere. */
export type ValueReader = (value: JsonValue, pointer: string, errors: FieldError[]) => JsonValue | undefined;

/** How values of a property are brought to the form that the table in model.ts gives: the same on both databases. */
export function valueReader(collection: Collection, property: Property): ValueReader {
  const convert = converter(collection, property);
  const bytesMax = indexedBytes(collection, property);
  return (value, pointer, errors) => {
    const stored = convert(value, pointer, errors);
    if (typeof stored !== 'string' || stored.length * 3 <= bytesMax || Buffer.byteLength(stored) <= bytesMax)
      return stored;
    report(
      errors,
      pointer,
      'maxLength',
      `must not be longer than ${bytesMax} bytes, because it is in an index`,
    );
    return undefined;
  };
}

function converter(collection: Collection, property: Property): ValueReader {
  if (collection.name === usersName && property.name === 'email') return email;
  const { kind, items } = property;
  if (kind !== 'json' || items === undefined) return (value, ...place) => scalar(kind, value, ...place);
  return (value, pointer, errors) => {
    if (!Array.isArray(value)) return value;
    const read = value.map((item, index) => scalar(items, item, `${pointer}/${index}`, errors));
    return read.includes(undefined) ? undefined : (read as JsonValue[]);
  };
}

function scalar(
  kind: PropertyKind,
  value: JsonValue,
  pointer: string,
  errors: FieldError[],
): JsonValue | undefined {
  if (kind === 'integer') {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    report(errors, pointer, 'range', 'must be an integer within ±9007199254740991');
    return undefined;
  }
  const form = textForms[kind];
  if (form === undefined || typeof value !== 'string') return value;
  const stored = convertValue(value, 'string', form.kind);
  if (stored !== null) return stored;
  report(errors, pointer, 'format', form.detail);
  return undefined;
}

const uuid = { kind: 'reference', detail: 'must be a UUID' } as const;

/** Kinds that are text with one form. */
const textForms: Partial<Record<PropertyKind, { kind: PropertyKind; detail: string }>> = {
  date: { kind: 'date', detail: 'must be a date such as 2026-01-31, in the years 0001 to 9999' },
  timestamp: {
    kind: 'timestamp',
    detail: 'must be a date-time such as 2026-01-31T10:00:00Z (RFC 3339), in the years 0001 to 9999',
  },
  reference: uuid,
  uuid,
};

const email: ValueReader = (value, pointer, errors) => {
  if (typeof value !== 'string') return value;
  const normal = normaliseEmail(value);
  if (normal !== null) return normal;
  report(errors, pointer, 'format', 'must be an email address');
  return undefined;
};

function indexedBytes({ indexes, properties }: Collection, { name, kind }: Property): number {
  if (kind !== 'string') return Infinity;
  const shares = indexes
    .filter((index) => index.properties.includes(name))
    .map((index) => index.properties.filter((each) => properties.get(each)?.kind === 'string').length);
  return Math.floor(indexedBytesMax / Math.max(...shares, 0));
}
