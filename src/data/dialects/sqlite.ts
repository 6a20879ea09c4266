import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Dialect as KyselyDialect,
} from 'kysely';
import { closeSync, openSync } from 'node:fs';
import { Problem } from '#domain/errors/problem.ts';
import {
  DatabaseUnavailable,
  type AnyTables,
  type Database,
  type Dialect,
  type Transaction,
} from '../database.ts';
import { Commits } from '../changes/commits.ts';
import { lastSeqSql } from '../changes/sqlite-entries.ts';
import { sqliteColumns } from './sqlite/kinds.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { examineSqlite } from './sqlite-examine.ts';
import { Checkpoints } from './sqlite/checkpoints.ts';
import { SqliteReads } from './sqlite/reads.ts';
import { StatementTime } from './sqlite/statement-time.ts';
import { TransactionWalks } from './sqlite/transaction-walks.ts';
import { WriteHealth } from './sqlite/write-health.ts';
import { SqliteWriter } from './sqlite-writer.ts';

/** SQLite's wait for another process's lock; with the work before and after, it stays within the documented 5 s. */
const busyTimeoutMs = 4_700;

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  locksRows: false,
  cascadesAtWill: false,
  // There is one writer.
  changes: { completeTo: lastSeqSql, last: lastSeqSql },
  ...sqliteColumns,
};

const compiler: KyselyDialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};

export interface SqliteOptions {
  /** For statements that walk through rows. */
  readonly statementTimeoutMs: number;
  /** Told once. */
  readonly onDamage: (error: Error) => void;
}

/**
 * Opens a SQLite file (made if it is not there): one writer with group commit, a reader beside it and threads for
 * reads that take long.
 * Throws DatabaseUnavailable when the file cannot be opened.
 */
export function openSqlite(path: string, { statementTimeoutMs, onDamage }: SqliteOptions): Database {
  makeFile(path);
  const time = new StatementTime();
  const writing = new SqliteConnection(path, { queryOnly: false, calls: 'seldom', check: time.check });
  const walks = new TransactionWalks({ path, connection: writing, time, statementTimeoutMs });
  const health = new WriteHealth({
    path,
    isBusy: () => writer.isBusy,
    writeNothing: () => writer.writeNothing(),
    onDamage,
  });
  const onFailure = (error: unknown) => health.noteFailure(error);
  const reads = new SqliteReads(path, { statementTimeoutMs, onFailure });
  const commits = new Commits();
  const checkpoints = new Checkpoints(writing, reads);
  const onChange = () => {
    health.noteCommit();
    checkpoints.noteCommit();
  };
  const writer = new SqliteWriter(writing, {
    busyTimeoutMs,
    commits,
    onChange,
    onFailure,
    beforeWrite: () => checkpoints.beforeWrite(),
    walks,
  });
  const forgetStatements = () => {
    writing.forgetStatements();
    reads.forgetStatements();
  };
  let closed: Promise<void> | undefined;
  return {
    dialect: sqliteDialect,
    build: new Kysely<AnyTables>({ dialect: compiler }),
    read: (work, demand) => reads.read(work, demand),
    onCommit: (observer) => commits.observe(observer),
    write: writer.write.bind(writer),
    changeSchema: (work, { lockTimeoutMs }) =>
      writer
        .alone((transaction) => changeSchema(writing, writer, transaction, work, lockTimeoutMs))
        .finally(forgetStatements),
    forgetStatements,
    ping: () => reads.ping(),
    async probe() {
      await reads.ping();
      await health.check();
      return health.isDamaged ? 'degraded' : 'ok';
    },
    examine: () => reads.onLoop(examineSqlite),
    close() {
      closed ??= writer.idle().then(async () => {
        checkpoints.stop();
        await Promise.all([reads.close(), walks.close()]);
        writing.close();
      });
      return closed;
    },
  };
}

/** SQLite would make the file for all to read. The files that it puts beside it get the rights of this one. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there already, or cannot be made: SQLite then says why.
  }
}

async function changeSchema<T>(
  connection: SqliteConnection,
  writer: SqliteWriter,
  transaction: Transaction,
  work: (transaction: Transaction) => Promise<T>,
  lockTimeoutMs: number,
): Promise<T> {
  // Enforcement cannot be switched inside a transaction; a table rebuild drops a table that others refer to.
  connection.exec('PRAGMA foreign_keys = OFF');
  try {
    await writer.begin(performance.now() + lockTimeoutMs).catch((error: unknown) => {
      if (!(error instanceof DatabaseUnavailable) || error.reason !== 'busy') throw error;
      throw new Problem('schema_locked', {
        detail: `Another process has been changing the database for more than ${lockTimeoutMs / 1000} s. Wait until it is done, then try again.`,
        cause: error,
      });
    });
    const value = await work(transaction);
    const broken = connection.raw.pragma('foreign_key_check') as { table: string; parent: string }[];
    if (broken.length > 0) {
      const [first] = broken as [{ table: string; parent: string }];
      throw new Problem('schema_conflict', {
        detail: `${broken.length} records of "${first.table}" refer to records of "${first.parent}" that do not exist. Nothing was changed; correct these records first.`,
      });
    }
    connection.exec('COMMIT');
    return value;
  } finally {
    writer.rollback();
    connection.exec('PRAGMA foreign_keys = ON');
  }
}
