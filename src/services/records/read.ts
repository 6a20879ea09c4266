import type { Reader } from '#data/index.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { ReadOperation } from '#domain/operations.ts';
import { isMatchMet, isNoneMatchMet } from '#domain/preconditions/precondition.ts';
import { findReadable } from './authorise.ts';
import {
  readContextOf,
  type ListExecution,
  type PreparedRead,
  type ReadContext,
  type ReadExecution,
} from './context.ts';
import { explainSlowList } from './costly-filters.ts';
import { demandOf } from './demand.ts';
import { list } from './list.ts';
import { presentRecord } from './present.ts';
import type { ListResult, NotModifiedResult, RecordResult } from './result.ts';

/** A list or a record: from the database, or by way of `readThrough`. */
export async function read(
  execution: ListExecution | ReadExecution,
): Promise<ListResult | RecordResult | NotModifiedResult> {
  const { operation, options } = execution;
  const prepared = prepareRead(execution);
  const result = await (options.readThrough === undefined ? prepared.run() : options.readThrough(prepared));
  return operation.kind === 'read' && result.kind === 'record' ? compareVersions(operation, result) : result;
}

function prepareRead(execution: ListExecution | ReadExecution): PreparedRead {
  const { context, operation, options, compiled, dependencies } = execution;
  const { within, principal } = options;
  const { maxAge } = compiled.collection.definition.cache ?? {};
  // Others may be waiting for the same by now: it is not given up when the client that came first leaves.
  const isShared = options.readThrough !== undefined && maxAge !== undefined;
  const ask = (reader: Reader): Promise<ListResult | RecordResult> =>
    execution.kind === 'list' ? list(execution, reader) : readRecord(execution, reader);
  return {
    operation,
    principal,
    maxAge,
    dependencies,
    async run() {
      try {
        if (within !== undefined) return await ask(within.transaction);
        const demand = demandOf({ ...options, collections: [operation.collection] });
        const whom = isShared ? { ...demand, signal: undefined } : demand;
        return await context.database.read(ask, { ...whom, isSnapshot: hasSeveralStatements(execution) });
      } catch (error) {
        throw execution.kind === 'list' ? explainSlowList(error, execution.query, compiled) : error;
      }
    },
  };
}

/** A page with its total or its expanded references takes several statements, which have to agree with each other. */
function hasSeveralStatements(execution: ListExecution | ReadExecution): boolean {
  return execution.query.expand.length > 0 || (execution.kind === 'list' && execution.query.count);
}

async function readRecord(execution: ReadExecution, reader: Reader): Promise<RecordResult> {
  const context = readContextOf(execution, reader);
  return presentRecord(context, await findToRead(execution.operation, context), execution.query);
}

/** Throws the same `not_found` for a record that is not there, one that may not be read, and a malformed id. */
export async function findToRead({ id }: ReadOperation, context: ReadContext): Promise<StoredRecord> {
  const stored = await findReadable(context, id, { forChange: false });
  if (stored === undefined) throw new Problem('not_found');
  return stored;
}

/** If-Match (412) and If-None-Match of a read. A record with expanded references changes without its version. */
export function compareVersions(
  { precondition, query }: ReadOperation,
  result: RecordResult,
): RecordResult | NotModifiedResult {
  if (precondition === undefined) return result;
  const { version, cache } = result;
  if (!isMatchMet(precondition, version)) throw new Problem('precondition_failed');
  if (isNoneMatchMet(precondition, version) || query?.has('expand') === true) return result;
  return { kind: 'notModified', version, ...(cache !== undefined && { cache }) };
}
