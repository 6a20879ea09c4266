import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDate } from '#domain/kinds/date.ts';
import { parseTimestamp } from '#domain/kinds/timestamp.ts';
import { isStoredUuid, parseUuid } from '#domain/kinds/uuid.ts';

test('RFC 3339 text becomes UTC with milliseconds', () => {
  const readings: [text: string, timestamp: string | undefined][] = [
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31t10:00:00.5z', '2026-01-31T10:00:00.500Z'],
    ['2026-01-31 10:00:00.123456789012+02:30', '2026-01-31T07:30:00.123Z'],
    ['0000-12-31T23:30:00-01:00', '0001-01-01T00:30:00.000Z'],
    ['9999-12-31T23:30:00-01:00', undefined],
    ['0001-01-01T00:30:00+01:00', undefined],
    ['2026-02-29T10:00:00Z', undefined],
    ['2026-01-31T24:00:00Z', undefined],
    ['2026-01-31T23:59:60Z', undefined],
    ['2026-01-31T10:00:00+24:00', undefined],
    ['2026-01-31T10:00:00.Z', undefined],
    ['2026-01-31T10:00:00', undefined],
    ['2026-01-31\n10:00:00Z', undefined],
    ['2026-01-31', undefined],
  ];
  for (const [text, timestamp] of readings) assert.equal(parseTimestamp(text), timestamp, text);
});

test('a date is a day that the calendar has, in the years 0001 to 9999', () => {
  for (const text of ['2024-02-29', '0001-01-01', '9999-12-31']) assert.equal(isDate(text), true, text);
  for (const text of ['2026-02-29', '0000-01-01', '2026-1-31', '2026-01-31T', ''])
    assert.equal(isDate(text), false, text);
});

test('a UUID is stored in lower case', () => {
  const id = '019B0000-0000-7000-8000-00000000ABCD';
  assert.equal(parseUuid(id), id.toLowerCase());
  assert.equal(isStoredUuid(id), false);
  assert.equal(isStoredUuid(id.toLowerCase()), true);
  for (const text of ['', id.slice(1), `{${id}}`, id.replaceAll('-', ''), `${id}\n`])
    assert.equal(parseUuid(text), undefined, text);
});
