import type { Examination, Reader } from '../database.ts';

const faultsMax = 10;

/** Reads the whole file: pages, indexes and references. */
export async function examineSqlite(reader: Reader): Promise<Examination> {
  const ask = <Row>(sql: string) => reader.all<Row>({ sql, parameters: [] });
  const [version] = await ask<{ version: string }>('SELECT sqlite_version() AS version');
  const [mode] = await ask<{ journal_mode: string }>('PRAGMA journal_mode');
  const damage = await ask<{ quick_check: string }>(`PRAGMA quick_check(${faultsMax})`);
  const broken = await ask<{ table: string; rowid: number | null; parent: string }>(
    'PRAGMA foreign_key_check',
  );
  const faults = damage
    .filter(({ quick_check: found }) => found !== 'ok')
    .map(({ quick_check: found }) => `The file is damaged (${found}). Restore it from a backup.`);
  if (mode?.journal_mode !== 'wal') {
    faults.push(
      `The file is in journal mode ${mode?.journal_mode}, not wal: its disk may not support it. Keep it on a local disk.`,
    );
  }
  for (const [table, rows] of Map.groupBy(broken, (row) => row.table)) {
    faults.push(`${rows.length} records of "${table}" refer to records that do not exist.`);
  }
  return { version: `SQLite ${version?.version}`, faults, remarks: [] };
}
