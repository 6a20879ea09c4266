import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildModel } from '#domain/collections/build.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { requestErrors } from '#domain/errors/catalogue.ts';
import { createOpenApiSource, openApiDocument } from '#http/openapi/document.ts';
import { surface, type Handlers } from '#http/routes/table.ts';
import { OpenApiDocument } from '../support/openapi-document.ts';
import { standInCollections, standInServer } from '../support/plinth/stand-ins.ts';

const root = join(import.meta.dirname, '../..');

const tasks: CollectionDefinition = {
  name: 'tasks',
  properties: {
    title: { type: 'string', minLength: 1 },
    status: { enum: ['todo', 'done'], default: 'todo' },
    parent: { reference: 'tasks' },
    owner: { reference: 'users', default: '$user', readOnly: true },
    pin: { type: 'string', writeOnly: true },
  },
  required: ['title'],
  search: ['title'],
};

const notes: CollectionDefinition = { name: 'notes', properties: { text: { type: 'string' } } };

function documentOf(...definitions: readonly CollectionDefinition[]) {
  return openApiDocument(buildModel(definitions), { version: '1.0.0' }) as any;
}

test('GET /openapi.json is the document of the model in force', async () => {
  const model = buildModel([tasks]);
  const server = standInServer({ collections: { ...standInCollections, current: () => model } });
  const answer = await server.inject('/openapi.json');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(answer.headers['cache-control'], 'no-cache');
  const document = answer.json();
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(Object.keys(document.paths['/v1/tasks/{id}']), [
    'parameters',
    'get',
    'patch',
    'put',
    'delete',
  ]);
});

test('it is made once for each model', () => {
  const source = createOpenApiSource({ version: '1.0.0' });
  const model = buildModel([tasks]);
  assert.equal(source.documentFor(model), source.documentFor(model));
  assert.match(source.documentFor(buildModel([notes])).toString(), /"\/v1\/notes"/);
});

test('every route is described, and nothing that is no route', () => {
  const handlers = new Proxy({}, { get: () => new Proxy({}, { get: () => () => {} }) }) as Handlers;
  const undescribed = ['GET /', 'GET /docs', 'GET /docs/:file'];
  const routed = surface(handlers)
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !undescribed.includes(route))
    .map((route) => route.replaceAll(/:(\w+)/g, '{$1}').replace('{collection}', 'tasks'));
  const users = ['GET', 'PATCH', 'PUT', 'DELETE'].map((method) => `${method} /v1/users/{id}`);
  const described = new OpenApiDocument(documentOf(tasks)).operations.map(
    ({ method, path }) => `${method.toUpperCase()} ${path}`,
  );
  assert.deepEqual(described.toSorted(), [...routed, ...users].toSorted());
});

test('operation ids are unique and tell what they do', () => {
  const ids = new OpenApiDocument(documentOf(tasks, notes)).operations.map(
    (operation) => operation.operationId,
  );
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ['tasksList', 'tasksCreate', 'tasksRead', 'tasksUpdate', 'tasksReplace', 'tasksDelete']) {
    assert.ok(ids.includes(id), id);
  }
  assert.ok(!ids.includes('usersCreate'));
});

test('collections called like other things do not collide with them', () => {
  const names = [
    'auth',
    'batch',
    'problem',
    'problems',
    'session',
    'health',
    'operation',
    'fieldError',
    'signedIn',
  ];
  const definitions = names.map((name) => ({ ...notes, name }));
  const { operations } = new OpenApiDocument(documentOf(...definitions));
  assert.equal(new Set(operations.map((one) => one.operationId)).size, operations.length);
  const { schemas } = documentOf(...definitions).components;
  assert.ok(schemas.Problem.properties.requestId);
  assert.ok(schemas.ProblemRecord.properties.text);
});

test('schemas tell what goes in and what comes out', () => {
  const { schemas } = documentOf(tasks).components;
  assert.deepEqual(Object.keys(schemas.TasksCreate.properties), ['title', 'status', 'parent', 'pin']);
  assert.deepEqual(schemas.TasksCreate.required, ['title']);
  assert.equal(
    Object.keys(schemas.TasksRecord.properties).join(' '),
    'id createdAt updatedAt version title status parent owner',
  );
  assert.match(JSON.stringify(schemas.TasksRecord.properties.owner), /schemas\/UsersRecord/);
  assert.equal(schemas.Registration.properties.role, undefined);
  assert.deepEqual(schemas.Registration.required, ['email', 'password']);
});

test('the search parameter is there where search is', () => {
  const queries = (document: unknown, id: string) =>
    new OpenApiDocument(document).operations
      .find((operation) => operation.operationId === id)
      ?.parameters.map((parameter) => parameter.name);
  const document = documentOf(tasks, notes);
  assert.ok(queries(document, 'tasksList')?.includes('q'));
  assert.ok(!queries(document, 'notesList')?.includes('q'));
});

test('every error that requests are answered with is in it, with an example', () => {
  const document = documentOf(tasks);
  const { Problem } = document.components.schemas;
  assert.deepEqual(Problem.properties.code.enum, Object.keys(requestErrors));
  const examples = Object.values<any>(document.components.responses).flatMap((response) =>
    Object.keys(response.content['application/problem+json'].examples),
  );
  const inUse = Object.entries(requestErrors).filter(
    ([, { status }]) => document.components.responses[`Problem${status}`],
  );
  assert.deepEqual(examples.toSorted(), inUse.map(([code]) => code).toSorted());
  const unused = Object.keys(requestErrors).filter((code) => !examples.includes(code));
  const later = ['precondition_failed', 'precondition_required', 'rate_limited'];
  assert.deepEqual(
    unused.filter((code) => !later.includes(code)),
    [],
  );
});

test('clients are sent to the public address', () => {
  const document = openApiDocument(buildModel([]), {
    version: '1.0.0',
    publicUrl: 'https://api.example.org',
  });
  assert.deepEqual(document.servers, [{ url: 'https://api.example.org' }]);
});

test('redocly finds nothing to say, with and without collections', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-openapi-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const definitions of [[], [tasks, notes]]) {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(documentOf(...definitions)));
    const redocly = join(root, 'node_modules/.bin/redocly');
    const lint = await promisify(execFile)(
      process.execPath,
      [
        redocly,
        'lint',
        '--config',
        join(root, 'redocly.yaml'),
        '--format',
        'json',
        '--max-problems',
        '20',
        file,
      ],
      { cwd: folder, env: { ...process.env, REDOCLY_TELEMETRY: 'off' } },
    ).catch((error: { stdout: string; stderr: string }) => assert.fail(error.stdout + error.stderr));
    const found = JSON.parse(lint.stdout) as {
      totals: { errors: number; warnings: number };
      problems: unknown[];
    };
    assert.deepEqual(found.problems, []);
  }
});
