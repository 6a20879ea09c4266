import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repetitionOf } from '#domain/collections/patterns/repetition.ts';

const expected = {
  linear: [
    '^a$',
    '^[a-z0-9]+(?:-[a-z0-9]+)*$',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    '^(?=.*\\d)(?=.*[a-z]).{8,100}$',
    '^\\p{L}+$',
    '^([a-z]|[0-9])+$',
    '^(foo|bar|baz)+$',
    '^(?:a?){3}a{3}$',
    '(a?|b?)c',
    '^\\u{1F600}+$',
    '',
  ],
  polynomial: ['^.+@.+$', '^.*.*x$', '^[^@]+@[^@]+\\.[^@]+$', '^😀+[😀-😎]*$'],
  exponential: [
    '(a*)*b',
    '(a+)+$',
    '(a|a)*$',
    '^(a|b|ab)*$',
    '((a?|b?)c)*$',
    '(\\w+\\s?)*$',
    '(x+x+)+y',
    '^(.*a){12}$',
    '(a{2,50}){2,50}$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '^.*.*.*x$',
    '^(?=(a+)+$)',
    `^${'a?'.repeat(40)}${'a'.repeat(40)}$`,
    `^${'(a|a)'.repeat(40)}$`,
    '[a-z]{1,3}'.repeat(45),
  ],
  'not supported': ['(a)\\1', '(?<x>a)\\k<x>', 'a'.repeat(200)],
};

for (const [repetition, patterns] of Object.entries(expected)) {
  test(`patterns are told to be ${repetition}`, () => {
    for (const pattern of patterns) assert.equal(repetitionOf(pattern), repetition, pattern);
  });
}

const leaf = fc.constantFrom('a', 'b', '[ab]', '.', '\\d', '[^b]', 'é');
const pattern = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(?:${left}|${right})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}'))
      .map(([node, quantifier]) => `(?:${node})${quantifier}`),
  ),
})).node;

test('a pattern that is not told to be exponential stays quick on text that nearly matches', () => {
  const texts = ['a', 'b', 'ab', 'ba', 'aab', '1', 'é'].map((part) => `${part.repeat(40)}!`);
  fc.assert(
    fc.property(pattern, (source) => {
      if (repetitionOf(source) === 'exponential' || repetitionOf(source) === 'not supported') return;
      const expression = new RegExp(`^(?:${source})$`, 'u');
      // Processor time of this thread: what else the machine does is not in it.
      const before = process.threadCpuUsage();
      for (const text of texts) expression.test(text);
      const { user, system } = process.threadCpuUsage(before);
      assert.ok(user + system < 100_000, source);
    }),
    { numRuns: 500 },
  );
});
