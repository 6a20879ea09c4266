import type { FieldError } from '#domain/errors/problem.ts';
import { carryDigits } from '#domain/json/digits.ts';
import { pointerTo, report } from '../field-errors.ts';

const reference = /^\$(\d{1,3})\.([a-z][a-zA-Z0-9_]*)$/;
const looksLikeReference = /^\$\d+\.[a-zA-Z_]/;
const escaped = /^\$\$+\d+\.[a-zA-Z_]/;
/** Nothing deeper is accepted in a body (normalise.ts), so nothing deeper is looked at. */
const depthMax = 33;

/** The records of the items so far, as the principal sees them; null after a deletion. */
export type EarlierRecords = readonly (Readonly<Record<string, unknown>> | null)[];

/**
 * Puts values of earlier results in the place of whole strings such as `"$0.id"`, at any depth. `"$$0.id"` is the text
 * `$0.id`. A reference to nothing is reported with code `reference`.
 */
export function resolveReferences(
  value: unknown,
  earlier: EarlierRecords,
  pointer: string,
  errors: FieldError[],
): unknown {
  return walk(value, pointer, 0);

  function walk(part: unknown, at: string, depth: number): unknown {
    if (typeof part === 'string') return resolveText(part, earlier, at, errors);
    if (typeof part !== 'object' || part === null || depth > depthMax) return part;
    if (Array.isArray(part)) return part.map((item, index) => walk(item, `${at}/${index}`, depth + 1));
    const entries = Object.entries(part).map(([key, item]) => [
      key,
      walk(item, pointerTo(at, key), depth + 1),
    ]);
    const copy = Object.fromEntries(entries) as object;
    carryDigits(part, copy);
    return copy;
  }
}

/** The same for the parts of a path between its slashes: `/v1/tasks/$0.id`. */
export function resolvePath(
  path: string,
  earlier: EarlierRecords,
  pointer: string,
  errors: FieldError[],
): string {
  const [address = '', ...query] = path.split('?');
  const segments = address.split('/').map((segment) => {
    const value = resolveText(segment, earlier, pointer, errors);
    return value === segment ? segment : encodeURIComponent(String(value));
  });
  return [segments.join('/'), ...query].join('?');
}

function resolveText(text: string, earlier: EarlierRecords, pointer: string, errors: FieldError[]): unknown {
  if (escaped.test(text)) return text.slice(1);
  if (!looksLikeReference.test(text)) return text;
  const [, index, property] = reference.exec(text) ?? [];
  const record = index === undefined ? undefined : earlier[Number(index)];
  if (record && property !== undefined && Object.hasOwn(record, property)) return record[property];
  report(
    errors,
    pointer,
    'reference',
    'must name an earlier operation and a property of its answer, as in "$0.id"',
  );
  return null;
}
