import type { Database } from '#data/index.ts';
import type { Bytes, BrokenRow, Row } from './formats/row.ts';
import type { PreparedRow } from './prepare.ts';
import type { RowWriter } from './row-writer.ts';
import { ImportCounts } from './import-counts.ts';
import type { ImportOptions, ImportReport } from './transfer.ts';

const rowsPerPart = 500;
const bytesPerPart = 4 * 1024 * 1024;
const errorsMaxDefault = 100;

export interface ImportPlan {
  readonly database: Database;
  readonly options: ImportOptions;
  readonly read: (bytes: Bytes) => AsyncIterable<Row | BrokenRow>;
  readonly prepare: (row: Row | BrokenRow) => PreparedRow;
  readonly createWriter: () => RowWriter;
}

/** Rolls back the transaction of an import, and carries its counts out of it. */
class RollbackImport extends Error {
  readonly counts: ImportCounts;

  constructor(counts: ImportCounts) {
    super('rolled back');
    this.counts = counts;
  }
}

/**
 * Imports a file in one transaction. With `skipInvalid` it takes one for every 500 rows, so that other writers get their
 * turn and a crash loses little; after one, the same command goes on where the first has ended.
 */
export async function runImport(plan: ImportPlan): Promise<ImportReport> {
  const { skipInvalid = false, dryRun = false } = plan.options;
  return skipInvalid && !dryRun ? inParts(plan) : asOne(plan);
}

async function asOne(plan: ImportPlan): Promise<ImportReport> {
  const { skipInvalid = false, dryRun = false } = plan.options;
  try {
    // A transaction that begins again reads the file again, with counts of its own.
    const counts = await plan.database.write(async (transaction) => {
      const all = newCounts(plan);
      const writer = plan.createWriter();
      for await (const part of partsOf(plan, all))
        all.add(await writer.write(transaction, part, errorsMaxOf(plan)));
      const isGood = all.counts.invalid === 0 || skipInvalid;
      if (dryRun || !isGood) throw new RollbackImport(all);
      return all;
    });
    return counts.report(true);
  } catch (error) {
    if (error instanceof RollbackImport) return error.counts.report(false);
    throw error;
  }
}

async function inParts(plan: ImportPlan): Promise<ImportReport> {
  const all = newCounts(plan);
  const writer = plan.createWriter();
  for await (const part of partsOf(plan, all)) {
    all.add(await plan.database.write((transaction) => writer.write(transaction, part, errorsMaxOf(plan))));
  }
  return all.report(true);
}

/** The rows of the file, 500 at a time, or fewer that have 4 MiB together. */
async function* partsOf(plan: ImportPlan, all: ImportCounts): AsyncGenerator<readonly PreparedRow[]> {
  const { open, onProgress } = plan.options;
  let bytes = 0;
  let bytesBefore = 0;
  let part: PreparedRow[] = [];
  const rows = plan.read(counted(open(), (count) => (bytes += count)));
  for await (const row of rows) {
    all.counts.rows += 1;
    if ('broken' in row && row.isEnd) all.unreadableFrom = row.line;
    part.push(plan.prepare(row));
    if (part.length < rowsPerPart && bytes - bytesBefore < bytesPerPart) continue;
    yield part;
    onProgress?.({ bytes, rows: all.counts.rows });
    part = [];
    bytesBefore = bytes;
  }
  if (part.length > 0) yield part;
  onProgress?.({ bytes, rows: all.counts.rows });
}

async function* counted(parts: Bytes, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    onBytes(part.length);
    yield part;
  }
}

function newCounts(plan: ImportPlan): ImportCounts {
  return new ImportCounts(errorsMaxOf(plan));
}

function errorsMaxOf({ options }: ImportPlan): number {
  return options.errorsMax ?? errorsMaxDefault;
}
