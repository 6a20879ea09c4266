import { DatabaseUnavailable, ReferenceViolation, UniqueViolation } from '../database.ts';

/** Names a failure of better-sqlite3 (its `code` is SQLite's symbolic result code) in the terms of the seam. */
export function translateSqliteError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return new UniqueViolation({ columns: columnsIn((error as Error).message), cause: error });
  }
  // A foreign key that restricts is carried out as a trigger inside SQLite.
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY' || code === 'SQLITE_CONSTRAINT_TRIGGER') {
    return new ReferenceViolation({ cause: error });
  }
  if (code === 'SQLITE_FULL') return new DatabaseUnavailable('full', { cause: error });
  if (code.startsWith('SQLITE_READONLY')) return new DatabaseUnavailable('read_only', { cause: error });
  if (code.startsWith('SQLITE_BUSY')) return new DatabaseUnavailable('busy', { cause: error });
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return new DatabaseUnavailable('damaged', { cause: error });
  if (/^SQLITE_(IOERR|CANTOPEN|PERM|NOMEM)/.test(code)) {
    return new DatabaseUnavailable('unreachable', { cause: error });
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // better-sqlite3 says so itself, before SQLite is asked, when the folder of the file is missing.
  if (error instanceof TypeError && error.message.startsWith('Cannot open database'))
    return 'SQLITE_CANTOPEN';
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

/** `UNIQUE constraint failed: tasks.project, tasks.title` → project, title. */
function columnsIn(message: string): string[] {
  const list = message.slice(message.indexOf(': ') + 2);
  return list.split(', ').map((column) => column.slice(column.indexOf('.') + 1));
}
