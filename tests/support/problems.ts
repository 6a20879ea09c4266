import assert from 'node:assert/strict';
import { catalogue, type ErrorCode } from '#domain/errors/catalogue.ts';
import type { ProblemDocument } from '#http/message/problem.ts';

/** What both `inject` and the raw reader give. */
export interface AnyAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const members = new Set(
  'type title status code detail instance requestId errors parameter position operation parts'.split(' '),
);

/** Fails unless the answer is the problem document of this code as the contract (section 6) has it; returns it. */
export function assertProblem(answer: AnyAnswer, code: ErrorCode): ProblemDocument {
  assert.equal(answer.headers['content-type'], 'application/problem+json', answer.body);
  const document = JSON.parse(answer.body) as ProblemDocument;
  assert.equal(document.code, code, answer.body);
  assert.equal(document.status, catalogue[code].status);
  assert.equal(answer.statusCode, catalogue[code].status);
  assert.equal(document.type, `/errors/${code}`);
  assert.equal(document.title, catalogue[code].title);
  assert.match(document.detail, /./);
  assert.equal(answer.headers['x-request-id'], document.requestId);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.deepEqual(
    Object.keys(document).filter((member) => !members.has(member)),
    [],
  );
  if (document.status === 401) assert.match(String(answer.headers['www-authenticate']), /^Bearer /);
  if (document.status === 405) assert.notEqual(answer.headers.allow, undefined);
  if (document.status === 503) assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  return document;
}
