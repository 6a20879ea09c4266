import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildModel } from '#domain/collections/build.ts';
import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import { ownKeywordNames } from '#domain/collections/check/check-property.ts';
import { schemaKeywords } from '#domain/collections/check/check-schema.ts';

const words = [
  ...schemaKeywords().keys(),
  ...ownKeywordNames,
  ...'name rules indexes search cache list maxAge id tasks users a string date integer $user true'.split(' '),
  '__proto__',
  'constructor',
  'record.a == 1',
  '(a+)+',
  '\ud800',
  '\0',
  '',
];

/** JSON that speaks the language of definitions, in no order. */
const babble = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', maxDepth: 5 },
    fc.constantFrom(...words),
    fc.constantFrom(0, 1, -1, 1.5, 1e300, true, false, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('the check never breaks, and what it lets through can be built', () => {
  let right = 0;
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), babble),
      babble,
      babble,
      (properties, required, more) => {
        const rest = typeof more === 'object' && more !== null && !Array.isArray(more) ? more : {};
        const content = { name: 'tasks', properties, ...(required !== null && { required }), ...rest };
        for (const each of [content, { name: 'tasks', properties }, more]) {
          const { definitions, mistakes } = checkDefinitions([
            { file: 'tasks.json', name: 'tasks', content: each },
          ]);
          if (mistakes.length > 0) continue;
          right += 1;
          assert.ok(buildModel(definitions).collections.has('tasks'));
        }
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(right > 50, `${right} were right`);
});
