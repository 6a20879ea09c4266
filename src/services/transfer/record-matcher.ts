import type { KeyedRecordsRepository, Reader } from '#data/index.ts';
import type { Collection, Property, StoredRecord } from '#domain/collections/model.ts';
import { keyText, storedForm } from './key.ts';
import type { PreparedRow } from './prepare.ts';
import type { OnConflict } from './transfer.ts';

/** The keys that are remembered, so that memory is bounded; a repeated key beyond them goes unnoticed. */
const keysRememberedMax = 1_000_000;

/** A row with the stored record that has its key, if there is one. */
export interface MatchedRow extends PreparedRow {
  readonly existing: StoredRecord | undefined;
  /** The key, if an earlier row of the file has the same one, which may have created the record. */
  readonly repeatedKey: readonly unknown[] | undefined;
}

export interface RecordMatcherOptions {
  readonly stored: KeyedRecordsRepository;
  readonly collection: Collection;
  readonly key: readonly Property[];
  readonly onConflict: OnConflict;
}

/** Finds the stored records of rows by their keys. It remembers the keys of a file, so each run over one has its own. */
export class RecordMatcher {
  readonly #options: RecordMatcherOptions;
  readonly #linesByKey = new Map<string, number>();

  constructor(options: RecordMatcherOptions) {
    this.#options = options;
  }

  /** The rows with their stored records. A row without a usable key, or with another record's id, gets an error. */
  async match(reader: Reader, rows: readonly PreparedRow[]): Promise<MatchedRow[]> {
    const { onConflict, key } = this.#options;
    if (onConflict === 'fail') {
      return rows.map((row) => ({ ...row, existing: undefined, repeatedKey: undefined }));
    }
    const keys = rows.map((row) => this.#keyOf(row));
    const known = await this.#find(
      reader,
      keys.filter((values) => values !== undefined),
    );
    const byKey = new Map(known.map((record) => [keyText(key.map(({ name }) => record[name])), record]));
    return rows.map((row, index) => {
      const values = keys[index];
      if (values === undefined) return { ...row, existing: undefined, repeatedKey: undefined };
      const existing = byKey.get(keyText(values));
      if (existing !== undefined && row.id !== undefined && row.id !== existing.id) {
        row.errors.push({
          line: row.line,
          pointer: '/id',
          code: 'readOnly',
          detail: 'is not the id of the record with this key',
        });
      }
      return { ...row, existing, repeatedKey: this.#isRepeated(row, values) ? values : undefined };
    });
  }

  /** The stored record with a key at this moment. */
  async find(reader: Reader, key: readonly unknown[]): Promise<StoredRecord | undefined> {
    return (await this.#find(reader, [key]))[0];
  }

  #find(reader: Reader, keys: readonly (readonly unknown[])[]): Promise<StoredRecord[]> {
    const { stored, collection, key } = this.#options;
    return stored.findByKeys(reader, collection, key, keys);
  }

  #keyOf(row: PreparedRow): readonly unknown[] | undefined {
    const { key } = this.#options;
    const given = key.map(({ name }) => (name === 'id' ? row.id : row.body[name]));
    const values = key.map((property, index) => storedForm(property, given[index]));
    const missing = key.find((_property, index) => (given[index] ?? null) === null);
    if (missing !== undefined && row.errors.length === 0) {
      const detail = 'is empty, but the record is to be recognised by it';
      row.errors.push({ line: row.line, pointer: `/${missing.name}`, code: 'key', detail });
    }
    return values.includes(undefined) ? undefined : values;
  }

  /** A record is not updated from two rows: the result would depend on their order. `skip` passes over the second. */
  #isRepeated(row: PreparedRow, values: readonly unknown[]): boolean {
    const { key, onConflict } = this.#options;
    const text = keyText(values);
    const first = this.#linesByKey.get(text);
    if (first === undefined && this.#linesByKey.size < keysRememberedMax)
      this.#linesByKey.set(text, row.line);
    if (first === undefined || first === row.line) return false;
    if (onConflict === 'update') {
      const pointer = `/${key[0]?.name ?? ''}`;
      row.errors.push({
        line: row.line,
        pointer,
        code: 'duplicate',
        detail: `has the same key as line ${first}`,
      });
    }
    return true;
  }
}
