import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { isObject, type JsonValue } from '#domain/json/value.ts';
import { parseEntityTags } from '#domain/preconditions/entity-tags.ts';
import { shown } from '#domain/query/invalid-query.ts';
import { pointerTo, report, validationFailed } from '../field-errors.ts';

/** One item as it was sent: `path` and `body` may refer to results of earlier items. */
export interface BatchItem {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

const operationsMax = 100;
const methods: ReadonlySet<unknown> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const members: ReadonlySet<string> = new Set(['method', 'path', 'body', 'headers']);
const withBody: ReadonlySet<unknown> = new Set(['POST', 'PUT', 'PATCH']);
/** Headers that an operation may have, in lower case. An Idempotency-Key belongs to the batch as a whole. */
const knownHeaders: ReadonlySet<string> = new Set(['if-match', 'if-none-match']);

/** Checks the shape of a batch. Throws `validation_failed` with everything that is wrong. */
export function readItems(body: unknown): readonly BatchItem[] {
  const errors: FieldError[] = [];
  const operations = isObject(body) ? body.operations : undefined;
  if (!isObject(body)) report(errors, '', 'type', 'must be an object');
  else if (!Array.isArray(operations))
    report(errors, '/operations', 'type', 'must be an array of operations');
  else if (operations.length < 1 || operations.length > operationsMax)
    report(errors, '/operations', 'size', `must hold 1 to ${operationsMax} operations`);
  else for (const [index, operation] of operations.entries()) checkOperation(operation, index, errors);
  if (isObject(body))
    for (const name of Object.keys(body)) if (name !== 'operations') reportUnknown('', name, errors);
  if (errors.length > 0) throw failed(errors);
  return operations as readonly BatchItem[];
}

function checkOperation(operation: unknown, index: number, errors: FieldError[]): void {
  const at = `/operations/${index}`;
  if (!isObject(operation)) {
    report(errors, at, 'type', 'must be an object');
    return;
  }
  const { method, path, headers } = operation;
  if (!methods.has(method))
    report(errors, `${at}/method`, 'enum', `must be one of ${[...methods].join(', ')}`);
  if (typeof path !== 'string') report(errors, `${at}/path`, 'type', 'must be a path such as "/v1/tasks"');
  const hasBody = Object.hasOwn(operation, 'body');
  if (withBody.has(method) && !hasBody) report(errors, `${at}/body`, 'required', 'is required');
  if (!withBody.has(method) && methods.has(method) && hasBody)
    report(errors, `${at}/body`, 'unknown', `does not belong to ${String(method)}`);
  if (headers !== undefined) checkHeaders(headers, `${at}/headers`, errors);
  for (const name of Object.keys(operation)) if (!members.has(name)) reportUnknown(at, name, errors);
}

function checkHeaders(headers: unknown, at: string, errors: FieldError[]): void {
  if (!isObject(headers)) {
    report(errors, at, 'type', 'must be an object');
    return;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!knownHeaders.has(name.toLowerCase())) reportUnknown(at, name, errors);
    else if (typeof value !== 'string') report(errors, pointerTo(at, name), 'type', 'must be a string');
    else if (parseEntityTags(value) === undefined)
      report(errors, pointerTo(at, name), 'format', 'must be * or entity tags such as "3", in quotes');
  }
}

function reportUnknown(at: string, name: string, errors: FieldError[]): void {
  report(errors, pointerTo(at, name), 'unknown', `"${shown(name)}" is not known here`);
}

function failed(errors: readonly FieldError[]): Problem {
  const problem = validationFailed(errors);
  const [, first] = /^\/operations\/(\d+)/.exec(errors[0]?.pointer ?? '') ?? [];
  if (first === undefined) return problem;
  return new Problem('validation_failed', { ...problem.details, operation: Number(first) });
}
