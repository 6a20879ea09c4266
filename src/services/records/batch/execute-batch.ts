import { bypassesRules } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { BatchOperation, ReadOperation, WriteOperation } from '#domain/operations.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { readContextOf, writeContextOf, type ExecuteOptions, type RecordsContext } from '../context.ts';
import { presentRecord, presentWritten } from '../present.ts';
import { compareVersions, findToRead } from '../read.ts';
import type { BatchResult, ItemResult, PresentedRecord } from '../result.ts';
import type { WriteScope } from '../transactions.ts';
import { understand } from '../understand.ts';
import { write } from '../write.ts';
import { readItems } from './items.ts';
import { lockTargets } from './lock-targets.ts';
import { collectionsIn, operationOf, resolveItem } from './operation-of.ts';

interface Executed {
  readonly result: ItemResult;
  /** The whole record as the principal sees it, without regard to `fields`; null after a deletion. */
  readonly record: PresentedRecord | null;
}

/** Up to 100 operations in one transaction: all of them, or none and the problem of the first that fails. */
export async function executeBatch(
  context: RecordsContext,
  operation: BatchOperation,
  options: ExecuteOptions,
): Promise<BatchResult> {
  const batch = readItems(operation.body);
  const executeAll = async (within: WriteScope): Promise<BatchResult> => {
    await lockTargets(context, within.transaction, batch);
    const items: ItemResult[] = [];
    const records: (PresentedRecord | null)[] = [];
    for (const [index, item] of batch.entries()) {
      const resolved = resolveItem(item, index, records);
      try {
        const { result, record } = await executeItem(context, operationOf(resolved), { ...options, within });
        items.push(result);
        records.push(record);
      } catch (error) {
        throw error instanceof Problem ? ofItem(error, index) : error;
      }
    }
    return { kind: 'batch', items };
  };
  const { within } = options;
  if (within !== undefined) return executeAll(within);
  return context.transactions.run({ ...options, operation, collections: collectionsIn(batch) }, executeAll);
}

async function executeItem(
  context: RecordsContext,
  operation: ReadOperation | WriteOperation,
  options: ExecuteOptions & { readonly within: WriteScope },
): Promise<Executed> {
  const { within, principal } = options;
  const execution = understand(context, operation, options);
  const show = (stored: StoredRecord) => execution.compiled.present(stored, bypassesRules(principal));
  if (execution.kind === 'write') {
    const target = writeContextOf(execution, within);
    const written = await write(execution.operation, target);
    const result = await presentWritten(target, written, execution.query);
    return { result, record: written.after === undefined ? null : show(written.after) };
  }
  const target = readContextOf(execution, within.transaction);
  const stored = await findToRead(execution.operation, target);
  const result = await presentRecord(target, stored, execution.query);
  return { result: compareVersions(execution.operation, result), record: show(stored) };
}

/** The problem of one item as the problem of the batch: its index, and pointers from the top of the request. */
function ofItem(problem: Problem, index: number): Problem {
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
