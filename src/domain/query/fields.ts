import { partsOf } from './parts.ts';
import { visibleProperty, type QueryScope } from './scope.ts';

/** Every property a collection may have, and repetitions. */
const fieldsMax = 500;

/** `title,status`: names of properties the caller may read. `id` is always returned, named or not. */
export function parseFields(value: string, scope: QueryScope): ReadonlySet<string> {
  const names = partsOf(value, ',', 'fields', fieldsMax).map(
    ({ text, position }) => visibleProperty(text, scope, { parameter: 'fields', position }).name,
  );
  return new Set(['id', ...names]);
}
