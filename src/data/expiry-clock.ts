import type { Database, Reader } from './database.ts';

/** The time of day by which expired rows are removed for good. */
export interface ExpiryClock {
  readonly name: string;
  /** Goes on from the latest time that the database knows of while the clock is far ahead of it. */
  now(): Date;
  /** Asks the database for its latest time. Throws DatabaseUnavailable. */
  start(): Promise<void>;
  stop(): void;
}

export interface ExpiryClockOptions {
  readonly database: Database;
  readonly clock: { now(): Date };
  /** Called once, when the clock is so far ahead that it is doubted. */
  readonly onDoubt: (times: { readonly now: string; readonly latest: string }) => void;
}

/** A service that was off for less is believed. */
const aheadMsMax = 365 * 86_400_000;

/**
 * Doubts a clock that is more than a year ahead: of the latest stored time at the start, of its own course later. Under
 * a clock that is wrong for one start, all sessions and kept results would expire and be removed for good.
 */
export function createExpiryClock({ database, clock, onDoubt }: ExpiryClockOptions): ExpiryClock {
  let known = { ms: clock.now().getTime(), atMs: performance.now() };
  let isDoubted = false;

  function now(): Date {
    const time = clock.now();
    const expectedMs = known.ms + performance.now() - known.atMs;
    if (time.getTime() - expectedMs <= aheadMsMax) return time;
    if (!isDoubted) onDoubt({ now: time.toISOString(), latest: new Date(known.ms).toISOString() });
    isDoubted = true;
    return new Date(expectedMs);
  }

  return {
    name: 'expiry clock',
    now,
    async start() {
      const latest = await database.read((reader) => latestTime(reader, database));
      const ms = clock.now().getTime();
      known = { ms: latest === undefined || latest > ms ? ms : latest, atMs: performance.now() };
      if (ms - known.ms > aheadMsMax) now();
      else known.ms = ms;
    },
    stop() {},
  };
}

/** In milliseconds since 1970: that of the latest change, or of the latest sign-in. Each is the end of an index. */
async function latestTime(reader: Reader, { build }: Database): Promise<number | undefined> {
  const change = build.selectFrom('_plinth_changes').select('at as time').orderBy('seq', 'desc').limit(1);
  const signIn = build
    .selectFrom('_plinth_sessions')
    .select('createdAt as time')
    .orderBy('id', 'desc')
    .limit(1);
  const found: number[] = [];
  for (const statement of [change, signIn]) {
    const [row] = await reader.all<{ time: string }>(statement.compile());
    if (row !== undefined) found.push(Date.parse(row.time));
  }
  return found.length === 0 ? undefined : Math.max(...found);
}
