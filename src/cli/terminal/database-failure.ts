import type { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';

/** The reason why the database cannot be used, and the remedy. The password of the URL is never part of it. */
export function explainDatabase(error: DatabaseUnavailable, url: string): string {
  return url.startsWith('sqlite:')
    ? explainSqlite(error, url.slice('sqlite:'.length))
    : explainPostgres(error, url);
}

function explainSqlite({ reason, cause }: DatabaseUnavailable, file: string): string {
  const code = codeOf(cause);
  switch (reason) {
    case 'full':
      return `The disk of the database ${file} is full. Make room, then start again.`;
    case 'read_only':
      return `The database ${file} cannot be written: its disk is read-only, or this user may not write to it. Correct that, or name another folder with DATA_DIR.`;
    case 'busy':
      return `The database ${file} is locked by another process. Wait until that is done, or stop it, then try again.`;
    case 'damaged':
      return code === 'SQLITE_NOTADB'
        ? `${file} is not a SQLite database. Name another file with DATABASE_URL, or move this one away.`
        : `The database ${file} is damaged. Restore it from a backup.`;
    default:
      return `The database ${file} cannot be opened (${code ?? reason}). Check that this user may read and write the file and its folder, or name another folder with DATA_DIR.`;
  }
}

function explainPostgres({ reason, cause }: DatabaseUnavailable, address: string): string {
  const url = URL.parse(address);
  const server = `PostgreSQL at ${url?.host ?? 'DATABASE_URL'}`;
  const code = codeOf(cause);
  switch (reason) {
    case 'denied':
      if (code === '3D000') {
        const name = decodeURIComponent(url?.pathname.slice(1) ?? '');
        return `${server} has no database "${name}". Create it, or correct DATABASE_URL.`;
      }
      return `${server} refuses the user "${decodeURIComponent(url?.username ?? '')}"${code === '28P01' ? ': the password is wrong' : ''}. Correct DATABASE_URL.`;
    case 'full':
      return `The disk of ${server} is full. Make room there, then try again.`;
    case 'read_only':
      return `${server} does not take writes (it is a standby, or read-only). Let DATABASE_URL name the primary server.`;
    case 'busy':
      return `${server}: another process holds a lock for too long. Wait until it is done, then try again.`;
    case 'timeout':
      return `${server} took too long to answer. Try again, or raise DATABASE_STATEMENT_TIMEOUT_MS.`;
    case 'overloaded':
      return `${server} has had no connection to spare. Raise DATABASE_POOL_MAX, or max_connections of the server, or stop other programs that hold connections.`;
    default:
      return `${server} does not answer (${code ?? 'no connection'}). Check that it runs and can be reached from here, and that DATABASE_URL is right.`;
  }
}

function codeOf(cause: unknown): string | undefined {
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  const code: unknown = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
