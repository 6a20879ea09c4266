import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Dialect as KyselyDialect,
} from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
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
import { Connections, numberOf, type ConnectionsOptions, type Session } from './postgres/connections.ts';
import { readerOf } from './postgres-client.ts';
import { postgresColumns } from './postgres/kinds.ts';
import { examinePostgres } from './postgres-examine.ts';
import { isStalePlan, isWorthRetrying, translatePostgresError } from './postgres-errors.ts';

const attemptsMax = 6;
/** Names our advisory lock among those of other programs in the same database: "plinth" in ASCII. */
const schemaLock = '123576514966632';
const aDayMs = 86_400_000;

export const postgresDialect: Dialect = {
  name: 'postgres',
  locksRows: true,
  ...postgresColumns,
};

const compiler: KyselyDialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** Opens a pool of connections; the first is made when it is needed. Nothing is thrown here. */
export function openPostgres(options: ConnectionsOptions): Database {
  const build = new Kysely<AnyTables>({ dialect: compiler });
  const generations = new Generations(build);
  const connections = new Connections(options);
  const retried = <T>(isWorthIt: (error: unknown) => boolean, work: (session: Session) => Promise<T>) =>
    retrying(connections, isWorthIt, () => connections.use(work));

  return {
    dialect: postgresDialect,
    build,
    generations,
    read: (work) => retried(isWorthReadingAgain, (session) => inSession(session, work)),
    write: (work) => retried(isWorthRetrying, (session) => marked(generations, session, work)),
    changeSchema: (work, { lockTimeoutMs }) =>
      connections
        .use((session) => changeSchema(session, work, lockTimeoutMs))
        .finally(() => connections.forgetPlans()),
    ping: () => connections.ping(),
    examine: async () => {
      const route = await connections.route();
      return connections.use((session) => inSession(session, (reader) => examinePostgres(reader, route)));
    },
    close: () => connections.close(),
  };
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
  connections: Connections,
  isWorthIt: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attemptsMax || !isWorthIt(error)) throw error;
      if (isStalePlan(error)) connections.forgetPlans();
      else await delay(Math.random() * 5 * 2 ** attempt);
    }
  }
}

/** Statements that need not be one transaction. */
async function inSession<T>(session: Session, work: (reader: Reader) => Promise<T>): Promise<T> {
  const reader = readerOf(session.client, session.names);
  return session.needsTransaction ? inTransaction(session, () => work(reader)) : work(reader);
}

/** A transaction that moves the generations of what it changes. */
async function marked<T>(
  generations: Generations,
  session: Session,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  await generations.refreshPeers(singleStatements(session));
  const touched = new Set<string>();
  const reader = readerOf(session.client, session.names);
  const transaction: Transaction = { ...reader, isTransaction: true, touch: generations.track(touched) };
  try {
    return await inTransaction(session, async () => {
      const value = await work(transaction);
      await generations.bump(transaction, touched, numberOf(session.client));
      return value;
    });
  } finally {
    generations.notify(touched);
  }
}

/** Statements outside of a transaction, each with the limits of the session. */
function singleStatements(session: Session): Reader {
  return {
    all: (statement) => inSession(session, (reader) => reader.all(statement)),
    run: (statement) => inSession(session, (reader) => reader.run(statement)),
  };
}

async function inTransaction<T>({ client, begin }: Session, work: () => Promise<T>): Promise<T> {
  await control(client, begin);
  try {
    const value = await work();
    await control(client, 'COMMIT');
    return value;
  } catch (error) {
    // A broken connection rolls back by itself; the first error is the one worth telling.
    if (!(error instanceof DatabaseUnavailable)) await control(client, 'ROLLBACK');
    throw error;
  }
}

async function control(client: PoolClient, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw translatePostgresError(error);
  }
}

async function changeSchema<T>(
  session: Session,
  work: (transaction: Transaction) => Promise<T>,
  lockTimeoutMs: number,
): Promise<T> {
  // It renews all generations itself.
  const { client } = session;
  const transaction: Transaction = {
    ...readerOf(client, session.names, aDayMs),
    isTransaction: true,
    touch: () => undefined,
  };
  return inTransaction(session, async () => {
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
