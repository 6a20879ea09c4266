import { Problem } from '#domain/errors/problem.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { Expansion } from '#domain/query/expand.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import type { ReadContext, Written } from './context.ts';
import type { NoResult, PresentedRecord, RecordResult } from './result.ts';
import { areTooLong } from './expanded-length.ts';

/** Records as their principal gets them: private properties left out, `fields` and `expand` applied. */
export async function presentAll(
  read: ReadContext,
  records: readonly StoredRecord[],
  query: RecordQuery,
): Promise<PresentedRecord[]> {
  const { compiled, access } = read;
  const presented = records.map((record) => compiled.present(record, access.admin, query));
  for (const expansion of query.expand) await expand(read, presented, expansion);
  return presented;
}

/** One record as a result. */
export async function presentRecord(
  read: ReadContext,
  stored: StoredRecord,
  query: RecordQuery,
  created = false,
): Promise<RecordResult> {
  const { compiled, access } = read;
  const record =
    query.expand.length === 0
      ? compiled.present(stored, access.admin, query)
      : ((await presentAll(read, [stored], query))[0] as PresentedRecord);
  const { id, version } = stored;
  return { kind: 'record', collection: compiled.collection.name, id, version, created, record };
}

/** The result of a write: the record as it is now, or nothing where it was deleted. */
export async function presentWritten(
  read: ReadContext,
  { before, after }: Written,
  query: RecordQuery,
): Promise<RecordResult | NoResult> {
  if (after === undefined) return { kind: 'none' };
  return presentRecord(read, after, query, before === undefined);
}

/** One query for each reference, however many records: each under the target's own read rule. */
async function expand(
  read: ReadContext,
  records: readonly PresentedRecord[],
  { property, target, children }: Expansion,
): Promise<void> {
  const { context, compiled, reader, access } = read;
  const ids = new Set<string>();
  for (const record of records) if (typeof record[property] === 'string') ids.add(record[property]);
  const rule = access.condition(target, 'read');
  const { bindings } = access;
  const there = context.collections.of(compiled.model, target);
  const found =
    rule === false
      ? []
      : await context.stored.findMany(reader, there.collection, [...ids], { rule, bindings });
  const shown = await presentAll({ ...read, compiled: there }, found, { expand: children });
  const byId = new Map(shown.map((record) => [record.id, record]));
  const expanded: object[] = [];
  for (const record of records) {
    const other = byId.get(record[property] as string);
    if (other !== undefined) expanded.push(other);
    (record as Record<string, unknown>)[property] = other ?? null;
  }
  if (areTooLong(expanded)) {
    const detail = `The records that "${property}" refers to are too large together: ask for fewer with limit.`;
    throw new Problem('invalid_query', { detail, parameter: 'expand' });
  }
}
