import { attempt, type Transaction } from '#data/index.ts';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { isSameJson } from '#domain/json/canonical.ts';
import type { RecordsService } from '#services/records/index.ts';
import type { ResolveReferences } from './reference-lookups.ts';
import type { PreparedRow } from './prepare.ts';
import { RecordMatcher, type MatchedRow, type RecordMatcherOptions } from './record-matcher.ts';
import { ImportCounts, type RowOutcome } from './import-counts.ts';
import type { RowError } from './transfer.ts';

const bySystem = { principal: systemPrincipal, readOnly: 'writable' } as const;

export interface RowWriterOptions extends RecordMatcherOptions {
  readonly records: RecordsService;
  readonly resolveReferences: ResolveReferences;
}

/** Rolls back a write that has changed nothing. */
class Unchanged extends Error {}

/** Writes rows, some at a time. It remembers the keys of a file, so each run over one has its own. */
export class RowWriter {
  readonly #options: RowWriterOptions;
  readonly #matcher: RecordMatcher;

  constructor(options: RowWriterOptions) {
    this.#options = options;
    this.#matcher = new RecordMatcher(options);
  }

  /** Writes the valid rows; an invalid one leaves nothing behind but its errors. */
  async write(
    transaction: Transaction,
    rows: readonly PreparedRow[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    // A transaction may run again with the same rows, so ids and errors are added to copies of them.
    const own = rows.map((row) => ({ ...row, body: { ...row.body }, errors: [...row.errors] }));
    await this.#options.resolveReferences(transaction, own);
    const matched = await this.#matcher.match(transaction, own);
    try {
      return await attempt(transaction, () => this.#writeAll(transaction, matched, errorsMax));
    } catch (error) {
      if (rowErrorsOf(error, 0) === undefined) throw error;
      // One row has failed, so each is attempted by itself.
      return this.#writeEach(transaction, matched, errorsMax);
    }
  }

  async #writeAll(
    transaction: Transaction,
    rows: readonly MatchedRow[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    const counts = new ImportCounts(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) counts.countInvalid(row.errors);
      else counts.count(await this.#writeRow(transaction, row));
    }
    return counts;
  }

  async #writeEach(
    transaction: Transaction,
    rows: readonly MatchedRow[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    const counts = new ImportCounts(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) {
        counts.countInvalid(row.errors);
        continue;
      }
      try {
        counts.count(await attempt(transaction, () => this.#writeRow(transaction, row)));
      } catch (error) {
        const errors = rowErrorsOf(error, row.line);
        if (errors === undefined) throw error;
        counts.countInvalid(errors);
      }
    }
    return counts;
  }

  async #writeRow(transaction: Transaction, row: MatchedRow): Promise<RowOutcome> {
    const { onConflict } = this.#options;
    const isThere =
      row.existing !== undefined ||
      (row.repeatedKey !== undefined &&
        (await this.#matcher.find(transaction, row.repeatedKey)) !== undefined);
    if (isThere && onConflict === 'skip') return 'skipped';
    return row.existing === undefined
      ? this.#create(transaction, row)
      : this.#update(transaction, row, row.existing);
  }

  async #create(transaction: Transaction, row: MatchedRow): Promise<RowOutcome> {
    const { records, collection } = this.#options;
    const chosen = row.id === undefined ? {} : { id: row.id };
    await records.write(
      { kind: 'create', collection: collection.name, body: row.body, ...chosen },
      { ...bySystem, within: { transaction } },
    );
    return 'created';
  }

  async #update(transaction: Transaction, row: MatchedRow, existing: StoredRecord): Promise<RowOutcome> {
    const { records, collection } = this.#options;
    if (Object.entries(row.body).every(([name, value]) => isSameJson(value, existing[name])))
      return 'unchanged';
    const properties = [...collection.properties.values()].filter(({ system }) => !system);
    const body = { ...Object.fromEntries(properties.map(({ name }) => [name, existing[name]])), ...row.body };
    try {
      await attempt(transaction, async () => {
        const { after: record } = await records.write(
          { kind: 'replace', collection: collection.name, id: existing.id, body },
          { ...bySystem, within: { transaction } },
        );
        // A file may write an equal value in another way, such as a time with an offset.
        if (properties.every(({ name }) => isSameJson(record[name], existing[name]))) throw new Unchanged();
      });
      return 'updated';
    } catch (error) {
      if (error instanceof Unchanged) return 'unchanged';
      throw error;
    }
  }
}

/** The errors of a row in the problem of its write; undefined when the row is not at fault. */
function rowErrorsOf(error: unknown, line: number): RowError[] | undefined {
  if (!(error instanceof Problem) || error.status >= 500) return undefined;
  const { errors = [], detail } = error.details;
  if (errors.length === 0) return [{ line, pointer: '', code: error.code, detail: detail ?? error.message }];
  return errors.map((each) => ({ line, ...each }));
}
