import { attempt, type Transaction } from '#data/index.ts';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { isSameJson } from '#domain/json/canonical.ts';
import type { RecordsService } from '#services/records/index.ts';
import type { ResolveLookups } from './reference-lookups.ts';
import type { PreparedRow } from './prepare.ts';
import { RecordMatcher, type Candidate, type RecordMatcherOptions } from './record-matcher.ts';
import { ImportCounts, type Outcome } from './import-counts.ts';
import type { RowError } from './transfer.ts';

const bySystem = { principal: systemPrincipal, readOnly: 'writable' } as const;

export interface RowWriterOptions extends RecordMatcherOptions {
  readonly records: RecordsService;
  readonly resolveLookups: ResolveLookups;
}

/** Undoes a write that turned out to change nothing. */
class Unchanged extends Error {}

/** Writes rows, some at a time; one for each run over a file. */
export class RowWriter {
  readonly #options: RowWriterOptions;
  readonly #matcher: RecordMatcher;

  constructor(options: RowWriterOptions) {
    this.#options = options;
    this.#matcher = new RecordMatcher(options);
  }

  /** Writes all rows that can be written; each of the others leaves nothing behind but its errors. */
  async write(
    transaction: Transaction,
    rows: readonly PreparedRow[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    // A transaction may be run again with the same rows, so what is added to them is added to copies.
    const own = rows.map((row) => ({ ...row, body: { ...row.body }, errors: [...row.errors] }));
    await this.#options.resolveLookups(transaction, own);
    const candidates = await this.#matcher.match(transaction, own);
    try {
      return await attempt(transaction, () => this.#writeAll(transaction, candidates, errorsMax));
    } catch (error) {
      if (rowErrorsOf(error, 0) === undefined) throw error;
      // One of them failed: each gets an attempt of its own.
      return this.#writeEach(transaction, candidates, errorsMax);
    }
  }

  async #writeAll(
    transaction: Transaction,
    rows: readonly Candidate[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    const tally = new ImportCounts(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) tally.countInvalid(row.errors);
      else tally.count(await this.#writeRow(transaction, row));
    }
    return tally;
  }

  async #writeEach(
    transaction: Transaction,
    rows: readonly Candidate[],
    errorsMax: number,
  ): Promise<ImportCounts> {
    const tally = new ImportCounts(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) {
        tally.countInvalid(row.errors);
        continue;
      }
      try {
        tally.count(await attempt(transaction, () => this.#writeRow(transaction, row)));
      } catch (error) {
        const errors = rowErrorsOf(error, row.line);
        if (errors === undefined) throw error;
        tally.countInvalid(errors);
      }
    }
    return tally;
  }

  async #writeRow(transaction: Transaction, row: Candidate): Promise<Outcome> {
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

  async #create(transaction: Transaction, row: Candidate): Promise<Outcome> {
    const { records, collection } = this.#options;
    const chosen = row.id === undefined ? {} : { id: row.id };
    await records.write(
      { kind: 'create', collection: collection.name, body: row.body, ...chosen },
      { ...bySystem, within: { transaction } },
    );
    return 'created';
  }

  async #update(transaction: Transaction, row: Candidate, there: StoredRecord): Promise<Outcome> {
    const { records, collection } = this.#options;
    if (Object.entries(row.body).every(([name, value]) => isSameJson(value, there[name]))) return 'unchanged';
    const kept = [...collection.properties.values()].filter(({ system }) => !system);
    const body = { ...Object.fromEntries(kept.map(({ name }) => [name, there[name]])), ...row.body };
    try {
      await attempt(transaction, async () => {
        const { after: record } = await records.write(
          { kind: 'replace', collection: collection.name, id: there.id, body },
          { ...bySystem, within: { transaction } },
        );
        // A value may be written in more than one way, such as a time with an offset.
        if (kept.every(({ name }) => isSameJson(record[name], there[name]))) throw new Unchanged();
      });
      return 'updated';
    } catch (error) {
      if (error instanceof Unchanged) return 'unchanged';
      throw error;
    }
  }
}

/** What a refused write says about the row; undefined for what is no fault of the row. */
function rowErrorsOf(error: unknown, line: number): RowError[] | undefined {
  if (!(error instanceof Problem) || error.status >= 500) return undefined;
  const { errors = [], detail } = error.details;
  if (errors.length === 0) return [{ line, pointer: '', code: error.code, detail: detail ?? error.message }];
  return errors.map((each) => ({ line, ...each }));
}
