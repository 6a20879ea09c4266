import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearMiss } from '#domain/near-miss.ts';

describe('the name that was probably meant', () => {
  const names = ['title', 'status', 'dueOn', 'priority', 'id'];
  const rows: readonly [written: string, meant: string | undefined][] = [
    ['titel', 'title'],
    ['tilte', 'title'],
    ['Title', 'title'],
    ['prioritys', 'priority'],
    ['duon', 'dueOn'],
    ['stat', undefined],
    ['x', undefined],
    ['ix', 'id'],
    ['colour', undefined],
    ['', undefined],
    ['t'.repeat(100_000), undefined],
  ];
  for (const [written, meant] of rows) {
    it(`for "${written.slice(0, 20)}" is ${meant ?? 'none'}`, () =>
      assert.equal(nearMiss(written, names), meant));
  }
});
