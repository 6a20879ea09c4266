import type { TestContext } from 'node:test';
import type { Clock } from '#platform/clock.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A time of day that stands still until a test moves it. */
export class TestClock implements Clock {
  /** Milliseconds since 1970. */
  ms: number;

  constructor(at = '2026-01-31T10:00:00.000Z') {
    this.ms = Date.parse(at);
  }

  now(): Date {
    return new Date(this.ms);
  }

  /** Forward, or back with a negative number. */
  advance(byMs: number): void {
    this.ms += byMs;
  }
}

/**
 * Moves the clock that never goes back, `performance.now()`, forward for the rest of this test. Quotas refill and what is
 * cached grows old by it; timers do not fire earlier.
 */
export function passTime(t: TestContext, byMs: number): void {
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + byMs);
}
