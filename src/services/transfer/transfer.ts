import type { FieldError } from '#domain/errors/problem.ts';

export const formatNames = ['csv', 'ndjson', 'json'] as const;
export type FormatName = (typeof formatNames)[number];

/** What happens to a row whose record is there already. */
export const conflictChoices = ['fail', 'skip', 'update'] as const;
export type OnConflict = (typeof conflictChoices)[number];

export interface ImportOptions {
  readonly collection: string;
  readonly format: FormatName;
  /** Opens the file from its beginning; called again if the database has to begin the transaction again. */
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly onConflict?: OnConflict;
  /** The properties by which a record is recognised: `id`, or those of a unique index. `id` when left out. */
  readonly key?: readonly string[];
  /** Names in the file → property names; `''` leaves the column out. Others are matched by matchHeader's rules. */
  readonly map?: ReadonlyMap<string, string>;
  /** Reference properties whose values in the file are a unique property of the target instead of its id. */
  readonly lookups?: ReadonlyMap<string, string>;
  /** How dates are written in the file, such as `MMM DD YYYY`; ISO dates are always understood. */
  readonly dateFormat?: string;
  /** Does everything, then takes it back. */
  readonly dryRun?: boolean;
  /** Imports the good rows; otherwise it is all or nothing. */
  readonly skipInvalid?: boolean;
  /** How many errors the report lists; all are counted. */
  readonly errorsMax?: number;
  readonly onProgress?: (progress: { readonly bytes: number; readonly rows: number }) => void;
}

/** What is wrong with a row: its line in the file, the property (RFC 6901), the reason. */
export interface RowError extends FieldError {
  readonly line: number;
}

export interface ImportReport {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  /** Found by their key and equal to what is stored: nothing was written. */
  readonly unchanged: number;
  /** Found by their key, with `skip`. */
  readonly skipped: number;
  readonly invalid: number;
  readonly errors: readonly RowError[];
  /** Errors beyond `errorsMax`. */
  readonly moreErrors: number;
  /** Where the file stopped being readable. */
  readonly unreadableFrom?: number;
  /** Whether what is counted above was kept. */
  readonly committed: boolean;
}

export interface ExportOptions {
  readonly collection: string;
  readonly format: FormatName;
}

/** Records in and out of files, as the operator: no rule is asked, private properties are seen. */
export interface TransferService {
  /**
   * Validates every row as the API does and writes it. Bad rows are in the report; nothing is kept if there are any,
   * unless `skipInvalid`. Throws `unknown_collection`, or `invalid_import` when the request itself cannot be carried out: unknown column,
   * a key that is not unique.
   */
  import(options: ImportOptions): Promise<ImportReport>;
  /** The text of the file, in parts. Throws `unknown_collection`. */
  export(options: ExportOptions): AsyncGenerator<string>;
}
