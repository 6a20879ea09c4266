import { randomInt } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';

const progressFunction = '_plinth_progress';
const mark = /\/\*(row|item|where|all) (\w+)\*\//g;
/** One call in so many rows, where calls have to be cheap. */
const rowsPerCall = 16;
/** A single row can take milliseconds: texts and JSON may be a megabyte long. */
const largeWork = /octet_length|substr|lower|json_|_plinth_/;
/** Moves the rows at which a call is made to others in each process, so that nobody can leave just these out. */
const offset = randomInt(1 << 16);

/** Thrown by the progress function: the statement has used up its time, or nobody waits for it any more. */
export class StatementInterrupted extends Error {
  override readonly name = 'StatementInterrupted';
}

/**
 * `seldom`: a call in 16 rows, 12 ns a row; for statements on the event loop, which are quick. `always`: a call a row,
 * 60 ns; rows may be large. Both were measured on a scan of 400,000 rows, which takes 60 ns a row without.
 */
export type ProgressCalls = 'seldom' | 'always';

/** Whether a statement walks through rows, whose number nothing limits: see query/progress.ts. */
export function isWalk(sql: string): boolean {
  return sql.search(mark) >= 0;
}

/** The statement with a call of the progress function at each of its marks. */
export function withProgressCalls(sql: string, calls: ProgressCalls): string {
  const isAtEachRow = calls === 'always' || largeWork.test(sql);
  return sql.replace(mark, (_, place: string, alias: string) => {
    const call = `${progressFunction}()`;
    const condition = isAtEachRow || place === 'item' ? call : `(${isPassedOver(alias)} or ${call})`;
    switch (place) {
      case 'all':
        return '';
      case 'where':
        return ` WHERE ${condition}`;
      default:
        return `${condition} and `;
    }
  });
}

/** True for 15 rows of 16. No property is called _rowid_. */
function isPassedOver(alias: string): string {
  return `(("${alias}"._rowid_ + ${offset}) * 40503 >> 8) & ${rowsPerCall - 1}`;
}

/** Defines the progress function of a connection. `check` throws to end the statement that runs. */
export function defineProgress(raw: BetterSqlite3.Database, check: () => void): void {
  // Not deterministic: SQLite calls it for each row, instead of once.
  raw.function(progressFunction, { deterministic: false }, () => {
    check();
    return 1;
  });
}
