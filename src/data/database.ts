import type { Kysely } from 'kysely';
import type { Columns } from './dialects/columns.ts';
import type { CommitObserver } from './changes/commits.ts';

export { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';

/** A statement ready to run: Kysely's CompiledQuery fits, and so does cached SQL with other parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Rows may be left out when those before have more characters together; at least one more than that comes. */
  readonly lengthMax?: number;
}

/** Where statements run: a reader, or a transaction. Never kept beyond the function it was handed to. */
export interface Reader {
  /** The rows a statement returns. Values are JSON-like and equal on both databases (see dialect.ts). */
  all<Row>(statement: Statement): Promise<Row[]>;
  /** The number of rows a statement changed. */
  run(statement: Statement): Promise<number>;
}

/** Marks a session whose statements commit together. */
export interface Transaction extends Reader {
  readonly isTransaction: true;
}

/** A transaction that changes the schema. */
export interface SchemaTransaction extends Transaction {
  /**
   * Runs a statement that cannot be part of a transaction, on another connection; its effect stays when the transaction
   * is given up. Absent where there is no such statement (SQLite).
   */
  readonly beside?: (sql: string) => Promise<void>;
}

/** The tables are not typed for kysely: their names and columns come from the collections. */
// eslint-disable-next-line typescript/no-explicit-any
export type AnyTables = any;

/** The caller and collections that work is for: each may hold at most half of the connections or threads. */
export interface Demand {
  /** Requests of one caller have one name. */
  readonly caller?: string | undefined;
  readonly collections?: readonly string[] | undefined;
  /** Aborted when nobody waits for the result any more: the wait and the statement under way end. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends Demand {
  /** All statements see the data of one moment. SQLite's always do: no commit of this process comes between them. */
  readonly isSnapshot?: boolean;
}

export interface WriteOptions extends Demand {
  /** As if transactions came one after the other, among those that ask for it. SQLite's always do. */
  readonly isSerial?: boolean;
  /**
   * The number of the definitions that the work relies on. Throws DefinitionsChanged, with nothing written, when others are
   * in force.
   */
  readonly definitions?: number | undefined;
  /** Id of the user or key that the transaction writes for, for the change log; without it the log has no actor. */
  readonly actor?: string | undefined;
}

export interface Database {
  readonly dialect: Dialect;
  /** Builds and compiles statements for this database; it cannot run them. */
  readonly build: Kysely<AnyTables>;
  /**
   * Calls the observer after each commit of this process that has changed records, before the transactions are
   * acknowledged. Records that the database itself changes, as in a cascade, are included.
   */
  onCommit(observer: CommitObserver): void;
  /**
   * Runs `work` on committed data. It may be run again from the start (elsewhere, when it takes long), so it has no
   * effects of its own.
   */
  read<T>(work: (reader: Reader) => Promise<T>, options?: ReadOptions): Promise<T>;
  /**
   * A transaction: all of it commits or none; the promise settles after the commit is on disk. Only database work may
   * be awaited inside. Transactions may share one commit (SQLite), and may be run again from the start after a serialization
   * failure or deadlock (PostgreSQL), so `work` has no effects of its own.
   */
  write<T>(work: (transaction: Transaction) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * A transaction that no other schema change runs beside, on any replica. Waits up to `lockTimeoutMs` for its turn and for
   * the locks of its tables, then throws `schema_locked`; `work` may be run again from the start meanwhile (PostgreSQL).
   * Foreign keys are checked at its end, not after each statement (SQLite table rebuilds).
   */
  changeSchema<T>(
    work: (transaction: SchemaTransaction) => Promise<T>,
    options: { lockTimeoutMs: number },
  ): Promise<T>;
  /** To be called when another process has changed the schema: prepared statements name the old columns. */
  forgetStatements(): void;
  /** Answers if the database does. Throws DatabaseUnavailable. */
  ping(): Promise<void>;
  /**
   * Answers if reads and writes work; `degraded` when part of the stored data is damaged. Throws DatabaseUnavailable.
   * Anonymous callers may trigger it: it costs little at any rate of calls.
   */
  probe(): Promise<'ok' | 'degraded'>;
  /** Looks at the database itself, not at the tables of the collections. SQLite reads its whole file. For operators. */
  examine(): Promise<Examination>;
  /** Finishes the running work, then closes the connections. Safe to call twice. */
  close(): Promise<void>;
}

export interface Examination {
  /** e.g. `PostgreSQL 18.4`. */
  readonly version: string;
  /** The faults, each one sentence that says the remedy as well. */
  readonly faults: readonly string[];
  /** Remarks for the operator that are no faults, one sentence each. */
  readonly remarks: readonly string[];
}

/** Every difference between the databases that a caller may have to know. Nothing else asks which database it is. */
export interface Dialect extends Columns {
  readonly name: 'sqlite' | 'postgres';
  /** Answers with the column `ms`, milliseconds since 1970; absent where the database has the clock of this machine. */
  readonly nowSql?: string;
  /** Row locks exist (`FOR UPDATE`). */
  readonly locksRows: boolean;
  /** Whether the database's own cascade handles any number of referring records without blocking other work. */
  readonly cascadesAtWill: boolean;
  /** Statements about the change log; both answer with the column `seq`. */
  readonly changes: {
    /** The last up to which it is complete. */
    readonly completeTo: string;
    /** The last that was given away. */
    readonly last: string;
  };
}

/** The work relied on definitions that are not in force any more. Nothing was written. */
export class DefinitionsChanged extends Error {
  override readonly name = 'DefinitionsChanged';

  constructor(options?: ErrorOptions) {
    super('the definitions have changed', options);
  }
}

/** A unique index refused a value. `constraint` names it (PostgreSQL), `columns` lists its columns (SQLite). */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
  readonly constraint: string | undefined;
  readonly columns: readonly string[] | undefined;

  constructor(options: { constraint?: string; columns?: readonly string[]; cause: unknown }) {
    super('a unique value is taken', { cause: options.cause });
    this.constraint = options.constraint;
    this.columns = options.columns;
  }
}

/** A foreign key refused: the target is missing, or the record is still referenced. The transaction can only be given up. */
export class ReferenceViolation extends Error {
  override readonly name = 'ReferenceViolation';
  readonly constraint: string | undefined;

  constructor(options: { constraint?: string; cause: unknown }) {
    super('a reference cannot be kept', { cause: options.cause });
    this.constraint = options.constraint;
  }
}
