import { LRUCache } from 'lru-cache';
import { isWalk } from './progress.ts';

const statementsMax = 2_000;
/** Of a statement on the event loop: an indexed page takes a twentieth of it. */
const loopBudgetMs = 5;
/** After a statement has used that up, for a while. */
const narrowBudgetMs = 1;
const keptMs = 10_000;
/** A statement that took a thread no longer than this is as well run on the loop. */
const quickMs = 1;
/** The budget of a statement in a thread for short ones, in milliseconds: a wait for the thread is a few of these. */
export const shortBudgetMs = 50;

/** Where a statement is run: on the event loop, in a thread for short statements, or in one for long ones. */
export type Lane = 'loop' | 'short' | 'long';

interface Cost {
  /** `unlimited` is the loop for a statement that walks through no rows: an index leads it to those it returns. */
  readonly lane: Lane | 'unlimited';
  /** On the monotonic clock. */
  readonly sinceMs: number;
}

/**
 * The costs of the statements that walk through rows, by their text: the plan says how SQLite walks, not how far, so
 * the first run tells. A statement begins on the loop, with a budget; one that exceeds it goes to a thread, now and the
 * next times. While that has just happened, statements that nobody knows begin in a thread: else each new text, of
 * which a client can make as many as it likes, would cost the loop its budget.
 */
export class StatementCosts {
  readonly #known = new LRUCache<string, Cost>({ max: statementsMax });
  #exceededAtMs = -Infinity;

  laneOf(sql: string): Cost['lane'] {
    const known = this.#known.get(sql);
    if (known !== undefined) return known.lane;
    if (isWalk(sql)) return this.#isNarrow() ? 'short' : 'loop';
    this.#known.set(sql, { lane: 'unlimited', sinceMs: 0 });
    return 'unlimited';
  }

  /** How long a statement may keep the event loop, in milliseconds. */
  loopBudgetMs(): number {
    return this.#isNarrow() ? narrowBudgetMs : loopBudgetMs;
  }

  /** Notes that a statement has used up the budget of `lane`. */
  exceeded(sql: string, lane: Exclude<Lane, 'long'>): void {
    const now = performance.now();
    if (lane === 'loop') this.#exceededAtMs = now;
    this.#known.set(sql, { lane: lane === 'loop' ? 'short' : 'long', sinceMs: now });
  }

  /** A statement has run in a thread to its end. */
  finished(sql: string, tookMs: number): void {
    const known = this.#known.get(sql);
    const now = performance.now();
    if (known !== undefined && now - known.sinceMs < keptMs) return;
    const lane = tookMs < quickMs ? 'loop' : tookMs < shortBudgetMs ? 'short' : 'long';
    this.#known.set(sql, { lane, sinceMs: now });
  }

  /** After a change of the schema: indexes have come or gone. */
  forget(): void {
    this.#known.clear();
  }

  #isNarrow(): boolean {
    return performance.now() - this.#exceededAtMs < keptMs;
  }
}
