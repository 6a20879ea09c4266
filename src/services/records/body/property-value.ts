import type { JsonObject, JsonValue } from '#domain/json/value.ts';
import type { KindName } from '#domain/kinds/kind.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import { report } from '../field-errors.ts';

/** PostgreSQL refuses index rows beyond 2,704 bytes; the rest is for the other columns. */
const indexedBytesMax = 2_500;

/** A value of a property in its stored form, or undefined with the error reported. Its schema is checked elsewhere. */
export type ValueReader = (value: JsonValue, pointer: string, errors: FieldError[]) => JsonValue | undefined;

/** How values of a property are brought to the form that the table in domain/kinds/kind.ts gives: the same on both databases. */
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
  const own = readerFor(property.kind, property.schema);
  if (property.items === undefined) return own;
  const readItem = readerFor(property.items, property.schema.items as JsonObject);
  return (value, pointer, errors) => {
    if (!Array.isArray(value)) return value;
    const read = value.map((item, index) => readItem(item, `${pointer}/${index}`, errors));
    return read.includes(undefined) ? undefined : (read as JsonValue[]);
  };
}

function readerFor(kind: KindName, schema: JsonObject): ValueReader {
  const { read } = kinds[kind];
  if (read === undefined) return (value) => value;
  return (value, pointer, errors) =>
    read(
      value,
      (code, detail) => {
        report(errors, pointer, code, detail);
        return undefined;
      },
      schema,
    );
}

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
