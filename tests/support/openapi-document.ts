import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { problemType } from '#http/message/problem.ts';
import type { AnyAnswer } from './problems.ts';
import type { Schema } from './schema-arbitraries.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  /** Of the JSON body, where there is one. */
  readonly body: Schema | undefined;
  readonly statuses: readonly string[];
}

interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Schema>>;
}

interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation | readonly Schema[]>>>>;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** An OpenAPI document to test a server against: its operations, and whether answers are what it says. */
export class OpenApiDocument {
  readonly operations: readonly DescribedOperation[];
  readonly #document: RawDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    this.#document = document as RawDocument;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document as Schema, 'openapi');
    this.operations = Object.entries(this.#document.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method] !== undefined).map((method) => this.#operation(path, method)),
    );
  }

  readonly resolve = (ref: string): Schema => {
    let found: unknown = this.#document;
    for (const part of ref.slice(2).split('/')) found = (found as Schema)[part];
    return found as Schema;
  };

  /** Fails unless the answer's status, type and body are declared for the operation. */
  assertDescribed(operation: DescribedOperation, answer: AnyAnswer, request: string): void {
    const { statusCode, body, headers } = answer;
    const told = `${operation.operationId}: ${request} → ${statusCode} ${body.slice(0, 500)}`;
    assert.ok(statusCode < 500, told);
    assert.ok(operation.statuses.includes(String(statusCode)), `not declared: ${told}`);
    const type = (headers['content-type'] as string | undefined)?.split(';')[0];
    if (statusCode === 204) {
      assert.equal(body, '', told);
    } else if (statusCode >= 400) {
      assert.equal(type, problemType, told);
      this.#assertFits('#/components/schemas/Problem', body, told);
    } else if (type === 'application/json') {
      const raw = this.#raw(operation).responses[String(statusCode)] as Schema;
      assert.ok((raw.content as Schema)['application/json'], told);
      const pointer = [operation.path, operation.method, 'responses', String(statusCode)]
        .map(escape)
        .join('/');
      this.#assertFits(`#/paths/${pointer}/content/application~1json/schema`, body, told);
    }
  }

  #assertFits(pointer: string, body: string, told: string): void {
    let validate = this.#validators.get(pointer);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `openapi${pointer}` });
      this.#validators.set(pointer, validate);
    }
    assert.ok(validate(JSON.parse(body)), `${told}\n${this.#ajv.errorsText(validate.errors)}`);
  }

  #raw({ path, method }: { path: string; method: string }): RawOperation {
    return this.#document.paths[path]?.[method] as RawOperation;
  }

  #operation(path: string, method: string): DescribedOperation {
    const raw = this.#raw({ path, method });
    const shared = (this.#document.paths[path]?.parameters ?? []) as readonly Schema[];
    const parameters = [...shared, ...(raw.parameters ?? [])].map((one) =>
      typeof one.$ref === 'string' ? this.resolve(one.$ref) : one,
    );
    return {
      method,
      path,
      operationId: raw.operationId,
      parameters: parameters as unknown as Parameter[],
      body: raw.requestBody?.content['application/json']?.schema,
      statuses: Object.keys(raw.responses),
    };
  }
}

function escape(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
