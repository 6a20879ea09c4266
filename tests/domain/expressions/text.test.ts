import { describe } from 'node:test';
import { table } from '../../support/expressions/decide.ts';

const record = { title: 'Straße \u{1f600}', status: null };

describe('text', () => {
  table({ record }, [
    ['record.title.startsWith("Str")', true],
    ['record.title.startsWith("")', true],
    ['record.title.endsWith("\u{1f600}")', true],
    ['record.title.contains("aß")', true],
    ['record.title.contains("%")', false],
    ['record.title.size() == 8', true],
    ['size(record.title) == 8', true],
    ['record.title.lowerAscii() == "straße \u{1f600}"', true],
    ['"É".lowerAscii() == "É"', true],
    ['record.title + "!" == "Straße \\U0001F600!"', true],
    ['\'single\' == "single"', true],
    ['r"\\d" == "\\\\d"', true],
    ['"""one\ntwo""" == "one\\ntwo"', true],
  ]);
});

describe('text functions with null', () => {
  table({ record }, [
    ['record.status.startsWith("a")', null],
    ['record.title.contains(record.status)', null],
    ['record.status.size() == null', true],
    ['record.status + "a" == null', true],
    ['record.status.lowerAscii() == null', true],
    ['has(record.status)', false],
    ['has(record.title)', true],
    ['!has(record.status)', true],
  ]);
});
