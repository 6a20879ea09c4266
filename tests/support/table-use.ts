import type { Database } from '#data/index.ts';

export interface TableUse {
  /** How long the slowest statement took, and how many reads and writes there were. */
  stop(): Promise<{ readonly slowestMs: number; readonly counts: readonly number[] }>;
}

/** Reads and writes a record of a collection, one after the other on a connection each, until it is told to stop. */
export function useTable(database: Database, collection: string, id: string): TableUse {
  const ending = new AbortController();
  const { build } = database;
  const read = build.selectFrom(collection).select('id').where('id', '=', id).compile();
  const write = (version: number) =>
    build.updateTable(collection).set({ version }).where('id', '=', id).compile();
  async function client(work: (round: number) => Promise<unknown>) {
    let slowestMs = 0;
    let count = 0;
    while (!ending.signal.aborted) {
      const startedAt = performance.now();
      await work(count++);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
    return { slowestMs, count };
  }
  const clients = [
    client(() => database.read((reader) => reader.all(read))),
    client((round) => database.write((transaction) => transaction.run(write(round + 2)))),
  ];
  return {
    async stop() {
      ending.abort();
      const all = await Promise.all(clients);
      return {
        slowestMs: Math.max(...all.map(({ slowestMs }) => slowestMs)),
        counts: all.map(({ count }) => count),
      };
    },
  };
}
