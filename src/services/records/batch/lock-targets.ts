import type { Transaction } from '#data/index.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { RecordsContext } from '../context.ts';
import type { BatchItem } from './items.ts';

const changing: ReadonlySet<string> = new Set(['PATCH', 'PUT', 'DELETE']);
const ofRecord = /^\/v1\/([^/?]+)\/([^/?]+)/;

/**
 * Locks the records that a batch changes, in one order, before anything of it runs: of two batches that change the same
 * records in opposite order, one waits for the other instead of each for the other. Records that the batch makes itself,
 * and those that go along with others, are not known yet.
 */
export async function lockTargets(
  { collections, stored }: RecordsContext,
  transaction: Transaction,
  items: readonly BatchItem[],
): Promise<void> {
  const targets = new Map<string, Set<string>>();
  for (const { method, path } of items) {
    const [, collection = '', segment = ''] = (changing.has(method) && ofRecord.exec(path)) || [];
    const id = parseUuid(segment);
    if (id === undefined || !collections.has(collection)) continue;
    const ids = targets.get(collection);
    if (ids === undefined) targets.set(collection, new Set([id]));
    else ids.add(id);
  }
  for (const name of [...targets.keys()].toSorted())
    await stored.lock(transaction, collections.get(name).collection, [...(targets.get(name) ?? [])]);
}
