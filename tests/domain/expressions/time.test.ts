import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mistakeIn, table } from '../../support/expressions/decide.ts';
import { rule } from '../../support/expressions/shapes.ts';

const record = {
  createdAt: '2026-01-31T10:00:00.000Z',
  updatedAt: '9999-12-31T23:59:59.999Z',
  startedAt: null,
  dueOn: '2026-02-01',
};

describe('timestamps', () => {
  table({ record }, [
    ['record.createdAt == "2026-01-31T10:00:00Z"', true],
    ['record.createdAt == "2026-01-31T12:00:00+02:00"', true],
    ['record.createdAt == "2026-01-31T10:00:00.0009Z"', true],
    ['record.createdAt > "2026-01-31"', true],
    ['"2026-01-31" < record.createdAt', true],
    ['record.createdAt == now', true],
    ['record.createdAt in ["2026-01-31T10:00:00Z", null]', true],
    ['timestamp("2026-01-31T10:00:00Z") == now', true],
    ['record.startedAt < now', null],
    ['record.startedAt == null', true],
  ]);
});

describe('dates', () => {
  table({ record }, [
    ['record.dueOn == "2026-02-01"', true],
    ['record.dueOn > "2026-01-31"', true],
    ['record.dueOn == "2026-02-01T00:00:00Z"', true],
    ['record.dueOn < "2026-02-01T00:00:00.001Z"', true],
    ['record.dueOn > record.createdAt', true],
    ['timestamp(record.dueOn) == timestamp("2026-02-01")', true],
    ['record.dueOn - duration("24h") == "2026-01-31"', true],
    ['record.dueOn - record.createdAt == duration("14h")', true],
  ]);
});

describe('durations', () => {
  table({ record }, [
    ['now - duration("24h") < record.createdAt', true],
    ['duration("90m") == duration("1h30m")', true],
    ['duration("1.5s") == duration("1500ms")', true],
    ['duration("-1h") < duration("0s")', true],
    ['-duration("1h") == duration("-60m")', true],
    ['duration("1h") + duration("1h") == duration("2h")', true],
    ['record.updatedAt + duration("1ms") == null', true],
    ['now + duration("1h") - now == duration("1h")', true],
    ['record.startedAt + duration("1h") == null', true],
  ]);
});

describe('text that is no time', () => {
  const rows: readonly [source: string, position: number][] = [
    ['record.createdAt > "yesterday"', 19],
    ['record.createdAt > "2026-02-30T00:00:00Z"', 19],
    ['record.createdAt > "2026-01-31T24:00:00Z"', 19],
    ['record.createdAt > "0000-01-01T00:00:00Z"', 19],
    ['record.dueOn > "2026-02-30"', 15],
    ['record.dueOn > "0000-12-31"', 15],
    ['timestamp("2026") < now', 10],
    ['duration("1d") < duration("1h")', 9],
    ['duration("0.1ms") < duration("1h")', 9],
    ['duration("") < duration("1h")', 9],
    ['duration("2800000000h") < duration("1h")', 9],
    ['timestamp(record.title) < now', 10],
  ];
  for (const [source, position] of rows) {
    it(`is refused where it stands: ${source}`, () => {
      assert.equal(mistakeIn(() => rule(source)).position, position);
    });
  }
});
