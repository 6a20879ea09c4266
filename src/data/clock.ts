import type { Database } from './database.ts';

/** The time of day of the database. All replicas share it, so the clocks of their machines may differ. */
export interface DatabaseClock {
  readonly name: string;
  /** The time of this machine until the first measurement, and always where it is the database's too (SQLite). */
  now(): Date;
  /** Asks the database once. Throws DatabaseUnavailable. */
  measure(): Promise<void>;
  /** Measures, and goes on measuring every 30 s: clocks drift, and another server may take over. */
  start(): Promise<void>;
  stop(): void;
}

interface Measurement {
  readonly databaseMs: number;
  /** Of the clock of this process that nobody sets. */
  readonly monotonicMs: number;
}

const intervalMs = 30_000;
/** A measurement errs by up to its wait for the answer: one that waited longer does not replace an earlier one. */
const waitMsMax = 1_000;

/** Creates the clock. `start` measures at once and then every 30 s; before the first answer, `now` is local time. */
export function createDatabaseClock(database: Pick<Database, 'read' | 'dialect'>): DatabaseClock {
  const { nowSql } = database.dialect;
  let last: Measurement | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function measure(): Promise<void> {
    if (nowSql === undefined) return;
    const askedMs = monotonicMs();
    const [row] = await database.read((reader) =>
      reader.all<{ ms: number }>({ sql: nowSql, parameters: [] }),
    );
    const waitMs = monotonicMs() - askedMs;
    if (row === undefined || (last !== undefined && waitMs > waitMsMax)) return;
    last = { databaseMs: row.ms, monotonicMs: askedMs + waitMs / 2 };
  }

  return {
    name: 'clock',
    now() {
      if (last === undefined) return new Date();
      return new Date(last.databaseMs + monotonicMs() - last.monotonicMs);
    },
    measure,
    async start() {
      // A failed measurement is ignored: the next query reports that the database is down. The timer is set before the
      // first measurement, so that a stop meanwhile finds it.
      timer ??= setInterval(() => void measure().catch(() => undefined), intervalMs).unref();
      await measure();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
