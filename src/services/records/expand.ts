import { bypassesRules } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { Expansion } from '#domain/query/expand.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';
import type { PresentedRecord, RecordResult } from './records.ts';

/** Records as their caller gets them: private properties out, `fields` and `expand` applied. */
export async function presentExpanded(
  parts: RecordsContext,
  target: CompiledCollection,
  situation: RequestContext,
  records: readonly StoredRecord[],
  query: RecordQuery,
): Promise<PresentedRecord[]> {
  const presented = records.map((record) =>
    target.present(record, bypassesRules(situation.principal), query),
  );
  for (const expansion of query.expand) await expand(parts, target, situation, presented, expansion);
  return presented;
}

/** One record as an answer. */
export async function presentOneExpanded(
  parts: RecordsContext,
  target: CompiledCollection,
  situation: RequestContext,
  stored: StoredRecord,
  query: RecordQuery,
): Promise<RecordResult> {
  const { id, version } = stored;
  if (query.expand.length === 0)
    return { id, version, record: target.present(stored, bypassesRules(situation.principal), query) };
  const [record] = await presentExpanded(parts, target, situation, [stored], query);
  return { id, version, record: record as PresentedRecord };
}

/** One query for each reference, however many records: each under the target's own read rule. */
async function expand(
  parts: RecordsContext,
  { model }: CompiledCollection,
  situation: RequestContext,
  records: readonly PresentedRecord[],
  { property, target: name, children }: Expansion,
): Promise<void> {
  const ids = new Set<string>();
  for (const record of records) if (typeof record[property] === 'string') ids.add(record[property]);
  const { reader, access } = situation;
  const rule = access.condition(name, 'read');
  const target = parts.collectionOf(model, name);
  const found =
    rule === false
      ? []
      : await parts.stored.findMany(reader, target.collection, [...ids], { rule, bindings: access.bindings });
  const shown = await presentExpanded(parts, target, situation, found, { expand: children });
  const byId = new Map(shown.map((record) => [record.id, record]));
  for (const record of records)
    (record as Record<string, unknown>)[property] = byId.get(record[property] as string) ?? null;
}
