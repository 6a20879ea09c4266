import { StatementInterrupted } from './progress.ts';

/** How many times the limit the clock may show when the processor was busy with other things. */
const patience = 3;

/** The time that the statement which runs on this thread may still take. */
export class StatementTime {
  #limitMs = Infinity;
  #endMs = Infinity;
  #patience = patience;
  /** Processor time of this thread when the limit was reached by the clock. */
  #usedMs: number | undefined;

  /**
   * Throws StatementInterrupted when the time is over. By the clock alone, a busy machine would end cheap statements:
   * a statement past the limit gets it once more in processor time, up to four times the limit by the clock.
   */
  readonly check = (): void => {
    const now = performance.now();
    if (now <= this.#endMs) return;
    this.#usedMs ??= processorMs();
    const isSlow = now > this.#endMs + this.#patience * this.#limitMs;
    if (isSlow || processorMs() - this.#usedMs > this.#limitMs) throw new StatementInterrupted();
  };

  /** Limits the synchronous work of SQLite within `run`, in milliseconds. `exact` counts by the clock alone. */
  limit<T>(limitMs: number, run: () => T, { exact = false } = {}): T {
    this.#patience = exact ? 0 : patience;
    this.#limitMs = limitMs;
    this.#endMs = performance.now() + limitMs;
    this.#usedMs = undefined;
    try {
      return run();
    } finally {
      this.#endMs = Infinity;
    }
  }
}

/** The processor time that this thread has used, in milliseconds. */
export function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
