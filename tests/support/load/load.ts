import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Request } from './wire.ts';

export interface LoadOptions {
  readonly port: number;
  /** Kept alive, each with one request at a time. */
  readonly connections: number;
  /** Requests that are due, whatever is answered; null sends the next when the last one is answered. */
  readonly ratePerSecond: number | null;
  readonly seconds: number;
  /** Latencies of what is sent before are left out: a burst at the beginning is served, however long it takes. */
  readonly settleSeconds?: number;
  /** Sent in turn. */
  readonly requests: readonly Request[];
}

export interface LoadResult {
  /** Answers with 2xx, and their latencies from the first byte sent to the last one received. */
  readonly served: number;
  readonly servedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /**
   * How many other answers with 2xx came while a request waited for its own; of a hundred, one waited longer. A measure of
   * the queue before it that is the same on a slow machine, a busy one and a fast one (Little's law).
   */
  readonly p99Overtaken: number;
  readonly sent: number;
  /** Were due when every connection waited for an answer. */
  readonly unsent: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections that the server ended. */
  readonly resets: number;
  /** One answer that was neither 2xx nor said when to come back; empty when there is none. */
  readonly wrong: string;
}

/** Loads a server from a process of its own and tells what came of it. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const program = join(import.meta.dirname, 'load-process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(options)]);
  return JSON.parse(stdout) as LoadResult;
}
