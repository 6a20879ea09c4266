import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mistakeIn } from '../../support/expressions/decide.ts';
import { filter, rule } from '../../support/expressions/shapes.ts';

type Row = readonly [source: string, position: number, message: string];

function table(compile: (source: string) => unknown, rows: readonly Row[]): void {
  for (const [source, position, message] of rows) {
    it(`${source} → ${message}`, () => {
      const mistake = mistakeIn(() => compile(source));
      assert.deepEqual([mistake.position, mistake.message], [position, message]);
    });
  }
}

describe('what cannot be read', () => {
  table(filter, [
    ['', 0, 'The expression ends too early.'],
    ['done &&', 7, 'The expression ends too early.'],
    ['(done', 5, 'Expected ")", got the end.'],
    ['done title', 5, 'Unexpected "title".'],
    ['done # title', 5, 'Unexpected "#".'],
    ['done "x"', 5, `Unexpected '"x"'.`],
    ['title == == 1', 9, 'Unexpected "==".'],
    ['title = "a"', 6, 'Values are compared with "==".'],
    ['title == "a', 9, 'Unterminated string.'],
    ['title == "\\q"', 10, 'Invalid escape sequence: \\q.'],
    ['title == "\\u0000"', 9, 'A string cannot hold the character NUL or half a character.'],
    ['title == "\ud800"', 10, 'The text is not valid Unicode.'],
    ['priority == 9007199254740992', 12, 'Integers go up to 9007199254740991.'],
    ['score > 1e999', 8, 'Invalid number: Infinity.'],
    ['priority == 1u', 12, 'Bytes and unsigned integers are not supported.'],
    ['title == b"a"', 9, 'Bytes and unsigned integers are not supported.'],
    ['import == 1', 0, 'Reserved identifier: import.'],
    ['done ? true', 11, 'Expected ":", got the end.'],
  ]);
});

describe('names that nothing has', () => {
  table(filter, [
    ['titel == "a"', 0, 'Unknown name "titel". Did you mean "title"?'],
    ['project.nme == "a"', 8, '"projects" has no property "nme". Did you mean "name"?'],
    ['user.rol == "a"', 5, '"users" has no property "rol". Did you mean "role"?'],
    ['member.exists(m, true)', 0, 'Unknown name "member". Did you mean "members"?'],
    ['previous.title == "a"', 0, 'Unknown name "previous".'],
    ['title.contians("a")', 6, 'Unknown function "contians". Did you mean "contains"?'],
    ['sizes(title) == 1', 0, 'Unknown function "sizes". Did you mean "size"?'],
    ['toString == "a"', 0, 'Unknown name "toString".'],
    ['project.constructor == "a"', 8, '"projects" has no property "constructor".'],
    [`${'a'.repeat(200)} == "a"`, 0, `Unknown name "${'a'.repeat(64)}…".`],
    ['__proto__ == "a"', 0, 'Reserved identifier: __proto__.'],
    ['id.title == "a"', 3, 'There is no "title" here: the id of a record of "tasks" has no members.'],
    ['title.size == 1', 6, 'There is no "size" here: a string has no members.'],
  ]);
});

describe('types that do not fit', () => {
  table(filter, [
    ['title', 0, 'A filter needs a condition (bool), and this is a string.'],
    ['priority && done', 0, '"&&" needs a condition (bool), and this is an int.'],
    ['!title', 1, '"!" needs a condition (bool), and this is a string.'],
    ['priority == "3"', 0, '"==" cannot compare an int with a string.'],
    ['done < true', 0, '"<" cannot order a condition (bool).'],
    ['labels == ["a"]', 0, '"==" does not compare lists: use "in", exists() or all().'],
    ['meta == meta', 0, '"==" does not compare json values with each other.'],
    ['meta < null', 0, '"<" cannot order a json value.'],
    ['title in "abc"', 9, '"in" needs a list, and this is a string.'],
    ['id in members', 6, '"in" does not look into a collection: use members.exists(…).'],
    ['title in [1]', 0, '"in" cannot compare a string with an int.'],
    ['2.5 in numbers', 7, '"in" does not look for a double in a list (int).'],
    ['(done ? 1 : "a") == 1', 8, '"? :" cannot mix an int with a string.'],
    ['title - 1 == 0', 0, '"-" does not work on a string and an int.'],
    ['score % 2 == 0.0', 0, '"%" does not work on a double and an int.'],
    ['-title == "a"', 1, '"-" needs a number or a duration, and this is a string.'],
    ['priority.startsWith("a")', 0, 'startsWith() needs a string, and this is an int.'],
    ['size(priority) == 1', 5, 'size() needs a string, and this is an int.'],
    ['members', 0, '"members" is a collection: use members.exists(…) or members.all(…).'],
    ['members.role == "a"', 8, '"members" is a collection: use members.exists(…) or members.all(…).'],
    ['title.exists(t, true)', 0, 'exists() goes over a collection or a list, and this is a string.'],
    ['meta.exists(t, true)', 0, 'exists() goes over a collection or a list, and this is a json value.'],
  ]);
});

describe('what CEL has and this language leaves out', () => {
  table(filter, [
    ['title.matches("a")', 6, 'matches() is not supported: use startsWith, endsWith or contains.'],
    ['labels.map(l, l) == null', 7, 'map() is not supported: use exists or all.'],
    ['labels.filter(l, true) == null', 7, 'filter() is not supported: use exists or all.'],
    ['labels.exists_one(l, true)', 7, 'exists_one() is not supported: use exists or all.'],
    ['int(title) == 1', 0, 'int() is not supported: values are not converted.'],
    ['labels[0] == "a"', 0, 'Indexes such as [0] are not supported.'],
    ['{} == null', 0, 'Maps are not supported.'],
    ['[title].exists(t, t == "a")', 1, 'Outside of "in", a list may only hold literals.'],
    ['startsWith(title, "a")', 0, 'startsWith() is written text.startsWith(…).'],
    ['has("a")', 4, 'has() asks for a property, such as has(record.title).'],
    ['size() == 1', 0, 'size() takes one argument.'],
    ['title.contains() == true', 6, 'contains() takes one argument.'],
    ['labels.exists(l) == true', 7, 'exists() takes two arguments.'],
    ['labels.exists(title, true)', 14, '"title" has a meaning already: name the variable otherwise.'],
    [
      'labels.exists(l, labels.exists(l, true))',
      31,
      '"l" has a meaning already: name the variable otherwise.',
    ],
    ['labels.exists(1, true)', 14, 'This stands for a variable, as the m in members.exists(m, …).'],
  ]);
});

describe('names in a rule', () => {
  table(rule, [
    ['title == "a"', 0, 'Unknown name "title". Did you mean "record.title"?'],
    ['recrod.title == "a"', 0, 'Unknown name "recrod". Did you mean "record"?'],
    ['previous.title == "a"', 0, '"previous" is there in the rule "update" only.'],
    ['record.package == "a"', 7, '"tasks" has no property "package".'],
  ]);

  it('are private ones too', () => {
    assert.ok(rule('record.note == user.secret && members.exists(m, m.user.secret == record.pin)'));
  });
});
