import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { circles, violations, type SourceFile } from './layers.ts';

const sources = (): SourceFile[] =>
  globSync('src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));

test('every import looks to its own room or to a floor below', () => {
  const files = sources();
  assert.ok(files.length > 30, `only ${files.length} files were read`);
  assert.deepEqual(violations(files), []);
});

test('a planted offender of each kind is caught', () => {
  const planted: [string, string, RegExp][] = [
    [
      'src/domain/query/x.ts',
      "import { a } from '#services/records/index.ts';",
      /domain may not import services/,
    ],
    ['src/domain/query/x.ts', "import type { a } from '#config/index.ts';", /domain may not import config/],
    [
      'src/domain/expressions/x.ts',
      "import { a } from '#domain/collections/model.ts';",
      /expressions may not import collections/,
    ],
    ['src/domain/kinds/x.ts', "import type { a } from '../query/scope.ts';", /kinds may not import query/],
    ['src/domain/query/x.ts', "import { a } from '#domain/new/x.ts';", /query may not import new/],
    ['src/domain/x.ts', "import type { a } from './json/value.ts';", /the ground may not import json/],
    ['src/data/query/x.ts', "import { a } from '#platform/ids.ts';", /data may not import platform/],
    ['src/platform/x.ts', "export * from '../services/auth/index.ts';", /leaves its room/],
    ['src/services/auth/x.ts', "import { a } from '#services/records/list.ts';", /by its index/],
    ['src/services/auth/x.ts', "import { a } from '#data/repositories/users.ts';", /by its index/],
    [
      'src/services/records/x.ts',
      "import type { a } from '#services/response-cache/index.ts';",
      /among services, records may not import response-cache/,
    ],
    [
      'src/services/idempotency/x.ts',
      "import { a } from '#services/transfer/index.ts';",
      /among services, idempotency may not import transfer/,
    ],
    [
      'src/services/auth/x.ts',
      "import { a } from '#services/new/index.ts';",
      /among services, auth may not import new/,
    ],
    [
      'src/services/new/x.ts',
      "import { a } from '#services/records/index.ts';",
      /the order of services does not know new/,
    ],
    ['src/services/auth/x.ts', "await import('fastify');", /fastify belongs to http/],
    ['src/http/routes/x.ts', "import { a } from '#data/index.ts';", /http may not import data/],
    ['src/http/x.ts', "import { sql } from 'kysely';", /kysely belongs to data/],
    ['src/services/auth/x.ts', 'const a = process.env.PORT;', /process.env belongs to config/],
  ];
  for (const [path, text, expected] of planted) {
    const found = violations([{ path, text }]);
    assert.equal(found.length, 1, `${path}: ${text}`);
    assert.match(found[0] as string, expected);
  }
});

test('no files import each other in a circle, types included', () => {
  assert.deepEqual(circles(sources()), []);
});

test('a planted circle is caught', () => {
  const planted: SourceFile[] = [
    { path: 'src/data/a.ts', text: "import { b } from './b.ts';" },
    { path: 'src/data/b.ts', text: "import { c } from '#domain/c.ts';" },
    { path: 'src/domain/c.ts', text: "export type { a } from '#data/a.ts';" },
    { path: 'src/data/outside.ts', text: "import { a } from './a.ts';" },
  ];
  assert.deepEqual(circles(planted), [
    'src/data/a.ts → src/data/b.ts → src/domain/c.ts → src/data/a.ts is a circle',
  ]);
});
