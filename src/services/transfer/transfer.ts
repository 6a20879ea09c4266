import type { FieldError } from '#domain/errors/problem.ts';

export const formatNames = ['csv', 'ndjson', 'json'] as const;
export type FormatName = (typeof formatNames)[number];

/** The treatment of a row whose record exists already. */
export const conflictChoices = ['fail', 'skip', 'update'] as const;
export type OnConflict = (typeof conflictChoices)[number];

export interface ImportOptions {
  readonly collection: string;
  readonly format: FormatName;
  /** Opens the file at its beginning. Called again when the database begins the transaction again. */
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly onConflict?: OnConflict;
  /** The properties by which a record is recognised: `id`, or those of a unique index. `id` when left out. */
  readonly key?: readonly string[];
  /** Names in the file → property names; `''` leaves the column out. Other names are matched as in columns.ts. */
  readonly map?: ReadonlyMap<string, string>;
  /** Reference properties whose values in the file are a unique property of the target instead of its id. */
  readonly lookups?: ReadonlyMap<string, string>;
  /** The format of dates in the file, such as `MMM DD YYYY`; ISO dates are always read. */
  readonly dateFormat?: string;
  /** Does everything, then rolls it back. */
  readonly dryRun?: boolean;
  /** Imports the valid rows; without it, all rows or none. */
  readonly skipInvalid?: boolean;
  /** The most errors that the report lists; all are counted. */
  readonly errorsMax?: number;
  readonly onProgress?: (progress: { readonly bytes: number; readonly rows: number }) => void;
}

/** A mistake in a row: its line in the file, the property (RFC 6901), the reason. */
export interface RowError extends FieldError {
  readonly line: number;
}

export interface ImportReport {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  /** Rows that are equal to the stored record of their key: nothing was written. */
  readonly unchanged: number;
  /** Rows whose record exists, with `skip`. */
  readonly skipped: number;
  readonly invalid: number;
  readonly errors: readonly RowError[];
  /** Errors beyond `errorsMax`. */
  readonly moreErrors: number;
  /** The line from which on the file cannot be read. */
  readonly unreadableFrom?: number;
  /** Whether the writes counted above were committed. */
  readonly committed: boolean;
}

export interface ExportOptions {
  readonly collection: string;
  readonly format: FormatName;
}

/** Records in and out of files, for the operator: without access rules, private properties included. */
export interface TransferService {
  /**
   * Validates every row as the API does and writes it. The report lists the invalid rows; if there are any, nothing is
   * committed unless `skipInvalid` is set. Throws `unknown_collection`, and `invalid_import` for an unknown column, a key
   * that is not unique and the like.
   */
  import(options: ImportOptions): Promise<ImportReport>;
  /** Yields the text of the file, in parts. Throws `unknown_collection`. */
  export(options: ExportOptions): AsyncGenerator<string>;
}
