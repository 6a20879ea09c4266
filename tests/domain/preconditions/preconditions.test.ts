import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entityTagOf, parseEntityTags } from '#domain/preconditions/entity-tags.ts';
import { isMatchMet, isNoneMatchMet } from '#domain/preconditions/precondition.ts';

const strong = (value: string) => ({ value, weak: false });

describe('entity tags', () => {
  test('are read as RFC 9110 writes them', () => {
    assert.deepEqual(parseEntityTags(entityTagOf(3)), [strong('3')]);
    assert.equal(parseEntityTags(' * '), '*');
    assert.deepEqual(parseEntityTags('"a,b" ,W/"1",\t"",, "\u00e9"'), [
      strong('a,b'),
      { value: '1', weak: true },
      strong(''),
      strong('\u00e9'),
    ]);
    assert.deepEqual(parseEntityTags(', "1" , '), [strong('1')]);
  });

  test('are refused where they are anything else', () => {
    for (const text of [
      '',
      ' ',
      ',',
      '3',
      '"3',
      '3"',
      "'3'",
      '"1" "2"',
      '"1"x',
      'w/"1"',
      'W/ "1"',
      '*,"1"',
      '"\n"',
      '"a b"',
    ]) {
      assert.equal(parseEntityTags(text), undefined, JSON.stringify(text));
    }
  });

  test('take no longer than their length, whatever they are', () => {
    for (const part of [' ', ',', ' ,', '"1"', '"1" ', '"1",', 'W/', '"']) {
      const beganAt = performance.now();
      parseEntityTags(`${part.repeat(300_000)}x`);
      assert.ok(performance.now() - beganAt < 1_000, JSON.stringify(part));
    }
  });
});

describe('a precondition', () => {
  test('compares If-Match strongly, and does not hold where there is nothing', () => {
    const holds = (text: string, version: number | undefined) =>
      isMatchMet({ match: parseEntityTags(text) ?? [] }, version);
    assert.deepEqual(
      [holds('"1", "2"', 2), holds('W/"2"', 2), holds('"02"', 2), holds('*', 2)],
      [true, false, false, true],
    );
    assert.deepEqual([holds('*', undefined), holds('"1"', undefined)], [false, false]);
    assert.ok(isMatchMet({}, undefined));
  });

  test('compares If-None-Match weakly, and holds where there is nothing', () => {
    const holds = (text: string, version: number | undefined) =>
      isNoneMatchMet({ noneMatch: parseEntityTags(text) ?? [] }, version);
    assert.deepEqual(
      [holds('"1", "2"', 2), holds('W/"2"', 2), holds('"3"', 2), holds('*', 2)],
      [false, false, true, false],
    );
    assert.deepEqual([holds('*', undefined), holds('"1"', undefined)], [true, true]);
    assert.ok(isNoneMatchMet({}, 1));
  });
});
