import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue, operatorErrors, requestErrors, type ErrorCode } from '#domain/errors/catalogue.ts';
import { isOperatorProblem, Problem } from '#domain/errors/problem.ts';
import { problemFor } from '#http/message/problem.ts';

test('every error of the catalogue is in use, and every status is one of an error', () => {
  const sources = globSync('src/**/*.ts')
    .filter((file) => !file.endsWith('/catalogue.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
  for (const [code, { status }] of Object.entries(catalogue)) {
    assert.ok(sources.includes(`'${code}'`), `${code} is never thrown`);
    assert.ok(status >= 400 && status < 600);
  }
});

test('a code is either for requests or for operators', () => {
  assert.deepEqual(
    Object.keys(operatorErrors).filter((code) => code in requestErrors),
    [],
  );
});

test('an error of an operator is answered over HTTP with its own code and status', () => {
  for (const code of Object.keys(operatorErrors) as ErrorCode[]) {
    const problem = new Problem(code, { detail: 'It cannot be done.' });
    assert.ok(isOperatorProblem(problem));
    assert.equal(problemFor(problem), problem);
    assert.ok(problem.status < 500);
  }
  assert.ok(!isOperatorProblem(new Problem('not_found')));
});
