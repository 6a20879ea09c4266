import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

/** Makes arbitraries of values that fit a JSON Schema of an OpenAPI document; `resolve` follows a `$ref`. */
export function valuesOf(schema: Schema, resolve: (ref: string) => Schema): fc.Arbitrary<unknown> {
  const values = (inner: unknown) => valuesOf(inner as Schema, resolve);
  if (typeof schema.$ref === 'string') return values(resolve(schema.$ref));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map(values));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...(schema.type as string[]).map((type) => values({ ...schema, type })));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer(bounds(schema));
    case 'number':
      return fc.double({ ...bounds(schema), noNaN: true, noDefaultInfinity: true });
    case 'string':
      return texts(schema);
    case 'array':
      return fc.array(values(schema.items ?? {}), { maxLength: Math.min(Number(schema.maxItems ?? 3), 3) });
    case 'object':
      return objects(schema, values);
    default:
      return fc.jsonValue({ maxDepth: 2, noUnicodeString: false });
  }
}

function bounds({ minimum, maximum }: Schema): { min?: number; max?: number } {
  return {
    ...(typeof minimum === 'number' ? { min: minimum } : {}),
    ...(typeof maximum === 'number' ? { max: maximum } : {}),
  };
}

function texts({ format, minLength = 0, maxLength, pattern }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 20 });
  switch (format) {
    case 'uuid':
      return fc.uuid();
    case 'email':
      return fc.stringMatching(/^[a-z]{3,12}\d{3,6}@example\.org$/);
    case 'date':
      return times().map((time) => time.slice(0, 10));
    case 'date-time':
      return times();
    case 'uri':
      return fc.webUrl();
    default:
      return fc.string({
        minLength: Number(minLength),
        maxLength: Math.min(Number(maxLength ?? 20), Number(minLength) + 20),
        unit: fc.constantFrom(...'abcxyz ÄßЖ中😀\'"\\/%;-_$`\n0'),
      });
  }
}

function times(): fc.Arbitrary<string> {
  const min = new Date('0001-01-02T00:00:00Z');
  const max = new Date('9999-12-30T00:00:00Z');
  return fc.date({ min, max, noInvalidDate: true }).map((time) => time.toISOString());
}

function objects(schema: Schema, values: (inner: unknown) => fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const properties = Object.entries((schema.properties ?? {}) as Schema);
  if (properties.length === 0) return fc.constant({});
  const required = new Set((schema.required ?? []) as string[]);
  return fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, values(inner)])), {
    requiredKeys: properties.map(([name]) => name).filter((name) => required.has(name)),
    noNullPrototype: true,
  });
}
