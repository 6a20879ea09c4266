import type { Examination, Reader } from '../../database.ts';

const oldestVersion = 15;

const withoutPreparing =
  'statements are not prepared, and limits and time zone are set in each transaction; a direct connection is faster';

const remarks = {
  direct: [],
  pooler: [
    `Connections go through a pooler (pgbouncer or its like), which is taken to give each transaction another session: ${withoutPreparing}.`,
  ],
  told: [
    `With DATABASE_PREPARE=off, ${withoutPreparing}. Leave it out unless a pooler is between Plinth and PostgreSQL.`,
  ],
};

/** Examines the server's settings and the path to it. */
export async function examinePostgres(reader: Reader, route: keyof typeof remarks): Promise<Examination> {
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
  return { version: `PostgreSQL ${server?.version}`, faults, remarks: remarks[route] };
}
