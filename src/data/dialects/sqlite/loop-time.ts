import { StatementInterrupted } from './progress.ts';

const clockFactor = 3;

/** The time that the statement which runs on the event loop may still take. */
export class LoopTime {
  #limitMs = Infinity;
  #endMs = Infinity;
  /** Processor time of this thread when the limit was reached by the clock. */
  #usedMs: number | undefined;

  /**
   * Throws StatementInterrupted when it is over. By the clock alone, a machine that is busy with other things would end
   * what is cheap: then the statement gets the time once more, of the processor, and four times the limit by the clock.
   */
  readonly check = (): void => {
    const now = performance.now();
    if (now <= this.#endMs) return;
    this.#usedMs ??= processorMs();
    const isSlow = now > this.#endMs + clockFactor * this.#limitMs;
    if (isSlow || processorMs() - this.#usedMs > this.#limitMs) throw new StatementInterrupted();
  };

  /** Runs what SQLite does at once, before the promise is there. */
  limit<T>(limitMs: number, run: () => Promise<T>): Promise<T> {
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

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
