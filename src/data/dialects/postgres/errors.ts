import {
  DatabaseUnavailable,
  DefinitionsChanged,
  ReferenceViolation,
  UniqueViolation,
} from '../../database.ts';
import { definitionsChangedState } from '../../schema/revisions.ts';

/** SQLSTATE codes after which the same transaction, run again from the start, can succeed. */
const worthRetrying = new Set(['40001', '40P01', '0A000']);

/** 0A000 is "cached plan must not change result type": another replica has changed the schema meanwhile. */
export function isStalePlan(error: unknown): boolean {
  return sqlStateOf(error) === '0A000';
}

export function isWorthRetrying(error: unknown): boolean {
  return worthRetrying.has(sqlStateOf(error) ?? '');
}

/** Whether the connection is unusable. After any other failure the server has answered, and takes the next statement. */
export function isOutOfOrder(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable && (error.reason === 'unreachable' || error.reason === 'denied')
  );
}

/** The server, or the role, has as many connections as it may have. */
export function isOutOfConnections(error: unknown): boolean {
  return error instanceof DatabaseUnavailable && sqlStateOf(error.cause) === '53300';
}

/** Nothing came back in time, not even a refusal. */
export function isSilence(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailable) || error.reason !== 'unreachable') return false;
  return error.cause instanceof Error && /timeout/i.test(error.cause.message);
}

/** Names a failure of pg (its `code` is an SQLSTATE or a system error) in the terms of the seam. */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailable) return error;
  const state = sqlStateOf(error);
  const constraint = (error as { constraint?: string }).constraint;
  const named = { ...(constraint === undefined ? {} : { constraint }), cause: error };
  switch (state) {
    case '23505':
      return new UniqueViolation(named);
    case '23503':
      return new ReferenceViolation(named);
    case definitionsChangedState:
      return new DefinitionsChanged({ cause: error });
    case '25006':
      return new DatabaseUnavailable('read_only', { cause: error });
    case '55P03':
      return new DatabaseUnavailable('busy', { cause: error });
    case '57014':
      return new DatabaseUnavailable('timeout', { cause: error });
    case '28P01':
    case '28000':
    case '3D000':
      return new DatabaseUnavailable('denied', { cause: error });
    default:
  }
  if (state === '53100') return new DatabaseUnavailable('full', { cause: error });
  // Connection exceptions, resources used up, the server shutting down or starting.
  if (state !== undefined && /^(08|53|57P|58)/.test(state))
    return new DatabaseUnavailable('unreachable', { cause: error });
  if (state === undefined && isConnectionFailure(error))
    return new DatabaseUnavailable('unreachable', { cause: error });
  return error;
}

function isConnectionFailure(error: Error): boolean {
  const code: unknown = (error as { code?: unknown }).code;
  if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR|ERR_TLS|ERR_SSL)/.test(code)) return true;
  if (error instanceof AggregateError) return true;
  // pg has no code for these.
  return /timeout|terminated|not queryable|Connection ended|connection error/i.test(error.message);
}

function sqlStateOf(error: unknown): string | undefined {
  const own = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof own === 'string' && /^[0-9A-Z]{5}$/.test(own) && !/^E[A-Z]{4}$/.test(own) ? own : undefined;
}
