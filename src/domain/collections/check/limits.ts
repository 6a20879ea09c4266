/** How large a definition may be. Beyond these something else is meant, or the databases' own limits are near. */
export const limits = {
  collections: 500,
  /** Of a collection; PostgreSQL allows 1,600 columns, and rows have to fit in a page. */
  properties: 200,
  indexes: 32,
  indexProperties: 8,
  searchProperties: 16,
  enumValues: 500,
  /** Of allOf, anyOf, oneOf, prefixItems. */
  alternatives: 50,
  /** Of schemas in schemas. */
  depth: 16,
  name: 200,
  description: 2_000,
  pattern: 500,
  rule: 10_000,
} as const;
