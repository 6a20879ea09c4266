const depthMax = 100;

/**
 * A definition as JSON, the form in which the database keeps it. Throws for a function, a date or a cycle, which
 * JSON.stringify would change in silence; members that are undefined are left out, as there.
 */
export function plain(part: unknown, pointer = '', depth = 0): unknown {
  if (part === null || typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part))
    return part;
  if (depth < depthMax && Array.isArray(part)) {
    return part.map((item, index) => plain(item, `${pointer}/${index}`, depth + 1));
  }
  const prototype: unknown = typeof part === 'object' ? Object.getPrototypeOf(part) : undefined;
  if (depth === depthMax || (prototype !== null && prototype !== Object.prototype)) {
    throw new Error(`${pointer === '' ? 'the definition' : `what is at ${pointer}`} is not JSON`);
  }
  const entries = Object.entries(part as object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, plain(value, `${pointer}/${key}`, depth + 1)]),
  );
}
