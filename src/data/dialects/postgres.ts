import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Dialect as KyselyDialect,
} from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DatabaseUnavailable,
  type AnyTables,
  type Database,
  type Demand,
  type Dialect,
  type Transaction,
} from '../database.ts';
import { Commits } from '../changes/commits.ts';
import { lastSeq } from '../schema/postgres-change-functions.ts';
import { Connections, type ConnectionsOptions } from './postgres/connections.ts';
import { postgresColumns } from './postgres/kinds.ts';
import { examinePostgres } from './postgres/examine.ts';
import { isStalePlan, isWorthRetrying } from './postgres/errors.ts';
import { changeSchema } from './postgres/schema-change.ts';
import type { Session } from './postgres/session.ts';
import { inSession, inTransaction } from './postgres/transaction.ts';

const attemptsMax = 10;
/** A transaction that still collides after this many milliseconds is refused; the client may try again. */
const tryingMsMax = 5_000;
/** The pauses between attempts, in milliseconds; they keep transactions that have collided apart. */
const pauseMs = { first: 5, max: 200 };
/** A connection that was closed while it was idle is found out at once. */
const foundDeadMs = 200;

export const postgresDialect: Dialect = {
  name: 'postgres',
  nowSql: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "ms"',
  locksRows: true,
  cascadesAtWill: true,
  changes: {
    completeTo: 'SELECT "_plinth_changes_complete_to"() AS "seq"',
    last: `SELECT ${lastSeq} AS "seq"`,
  },
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
  const commits = new Commits();
  const connections = new Connections(options);
  const retried = <T>(isWorthIt: Judgement, work: (session: Session) => Promise<T>, demand?: Demand) =>
    retrying(connections, isWorthIt, () => connections.use(work, demand));

  return {
    dialect: postgresDialect,
    build,
    read: (work, options) =>
      retried(isWorthReadingAgain, (session) => inSession(session, work, options), options),
    onCommit: (observer) => commits.observe(observer),
    write: (work, options) =>
      retried(
        isWorthRetrying,
        (session) => inTransaction(session, () => work(transactionOf(session)), { ...options, commits }),
        options,
      ),
    changeSchema: (work, { lockTimeoutMs }) =>
      changeSchema(connections, work, lockTimeoutMs).finally(() => connections.forgetPlans()),
    forgetStatements: () => connections.forgetPlans(),
    ping: () => connections.ping(),
    async probe() {
      await connections.pingForWrites();
      return 'ok';
    },
    examine: async () => {
      const route = await connections.route();
      return connections.use((session) => inSession(session, (reader) => examinePostgres(reader, route)));
    },
    close: () => connections.close(),
  };
}

/** Whether something is worth another attempt. `elapsedMs`: how long the failed one took. */
type Judgement = (error: unknown, elapsedMs: number) => boolean;

/** A read has no effect: it may also be sent again when the connection it was given turned out to be dead. */
function isWorthReadingAgain(error: unknown, elapsedMs: number): boolean {
  if (isStalePlan(error)) return true;
  return elapsedMs < foundDeadMs && error instanceof DatabaseUnavailable && isBrokenConnection(error.cause);
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
  isWorthIt: Judgement,
  work: () => Promise<T>,
): Promise<T> {
  const beganMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    const sinceMs = performance.now();
    try {
      return await work();
    } catch (error) {
      if (!isWorthIt(error, performance.now() - sinceMs)) throw error;
      if (attempt >= attemptsMax || performance.now() - beganMs > tryingMsMax)
        throw isWorthRetrying(error) ? new DatabaseUnavailable('busy', { cause: error }) : error;
      if (isStalePlan(error)) connections.forgetPlans();
      else await delay(Math.random() * Math.min(pauseMs.max, pauseMs.first * 2 ** attempt));
    }
  }
}

function transactionOf(session: Session): Transaction {
  return { ...session.statements(), isTransaction: true };
}
