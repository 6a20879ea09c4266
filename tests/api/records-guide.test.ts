import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, it } from 'node:test';
import { startApp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

interface Example {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: string | undefined;
  /** What the guide says the answer holds, where it does. */
  readonly answer: string | undefined;
}

const guide = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');

/** ```http blocks: `METHOD path → status`, parameters one to a line, then the body; a ```json block behind is the answer. */
function examplesIn(text: string): Example[] {
  const blocks = text.matchAll(
    /```http\n([A-Z]+) (\S+) → (\d+)\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g,
  );
  return [...blocks].map(([, method = '', address = '', status, rest = '', answer]) => {
    const parameters = [...rest.matchAll(/^ +[?&] (\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]);
    const query = new URLSearchParams(parameters as [string, string][]).toString();
    const path = query === '' ? address : `${address}?${query}`;
    return {
      method,
      path,
      status: Number(status),
      body: parameters.length > 0 ? undefined : rest.trim() || undefined,
      answer,
    };
  });
}

eachDatabase((database) => {
  let app: TestApp;
  before(async () => {
    app = await startApp({ database: await database.createUrl() });
  });

  it('every request of the guide to records does what the guide says', async () => {
    const { token } = await app.signUp();
    const examples = examplesIn(guide);
    assert.ok(examples.length >= 12);
    const ids: Record<string, string> = {};
    for (const { method, path, status, body, answer } of examples) {
      const filled = (text: string) =>
        text.replaceAll(/\{(task|project)\}/g, (_, name: string) => ids[name] ?? '');
      const sent = body === undefined ? { token } : { token, body: JSON.parse(filled(body)) as unknown };
      const received = await app.send(method, filled(path), sent);
      assert.equal(received.status, status, `${method} ${path}: ${JSON.stringify(received.body)}`);
      const created = status === 201 ? /^\/v1\/(\w+)s$/.exec(path)?.[1] : undefined;
      if (created !== undefined) ids[created] = received.body.id as string;
      for (const [name, value] of Object.entries(answer === undefined ? {} : (JSON.parse(answer) as object)))
        assert.deepEqual(received.body[name], value, `${method} ${path}: ${name}`);
    }
  });

  it('answers with ETag, Location and the link to the next page', async () => {
    const { token } = await app.signUp();
    const created = await app.send('POST', '/v1/tasks', { token, body: { title: 'one' } });
    assert.deepEqual([created.status, created.headers.etag], [201, '"1"']);
    const location = created.headers.location as string;
    assert.deepEqual((await app.send('GET', location, { token })).body, created.body);
    const patched = await app.send('PATCH', location, { token, body: { title: 'two' } });
    assert.equal(patched.headers.etag, '"2"');
    await app.send('POST', '/v1/tasks', { token, body: { title: 'three' } });
    const page = await app.send('GET', '/v1/tasks?limit=1&sort=-title', { token });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(page.headers.link as string) ?? [];
    const second = await app.send<{ data: { title: string }[]; page: { next: unknown } }>('GET', next, {
      token,
    });
    assert.deepEqual([second.body.data[0]?.title, second.body.page.next], ['three', null]);
    assert.equal((await app.send('DELETE', location, { token })).status, 204);
    assert.equal((await app.send('GET', location, { token })).status, 404);
  });
});
