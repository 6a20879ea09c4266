import type { KindName } from '#domain/kinds/kind.ts';
import type { Property } from '../model.ts';

function systemProperty(
  name: string,
  kind: KindName,
  schema: Property['schema'],
  description: string,
): Property {
  return {
    name,
    kind,
    schema,
    system: true,
    required: true,
    readOnly: true,
    writeOnly: false,
    private: false,
    adminOnly: false,
    unique: name === 'id',
    description,
  };
}

const timestamp = { type: 'string', format: 'date-time' };

/** The properties of every record, first in every table and answer. */
export const systemProperties: readonly Property[] = [
  systemProperty('id', 'uuid', { type: 'string', format: 'uuid' }, 'UUIDv7, in order of creation'),
  systemProperty('createdAt', 'timestamp', timestamp, 'UTC, to the millisecond'),
  systemProperty('updatedAt', 'timestamp', timestamp, 'UTC, to the millisecond'),
  systemProperty('version', 'integer', { type: 'integer', minimum: 1 }, 'From 1, one more with each write'),
];

export const systemPropertyNames: ReadonlySet<string> = new Set(systemProperties.map(({ name }) => name));
