import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Dialect as KyselyDialect,
} from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import pg, { type PoolClient } from 'pg';
import { Refusal } from '#domain/errors/refusal.ts';
import {
  DatabaseUnavailable,
  type AnyTables,
  type Database,
  type Dialect,
  type Reader,
  type Transaction,
} from '../database.ts';
import { Generations } from '../generations.ts';
import { readerOf, StatementNames, valueParsers } from './postgres-client.ts';
import { examinePostgres } from './postgres-examine.ts';
import { isStalePlan, isWorthRetrying, translatePostgresError } from './postgres-errors.ts';

const attemptsMax = 6;
const connectTimeoutMs = 5_000;
/** Names our advisory lock among those of other programs in the same database: "plinth" in ASCII. */
const schemaLock = '123576514966632';
const aDayMs = 86_400_000;

export interface PostgresOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  /** Told when an idle connection breaks; the pool heals by itself. */
  readonly onConnectionLost: (error: Error) => void;
}

export const postgresDialect: Dialect = {
  name: 'postgres',
  columnTypes: {
    string: 'text COLLATE "C"',
    integer: 'bigint',
    number: 'double precision',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamptz(3)',
    reference: 'uuid',
    uuid: 'uuid',
    json: 'jsonb',
  },
  locksRows: true,
  toColumn(kind, value) {
    if (value === null || value === undefined) return null;
    return kind === 'json' ? JSON.stringify(value) : value;
  },
  fromColumn: (_kind, value) => value,
};

const compiler: KyselyDialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** Opens a pool of connections; the first is made when it is needed. Nothing is thrown here. */
export function openPostgres(options: PostgresOptions): Database {
  const names = new StatementNames();
  const build = new Kysely<AnyTables>({ dialect: compiler });
  const generations = new Generations(build);
  const pool = openPool(options);
  let closed: Promise<void> | undefined;

  async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw translatePostgresError(error);
    });
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = error instanceof DatabaseUnavailable;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    dialect: postgresDialect,
    build,
    generations,
    read: (work) =>
      retrying(names, isWorthReadingAgain, () => withClient((client) => work(readerOf(client, names)))),
    write: (work) =>
      retrying(names, isWorthRetrying, () =>
        withClient((client) => marked(generations, client, readerOf(client, names), work)),
      ),
    changeSchema: (work, { lockTimeoutMs }) =>
      withClient((client) => changeSchema(client, names, work, lockTimeoutMs)).finally(() => names.forget()),
    ping: () =>
      withClient(async (client) => {
        await readerOf(client, names).all({ sql: 'SELECT 1', parameters: [] });
      }),
    examine: () => withClient((client) => examinePostgres(readerOf(client, names))),
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}

function openPool(options: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeoutMs,
    // The server cancels first; this one is for a server, or a network, that has stopped answering.
    query_timeout: options.statementTimeoutMs + 2_000,
    idle_in_transaction_session_timeout: options.statementTimeoutMs + 5_000,
    options: '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres',
    application_name: 'plinth',
    keepAlive: true,
    types: valueParsers,
  });
  pool.on('error', options.onConnectionLost);
  // A connection that breaks while a transaction holds it must not take the process down; the transaction's query fails by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A read has no effect: it may also be sent again when the connection it was given turned out to be dead. */
function isWorthReadingAgain(error: unknown): boolean {
  return isStalePlan(error) || (error instanceof DatabaseUnavailable && isBrokenConnection(error.cause));
}

function isBrokenConnection(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code: unknown = (cause as { code?: unknown }).code;
  return (
    code === '57P01' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    /terminated|not queryable/.test(cause.message)
  );
}

async function retrying<T>(
  names: StatementNames,
  isWorthIt: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attemptsMax || !isWorthIt(error)) throw error;
      if (isStalePlan(error)) names.forget();
      else await delay(Math.random() * 5 * 2 ** attempt);
    }
  }
}

/** A transaction that moves the generations of what it changes. */
async function marked<T>(
  generations: Generations,
  client: PoolClient,
  reader: Reader,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  await generations.refreshPeers(reader);
  const touched = new Set<string>();
  const transaction: Transaction = { ...reader, isTransaction: true, touch: generations.track(touched) };
  try {
    return await inTransaction(client, transaction, async () => {
      const value = await work(transaction);
      await generations.bump(transaction, touched, numberOf(client));
      return value;
    });
  } finally {
    generations.notify(touched);
  }
}

async function inTransaction<T>(
  client: PoolClient,
  transaction: Transaction,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  await control(client, 'BEGIN');
  try {
    const value = await work(transaction);
    await control(client, 'COMMIT');
    return value;
  } catch (error) {
    // A broken connection rolls back by itself; the first error is the one worth telling.
    if (!(error instanceof DatabaseUnavailable)) await control(client, 'ROLLBACK');
    throw error;
  }
}

/** The server has another process for each connection. */
function numberOf(client: PoolClient): number {
  return (client as { processID?: number | null }).processID ?? 0;
}

async function control(client: PoolClient, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw translatePostgresError(error);
  }
}

async function changeSchema<T>(
  client: PoolClient,
  names: StatementNames,
  work: (transaction: Transaction) => Promise<T>,
  lockTimeoutMs: number,
): Promise<T> {
  // It renews all generations itself.
  const transaction: Transaction = {
    ...readerOf(client, names, aDayMs),
    isTransaction: true,
    touch: () => undefined,
  };
  return inTransaction(client, transaction, async () => {
    await control(client, 'SET LOCAL statement_timeout = 0');
    await control(client, 'SET LOCAL idle_in_transaction_session_timeout = 0');
    await control(client, `SET LOCAL lock_timeout = ${Math.ceil(lockTimeoutMs)}`);
    try {
      await transaction.all({
        sql: `SELECT pg_advisory_xact_lock(${schemaLock})::text AS locked`,
        parameters: [],
      });
      return await work(transaction);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || error.reason !== 'busy') throw error;
      throw new Refusal(
        `Another process has been changing or locking the database for more than ${lockTimeoutMs / 1000} s. Wait until it is done, then try again.`,
        { cause: error },
      );
    }
  });
}
