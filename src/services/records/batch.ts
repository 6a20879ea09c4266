import type { Transaction } from '#data/index.ts';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { entityTagOf } from '#domain/preconditions/entity-tags.ts';
import { isMatchMet, isNoneMatchMet, type Precondition } from '#domain/preconditions/precondition.ts';
import { invalidQuery } from '#domain/query/invalid-query.ts';
import { preconditionOf, readOperations } from './batch-operations.ts';
import { resolvePath, resolveReferences, type EarlierRecords } from './batch-references.ts';
import type { WriteRunner } from './commits.ts';
import { validationFailed } from './field-errors.ts';
import type { RecordsContext } from './context.ts';
import type {
  BatchResult,
  Operation,
  BatchItemResult,
  PresentedRecord,
  QueryParameters,
  RecordChange,
  WriteOptions,
  WriteRequest,
} from './records.ts';
import { findReadable } from './rules.ts';
import { presentExpanded } from './expand.ts';
import { methodNotAllowed, type Writer } from './write.ts';

interface BatchParts {
  readonly parts: RecordsContext;
  readonly writer: Writer;
  readonly commits: WriteRunner;
}

/** A batch on its way: what was done so far. */
interface Progress {
  readonly transaction: Transaction;
  readonly principal: Principal;
  readonly options: WriteOptions;
  readonly answers: BatchItemResult[];
  /** What `"$0.id"` refers to: each record as the caller sees it, null after a deletion. */
  readonly records: (PresentedRecord | null)[];
  readonly changes: RecordChange[];
}

type Resolved = Pick<Operation, 'method' | 'path'> & {
  readonly body: unknown;
  readonly precondition: Precondition;
};

interface Address {
  readonly collection: string;
  readonly id: string | undefined;
  readonly query: QueryParameters;
}

/** Up to 100 operations in one transaction: all of them, or none and the problem of the first that fails. */
export async function runBatch(
  { parts, writer, commits }: BatchParts,
  principal: Principal,
  body: unknown,
  { idempotency }: WriteRequest<BatchResult> = {},
): Promise<BatchResult> {
  const operations = readOperations(body);
  return commits.run(idempotency, {
    async work(transaction, options) {
      const progress: Progress = { transaction, principal, options, answers: [], records: [], changes: [] };
      for (const [index, operation] of operations.entries()) {
        const resolved = resolve(operation, index, progress.records);
        try {
          await carryOut(parts, writer, progress, resolved);
        } catch (error) {
          throw error instanceof Problem ? ofOperation(error, index) : error;
        }
      }
      return progress;
    },
    changes: ({ changes }) => changes,
    answer: ({ answers }) => Promise.resolve({ results: answers }),
  });
}

/** The operation with values of earlier answers in the place of references. Throws `validation_failed`. */
function resolve(
  { method, path, body, headers }: Operation,
  index: number,
  earlier: EarlierRecords,
): Resolved {
  const errors: FieldError[] = [];
  const at = `/operations/${index}`;
  const resolved = {
    method,
    path: resolvePath(path, earlier, `${at}/path`, errors),
    body: resolveReferences(body, earlier, `${at}/body`, errors),
    precondition: preconditionOf(headers),
  };
  if (errors.length > 0)
    throw new Problem('validation_failed', { ...validationFailed(errors).details, operation: index });
  return resolved;
}

async function carryOut(
  parts: RecordsContext,
  writer: Writer,
  progress: Progress,
  { method, path, body, precondition }: Resolved,
): Promise<void> {
  const { collection, id, query } = addressOf(path);
  const { transaction, principal, changes } = progress;
  const options = { ...progress.options, precondition };
  const done = (stored: StoredRecord, status: number) =>
    answerWith(parts, progress, collection, stored, status, query);
  if (id === undefined) {
    if (method !== 'POST') throw new Problem('method_not_allowed', { allow: ['POST'] });
    if (collection === usersName) throw methodNotAllowed([]);
    return done(await writer.create(transaction, principal, collection, body, options), 201);
  }
  switch (method) {
    case 'GET': {
      const stored = await read(parts, progress, collection, id);
      if (!isMatchMet(precondition, stored.version)) throw new Problem('precondition_failed');
      const isKnown = !isNoneMatchMet(precondition, stored.version) && !query.has('expand');
      return done(stored, isKnown ? 304 : 200);
    }
    case 'PATCH': {
      const stored = await writer.update(transaction, principal, collection, id, body, options);
      changes.push({ collection, id: stored.id, removed: false });
      return done(stored, 200);
    }
    case 'PUT': {
      const { record, created } = await writer.replace(transaction, principal, collection, id, body, options);
      if (!created) changes.push({ collection, id: record.id, removed: false });
      return done(record, created ? 201 : 200);
    }
    case 'DELETE':
      refuseQuery(query);
      await writer.remove(transaction, principal, collection, id, options);
      changes.push({ collection, id: id.toLowerCase(), removed: true });
      progress.records.push(null);
      progress.answers.push({ status: 204, headers: {}, body: null });
      return undefined;
    case 'POST':
      throw new Problem('method_not_allowed', { allow: ['GET', 'PATCH', 'PUT', 'DELETE'] });
  }
}

async function read(
  parts: RecordsContext,
  { transaction, principal }: Progress,
  collection: string,
  id: string,
): Promise<StoredRecord> {
  const target = parts.collection(collection);
  const situation = parts.requestContext(transaction, principal, target.model);
  const stored = await findReadable(parts, target, situation, id, { forChange: false });
  if (stored === undefined) throw new Problem('not_found');
  return stored;
}

async function answerWith(
  parts: RecordsContext,
  { transaction, principal, answers, records }: Progress,
  collection: string,
  stored: StoredRecord,
  status: number,
  parameters: QueryParameters,
): Promise<void> {
  const target = parts.collection(collection);
  const query = target.queries.record(parameters, bypassesRules(principal));
  const situation = parts.requestContext(transaction, principal, target.model);
  const [body] = await presentExpanded(parts, target, situation, [stored], query);
  const headers = {
    ETag: entityTagOf(stored.version),
    ...(status === 201 && { Location: `/v1/${collection}/${stored.id}` }),
  };
  answers.push({ status, headers, body: status === 304 ? null : body });
  records.push(target.present(stored, bypassesRules(principal)));
}

const addressed = /^\/v1\/([^/]+)(?:\/([^/]+))?$/;

/** `/v1/tasks/…?fields=title`. Throws `not_found` for any other path. */
function addressOf(path: string): Address {
  const [address = '', ...query] = path.split('?');
  const [, collection, id] = addressed.exec(address) ?? [];
  if (collection === undefined) throw new Problem('not_found');
  return { collection: decoded(collection), id: id && decoded(id), query: parametersOf(query.join('?')) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem('not_found');
  }
}

function parametersOf(text: string): QueryParameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) throw invalidQuery(name, 'This parameter is there more than once.');
    parameters.set(name, value);
  }
  return parameters;
}

function refuseQuery(query: QueryParameters): void {
  for (const name of query.keys()) throw invalidQuery(name, 'No parameters belong here.');
}

/** The problem of one operation as the problem of the batch: its index, and pointers from the top of the request. */
function ofOperation(problem: Problem, index: number): Problem {
  const { errors, cause, ...rest } = problem.details;
  return new Problem(problem.code, {
    ...rest,
    operation: index,
    ...(errors !== undefined && {
      errors: errors.map((each) => ({ ...each, pointer: `/operations/${index}/body${each.pointer}` })),
    }),
    ...(cause !== undefined && { cause }),
  });
}
