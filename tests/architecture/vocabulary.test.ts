import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { wrongWords } from './vocabulary.ts';

test('every reserved word means one thing', () => {
  const paths = globSync('src/**/*.ts');
  assert.ok(paths.length > 100, `only ${paths.length} files were read`);
  assert.deepEqual(
    paths.flatMap((path) => wrongWords({ path, text: readFileSync(path, 'utf8') })),
    [],
  );
});

test('a planted offender of each kind is caught', () => {
  const planted: [string, string, RegExp][] = [
    ['src/data/schema/x.ts', 'export function openSession(): void {}', /openSession has the word session/],
    ['src/services/records/x.ts', 'const sessions = [];', /sessions has the word session/],
    ['src/data/x.ts', 'export interface Unit {}', /Unit has the word unit, which is a Transaction/],
    ['src/services/idempotency/x.ts', 'let journal;', /journal has the word journal/],
    ['src/http/x.ts', 'export type Answer = string;', /Answer has the word answer/],
    ['src/http/x.ts', 'export interface FinalReply {}', /FinalReply has the word reply/],
    ['src/services/x.ts', 'export class Refusal extends Error {}', /Refusal has the word refusal/],
    [
      'src/http/x.ts',
      'export class Problem extends Error {}',
      /there is one Problem, in src\/domain\/errors/,
    ],
    ['src/services/x.ts', 'export interface Operation {}', /there is one Operation/],
    ['src/http/x.ts', 'export type Principal = string;', /there is one Principal/],
    ['src/services/x.ts', 'interface Change<T> { a: T }', /there is one Change/],
    ['src/platform/x.ts', 'class Reader implements Lifecycle {}', /there is one Reader/],
    ['src/services/auth/x.ts', '/** Identity (contract, section 5). */', /not in the repository is cited/],
    ['src/http/x.ts', '// As the house rules have it.', /not in the repository is cited/],
    ['src/services/auth/parts.ts', '', /the name parts does not say/],
  ];
  for (const [path, text, expected] of planted) {
    const found = wrongWords({ path, text });
    assert.equal(found.length, 1, `${path}: ${text}: ${found.join(' ')}`);
    assert.match(found[0] as string, expected);
  }
});

test('words are only looked for in names of ours', () => {
  const text = `import type { FastifyReply } from 'fastify';
    // The session of an answer.
    const sql = 'SET idle_in_transaction_session_timeout = 0';
    const { idle_in_transaction_session_timeout } = settings;
    const unitsMax = \`\${journal}\`;`;
  assert.deepEqual(wrongWords({ path: 'src/data/x.ts', text }), []);
});
