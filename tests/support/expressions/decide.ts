import assert from 'node:assert/strict';
import { it } from 'node:test';
import { evaluate } from '#domain/expressions/evaluate.ts';
import { ExpressionError } from '#domain/expressions/error.ts';
import type { RecordBindings, RecordValues } from '#domain/expressions/bindings.ts';
import { makeRecords, worldOf } from './records.ts';
import { rule, type Options } from './shapes.ts';

export const now = new Date('2026-01-31T10:00:00.000Z');
export const records = makeRecords();
export const world = worldOf(records);

/** A signed-in user and a record of tasks that tests change to their liking. */
export const user: RecordValues = {
  id: 'u1',
  email: 'ann@example.com',
  role: 'user',
  verified: true,
  tags: ['a'],
};

export interface Given extends Partial<RecordBindings> {
  readonly options?: Options;
}

/** The value of a rule: true, false or null. */
export function decide(source: string, { options, ...given }: Given = {}): unknown {
  const bindings = { record: {}, user: null, now, ...given };
  return evaluate(rule(source, { previous: true, ...options }), bindings, world);
}

/** One test for each row: a rule and its value. */
export function table(
  given: Given,
  rows: readonly (readonly [source: string, expected: boolean | null])[],
): void {
  for (const [source, expected] of rows) {
    it(`${source} is ${String(expected)}`, () => {
      assert.equal(decide(source, given), expected);
    });
  }
}

/** The mistake that a source is refused with. */
export function mistakeIn(compile: () => unknown): {
  message: string;
  position: number;
  hint: string | undefined;
} {
  try {
    compile();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return { message: error.message, position: error.position, hint: error.hint };
  }
  return assert.fail('it is not refused');
}
