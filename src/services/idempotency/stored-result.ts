import { exhausted } from '#domain/exhausted.ts';
import type { IdempotencyResponseRow, IdempotencyRow } from '#data/index.ts';
import type { ErrorCode } from '#domain/errors/catalogue.ts';
import { Problem, type ProblemDetails } from '#domain/errors/problem.ts';
import type { BatchOperation, WriteOperation } from '#domain/operations.ts';
import { JsonText, textOf, type BatchResult, type ResultOf } from '#services/records/index.ts';

export type KeyedOperation = WriteOperation | BatchOperation;

/** A response that was stored whole, before results were stored. Header names are in lower case. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A first problem is thrown; one that is given again is an outcome, with the id of the request that was first. */
export type KeyedOutcome =
  | { readonly kind: 'result'; readonly replayed: boolean; readonly result: ResultOf<KeyedOperation> }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly requestId: string }
  | { readonly kind: 'response'; readonly response: StoredResponse };

type KeyedResult = ResultOf<KeyedOperation>;

/** An outcome in a row: `result` is a small JSON object, `body` the JSON that may be long. */
export type StoredOutcome = Pick<IdempotencyRow, 'result' | 'body'>;

/**
 * A problem is small unless it lists thousands of failing properties. Such a one is not stored: nothing was written, so
 * executing the request again answers the same, and strangers could fill the database with it.
 */
const problemLengthMax = 64 * 1024;

/** A result as it is stored, and as it goes out now: a record becomes JSON once, for both. */
export function storedResult(result: KeyedResult): { stored: StoredOutcome; result: KeyedResult } {
  switch (result.kind) {
    case 'record': {
      const { record, ...rest } = result;
      const body = textOf(record);
      return {
        stored: { result: JSON.stringify(rest), body },
        result: { ...rest, record: new JsonText(body) },
      };
    }
    case 'batch':
      return { stored: { result: '{"kind":"batch"}', body: JSON.stringify(result.items) }, result };
    case 'none':
      return { stored: { result: '{"kind":"none"}', body: null }, result };
    default:
      return exhausted(result);
  }
}

/** A problem as it is stored; undefined for one that is about the moment (5xx, 429), or too long. */
export function storedProblem(problem: Problem, requestId: string): StoredOutcome | undefined {
  if (problem.status >= 500 || problem.status === 429) return undefined;
  const { cause: _, ...details } = problem.details;
  const body = JSON.stringify({ code: problem.code, details });
  if (body.length > problemLengthMax) return undefined;
  return { result: JSON.stringify({ kind: 'problem', requestId }), body };
}

type Descriptor =
  | { readonly kind: 'problem'; readonly requestId: string }
  | Omit<Extract<KeyedResult, { kind: 'record' }>, 'record'>
  | { readonly kind: 'batch' }
  | { readonly kind: 'none' };

/** The outcome that a row holds. */
export function replay(row: IdempotencyRow | IdempotencyResponseRow): KeyedOutcome {
  if (row.result === null) {
    const headers = JSON.parse(row.headers) as Record<string, string>;
    return { kind: 'response', response: { status: row.status, headers, body: row.body } };
  }
  const descriptor = JSON.parse(row.result) as Descriptor;
  const body = row.body ?? '';
  switch (descriptor.kind) {
    case 'problem': {
      const { code, details } = JSON.parse(body) as { code: ErrorCode; details: ProblemDetails };
      return { kind: 'problem', problem: new Problem(code, details), requestId: descriptor.requestId };
    }
    case 'record':
      return replayed({ ...descriptor, record: new JsonText(body) });
    case 'batch':
      return replayed({ kind: 'batch', items: JSON.parse(body) as BatchResult['items'] });
    case 'none':
      return replayed(descriptor);
    default:
      return exhausted(descriptor);
  }
}

function replayed(result: KeyedResult): KeyedOutcome {
  return { kind: 'result', replayed: true, result };
}
