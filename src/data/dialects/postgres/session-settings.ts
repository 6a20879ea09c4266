import type { PoolConfig } from 'pg';

/** The formats of values in a session: they override the settings of the server, the database and the user. */
const formats = { timezone: 'UTC', datestyle: 'ISO', intervalstyle: 'postgres' };
/** A transaction that waits for this process, not for the server, is given up so long after a statement would be. */
const idleInTransactionMoreMs = 5_000;

/** The settings at the start of a direct connection to the server. */
export function startupSettings(statementTimeoutMs: number): PoolConfig {
  return {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + idleInTransactionMoreMs,
    options: Object.entries(formats)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  };
}

/**
 * The same at the beginning of a transaction, in one round trip. A pooler in transaction mode gives each transaction another
 * session: it refuses or drops startup parameters, and the settings of a session would reach other clients.
 */
export function beginWithSettings(statementTimeoutMs: number): string {
  const settings = {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + idleInTransactionMoreMs,
    ...formats,
  };
  const limits = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
  return ['BEGIN', ...limits].join('; ');
}
