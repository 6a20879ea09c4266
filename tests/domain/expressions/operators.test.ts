import { describe } from 'node:test';
import { table } from '../../support/expressions/decide.ts';

const record = {
  title: 'Paint',
  status: null,
  priority: 3,
  points: 7,
  score: 2.5,
  done: true,
  numbers: null,
};
const given = { record };

describe('equality takes null for a value', () => {
  table(given, [
    ['record.priority == 3', true],
    ['record.priority != 3', false],
    ['record.priority == 3.0', true],
    ['record.status == null', true],
    ['record.status != null', false],
    ['record.status == "todo"', false],
    ['record.status != "todo"', true],
    ['record.done == true', true],
    ['null == null', true],
    ['record.dueOn == null', true],
  ]);
});

describe('order with null is null', () => {
  table(given, [
    ['record.priority < 4', true],
    ['record.priority >= 3', true],
    ['record.score > record.priority', false],
    ['record.status < "todo"', null],
    ['record.priority > null', null],
    ['"a" < "b"', true],
    ['"Z" < "a"', true],
    ['"\u{1f600}" > "\uffee"', true],
  ]);
});

describe('and, or and not are three-valued', () => {
  table(given, [
    ['true && null', null],
    ['false && null', false],
    ['null && false', false],
    ['true || null', true],
    ['null || true', true],
    ['false || null', null],
    ['!(null)', null],
    ['!(record.status < "a")', null],
    ['record.done && record.priority > 1 && record.score > 1', true],
  ]);
});

describe('a null condition chooses the second branch', () => {
  table(given, [
    ['record.done ? true : false', true],
    ['record.status > "a" ? true : false', false],
    ['(record.done ? record.priority : null) == 3', true],
    ['(record.done ? 1 : 2.5) == 1.0', true],
  ]);
});

describe('in compares with ==', () => {
  table(given, [
    ['record.priority in [1, 2, 3]', true],
    ['record.priority in [1.5, 3.0]', true],
    ['record.status in ["todo", "done"]', false],
    ['record.status in ["todo", null]', true],
    ['null in [record.status]', true],
    ['record.priority in []', false],
    ['!(record.status in ["todo"])', true],
    ['record.title in [record.status, "Paint"]', true],
  ]);
});

describe('arithmetic is exact or null', () => {
  table(given, [
    ['record.points + 1 == 8', true],
    ['record.points / 2 == 3', true],
    ['-record.points / 2 == -3', true],
    ['record.points % 4 == 3', true],
    ['-record.points % 4 == -3', true],
    ['record.points / 0 == null', true],
    ['record.points % 0 == null', true],
    ['record.points * 1.5 == 10.5', true],
    ['record.score / 0.0 == null', true],
    ['record.status + "x" == null', true],
    ['9007199254740991 + 0 == 9007199254740991', true],
    ['9007199254740991 + 1 == null', true],
    ['-9007199254740991 - 1 == null', true],
    ['94906267 * 94906267 == null', true],
    ['1e150 * 1e150 > 1e299', true],
    ['1e151 * 1.0 == null', true],
    ['1e-151 * 1.0 == 0.0', true],
    ['0x10 == 16', true],
    ['-(0) == 0', true],
    ['1 + 2 * 3 == 7 && (1 + 2) * 3 == 9', true],
  ]);
});
