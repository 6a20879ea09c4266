import { attempt, type KeyedRecordsRepository, type Unit } from '#data/index.ts';
import { operator } from '#domain/access/caller.ts';
import type { Collection, Property, StoredRecord } from '#domain/collections/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { RecordsService } from '#services/records/index.ts';
import { keyText, storedForm } from './key.ts';
import type { ResolveLookups } from './lookups.ts';
import type { PreparedRow } from './prepare.ts';
import { Tally, type Outcome } from './tally.ts';
import type { OnConflict, RowError } from './transfer.ts';

/** Beyond this many rows, a key that stands twice in a file is not told as such any more: memory is bounded. */
const keysRememberedMax = 1_000_000;
const byOperator = { skipRule: true, readOnly: 'writable' } as const;

export interface RowWriterOptions {
  readonly records: RecordsService;
  readonly stored: KeyedRecordsRepository;
  readonly collection: Collection;
  readonly resolveLookups: ResolveLookups;
  readonly onConflict: OnConflict;
  readonly key: readonly Property[];
}

/** A row with the record that its key belongs to already. */
interface Candidate extends PreparedRow {
  readonly there: StoredRecord | undefined;
}

/** Undoes a write that turned out to change nothing. */
class Unchanged extends Error {}

/** Writes rows, some at a time. It remembers the keys it has seen, so there is one for each run over a file. */
export class RowWriter {
  readonly #options: RowWriterOptions;
  readonly #linesByKey = new Map<string, number>();

  constructor(options: RowWriterOptions) {
    this.#options = options;
  }

  /** Writes all rows that can be written; each of the others leaves nothing behind but its errors. */
  async write(unit: Unit, rows: readonly PreparedRow[], errorsMax: number): Promise<Tally> {
    // A unit may be run again with the same rows, so what is added to them is added to copies.
    const own = rows.map((row) => ({ ...row, body: { ...row.body }, errors: [...row.errors] }));
    await this.#options.resolveLookups(unit, own);
    const candidates = await this.#recognise(unit, own);
    try {
      return await attempt(unit, () => this.#writeAll(unit, candidates, errorsMax));
    } catch (error) {
      if (rowErrorsOf(error, 0) === undefined) throw error;
      // One of them failed: each gets an attempt of its own.
      return this.#writeEach(unit, candidates, errorsMax);
    }
  }

  async #writeAll(unit: Unit, rows: readonly Candidate[], errorsMax: number): Promise<Tally> {
    const tally = new Tally(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) tally.countInvalid(row.errors);
      else tally.count(await this.#writeRow(unit, row));
    }
    return tally;
  }

  async #writeEach(unit: Unit, rows: readonly Candidate[], errorsMax: number): Promise<Tally> {
    const tally = new Tally(errorsMax);
    for (const row of rows) {
      if (row.errors.length > 0) {
        tally.countInvalid(row.errors);
        continue;
      }
      try {
        tally.count(await attempt(unit, () => this.#writeRow(unit, row)));
      } catch (error) {
        const errors = rowErrorsOf(error, row.line);
        if (errors === undefined) throw error;
        tally.countInvalid(errors);
      }
    }
    return tally;
  }

  async #writeRow(unit: Unit, row: Candidate): Promise<Outcome> {
    const { records, collection, onConflict } = this.#options;
    if (row.there === undefined) {
      const chosen = row.id === undefined ? {} : { id: row.id };
      await records.inUnit.create(unit, operator, collection.name, row.body, { ...byOperator, ...chosen });
      return 'created';
    }
    return onConflict === 'skip' ? 'skipped' : this.#update(unit, row, row.there);
  }

  async #update(unit: Unit, row: Candidate, there: StoredRecord): Promise<Outcome> {
    const { records, collection } = this.#options;
    if (Object.entries(row.body).every(([name, value]) => isSame(value, there[name]))) return 'unchanged';
    const kept = [...collection.properties.values()].filter(({ system }) => !system);
    const body = { ...Object.fromEntries(kept.map(({ name }) => [name, there[name]])), ...row.body };
    try {
      await attempt(unit, async () => {
        const { record } = await records.inUnit.replace(
          unit,
          operator,
          collection.name,
          there.id,
          body,
          byOperator,
        );
        // A value may be written in more than one way, such as a time with an offset.
        if (kept.every(({ name }) => isSame(record[name], there[name]))) throw new Unchanged();
      });
      return 'updated';
    } catch (error) {
      if (error instanceof Unchanged) return 'unchanged';
      throw error;
    }
  }

  /** Finds the records that the rows' keys belong to; rows without a usable key get an error. */
  async #recognise(unit: Unit, rows: readonly PreparedRow[]): Promise<Candidate[]> {
    const { onConflict, key, stored, collection } = this.#options;
    if (onConflict === 'fail') return rows.map((row) => ({ ...row, there: undefined }));
    const keys = rows.map((row) => this.#keyOf(row));
    const known = await stored.findByKeys(
      unit,
      collection,
      key,
      keys.filter((values) => values !== undefined),
    );
    const byKey = new Map(known.map((record) => [keyText(key.map(({ name }) => record[name])), record]));
    return rows.map((row, index) => {
      const values = keys[index];
      const there = values === undefined ? undefined : byKey.get(keyText(values));
      if (there !== undefined && row.id !== undefined && row.id !== there.id) {
        row.errors.push({
          line: row.line,
          pointer: '/id',
          code: 'readOnly',
          detail: 'is another record with this key',
        });
      }
      return { ...row, there };
    });
  }

  #keyOf(row: PreparedRow): readonly unknown[] | undefined {
    const values: unknown[] = [];
    for (const property of this.#options.key) {
      const given = property.name === 'id' ? row.id : row.body[property.name];
      const value = storedForm(property, given);
      if (value !== undefined) {
        values.push(value);
      } else if (row.errors.length === 0 && (given === undefined || given === null)) {
        row.errors.push({
          line: row.line,
          pointer: `/${property.name}`,
          code: 'key',
          detail: 'is empty, but the record is to be recognised by it',
        });
      }
    }
    if (values.length < this.#options.key.length) return undefined;
    this.#refuseSecond(row, keyText(values));
    return values;
  }

  #refuseSecond(row: PreparedRow, text: string): void {
    const first = this.#linesByKey.get(text);
    if (first === undefined && this.#linesByKey.size < keysRememberedMax)
      this.#linesByKey.set(text, row.line);
    if (first === undefined || first === row.line) return;
    row.errors.push({
      line: row.line,
      pointer: `/${(this.#options.key[0] as Property).name}`,
      code: 'duplicate',
      detail: `has the same key as line ${first}`,
    });
  }
}

/** What a refused write says about the row; undefined for what is no fault of the row. */
function rowErrorsOf(error: unknown, line: number): RowError[] | undefined {
  if (!(error instanceof Problem) || error.status >= 500) return undefined;
  const { errors = [], detail } = error.details;
  if (errors.length === 0) return [{ line, pointer: '', code: error.code, detail: detail ?? error.message }];
  return errors.map((each) => ({ line, ...each }));
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right));
}
