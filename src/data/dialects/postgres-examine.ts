import type { Examination, Reader } from '../database.ts';

const oldestVersion = 15;

/** What can be told from the server's settings. */
export async function examinePostgres(reader: Reader): Promise<Examination> {
  const [server] = await reader.all<{ version: string; encoding: string; readOnly: string }>({
    sql: `SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, current_setting('transaction_read_only') AS "readOnly"`,
    parameters: [],
  });
  const faults: string[] = [];
  if (Number.parseInt(server?.version ?? '', 10) < oldestVersion) {
    faults.push(`PostgreSQL ${server?.version} is too old. Plinth needs ${oldestVersion} or newer.`);
  }
  if (server?.encoding !== 'UTF8') {
    faults.push(`The database is encoded in ${server?.encoding}. Make it anew with ENCODING 'UTF8'.`);
  }
  if (server?.readOnly === 'on')
    faults.push('The server takes no writes: it is a standby, or set to read-only.');
  return { version: `PostgreSQL ${server?.version}`, faults };
}
