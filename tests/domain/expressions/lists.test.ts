import { describe } from 'node:test';
import { table } from '../../support/expressions/decide.ts';

const record = {
  title: 'a',
  labels: ['a', 'b', null],
  numbers: [1, 2, 3],
  flags: [],
  weights: null,
  meta: { key: 'a', n: 2, list: [1], deep: { key: true }, nothing: null },
};

describe('lists', () => {
  table({ record }, [
    ['"a" in record.labels', true],
    ['"x" in record.labels', false],
    ['null in record.labels', true],
    ['2 in record.numbers', true],
    ['size(record.labels) == 3', true],
    ['record.flags.size() == 0', true],
    ['record.labels.exists(l, l == "b")', true],
    ['record.labels.all(l, l == "b")', false],
    ['record.numbers.all(n, n > 0)', true],
    ['record.numbers.exists(n, n * 2 == 6)', true],
    ['record.flags.exists(f, f)', false],
    ['record.flags.all(f, f)', true],
    ['record.labels.exists(l, record.numbers.exists(n, n == 2 && l == "a"))', true],
    ['["a", "b"].exists(t, t == record.title)', true],
  ]);
});

describe('an element for which the condition is null does not count', () => {
  table({ record }, [
    ['record.labels.exists(l, l > "a")', true],
    ['record.labels.exists(l, l > "x")', false],
    ['record.labels.all(l, l >= "a")', false],
    ['!record.labels.exists(l, l > "x")', true],
  ]);
});

describe('a list that is null', () => {
  table({ record }, [
    ['1.5 in record.weights', null],
    ['size(record.weights) == null', true],
    ['record.weights.exists(w, w > 1.0)', null],
    ['record.weights.all(w, w > 1.0)', null],
    ['record.weights == null', true],
  ]);
});

describe('json is read as what it stands beside', () => {
  table({ record }, [
    ['record.meta.key == "a"', true],
    ['record.meta.key == 1', false],
    ['record.meta.n == 2', true],
    ['record.meta.n + 0.5 == 2.5', true],
    ['record.meta.n == "2"', false],
    ['record.meta.deep.key', true],
    ['record.meta.deep.key == true', true],
    ['record.meta.key.startsWith("a")', true],
    ['record.meta.key in ["a", "b"]', true],
    ['record.meta.nothing == null', true],
    ['record.meta.absent == null', true],
    ['record.meta.key.deeper == null', true],
    ['record.meta.toString == null', true],
    ['record.meta != null', true],
    ['has(record.meta.key)', true],
    ['record.meta.n > "a"', null],
  ]);
});
