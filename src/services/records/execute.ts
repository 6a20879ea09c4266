import type { BatchOperation, Operation } from '#domain/operations.ts';
import { executeBatch } from './batch/execute-batch.ts';
import { writeContextOf, type ExecuteOptions, type RecordsContext } from './context.ts';
import { presentWritten } from './present.ts';
import { read } from './read.ts';
import type { Result, ResultOf } from './result.ts';
import type { WriteScope } from './transactions.ts';
import { understand } from './understand.ts';
import { write } from './write.ts';

/** Executes an operation for a principal. Throws Problem. */
export type Execute = <Asked extends Operation | BatchOperation>(
  operation: Asked,
  options: ExecuteOptions,
) => Promise<ResultOf<Asked>>;

/**
 * The way of every operation, from every door. It is understood: collection, parameters, outright refusals. Then it reads, or it writes in one transaction: find → precondition → validate → authorise → store → present.
 */
export function createExecute(context: RecordsContext): Execute {
  async function execute(operation: Operation | BatchOperation, options: ExecuteOptions): Promise<Result> {
    if (operation.kind === 'batch') return executeBatch(context, operation, options);
    const execution = understand(context, operation, options);
    if (execution.kind !== 'write') return read(execution);
    const writing = async (within: WriteScope) => {
      const target = writeContextOf(execution, within);
      return presentWritten(target, await write(execution.operation, target), execution.query);
    };
    const { within } = options;
    if (within !== undefined) return writing(within);
    return context.transactions.run({ ...options, operation, collections: [operation.collection] }, writing);
  }
  const isPart = (_: Operation | BatchOperation, { within }: ExecuteOptions) => within !== undefined;
  return context.following(execute, isPart) as Execute;
}
