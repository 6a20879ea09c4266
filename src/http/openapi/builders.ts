/** Pieces of an OpenAPI 3.1 document. Its objects are plain data; only the parts composed by code are typed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly JsonObject[];
  readonly parameters?: readonly JsonObject[];
  readonly requestBody?: JsonObject;
  readonly responses: JsonObject;
}

/** A path with its operations, by method in small letters. */
export type OpenApiPath = Readonly<Record<string, OpenApiOperation | readonly JsonObject[]>>;

/** A `$ref` to a component of the document. */
export function ref(kind: 'schemas' | 'parameters' | 'responses' | 'headers', name: string): JsonObject {
  return { $ref: `#/components/${kind}/${name}` };
}

export const jsonType = 'application/json';

/** A JSON response. */
export function response(
  description: string,
  schema: JsonObject,
  headers: readonly string[] = [],
): JsonObject {
  return {
    description,
    headers: headersOf(headers),
    content: { [jsonType]: { schema } },
  };
}

/** A response without a body. */
export function emptyResponse(description: string, headers: readonly string[] = []): JsonObject {
  return { description, headers: headersOf(headers) };
}

/** Header fields that any answer may have. */
const common = ['RateLimit-Policy', 'RateLimit', 'X-Request-Id'];

/** These header fields and the common ones. */
export function headersOf(names: readonly string[]): JsonObject {
  return Object.fromEntries([...names, ...common].map((name) => [name, ref('headers', name)]));
}

/** A JSON body that has to be there. */
export function body(
  schema: JsonObject,
  example: unknown,
  types: readonly string[] = [jsonType],
): JsonObject {
  return {
    required: true,
    content: Object.fromEntries(types.map((type) => [type, { schema, example }])),
  };
}

/** Security of an operation that anonymous callers may try; the rules decide on their access. */
export const anyCaller: readonly JsonObject[] = [{}, { bearer: [] }];
export const signedIn: readonly JsonObject[] = [{ bearer: [] }];
export const nobody: readonly JsonObject[] = [{}];
