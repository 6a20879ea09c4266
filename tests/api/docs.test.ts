import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { catalogue, type ErrorCode } from '#domain/errors/catalogue.ts';
import { startApp } from '../support/plinth/app.ts';
import { assertProblem } from '../support/problems.ts';
import { standInServer } from '../support/plinth/stand-ins.ts';

describe('pages', () => {
  test('there is one for each error, in HTML and in JSON', async () => {
    const server = standInServer();
    for (const code of Object.keys(catalogue) as ErrorCode[]) {
      const page = await server.inject({
        url: `/errors/${code}`,
        headers: { accept: 'text/html,*/*;q=0.8' },
      });
      assert.equal(page.statusCode, 200);
      assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
      assert.match(page.body, new RegExp(`<title>${code} · Plinth</title>`));
      assert.doesNotMatch(page.body, /`|<script/);
      const json = await server.inject({ url: `/errors/${code}`, headers: { accept: 'application/json' } });
      assert.deepEqual(json.json(), { code, ...catalogue[code] });
      assert.equal(json.headers.vary, 'Accept');
    }
  });

  test('HTML is for those who do not say, and for curl', async () => {
    const server = standInServer();
    for (const accept of [undefined, '*/*', 'text/html']) {
      const answer = await server.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
      assert.match(answer.body, /^<!doctype html>/);
      assert.match(answer.body, /href="\/docs"/);
    }
    const json = await server.inject({
      url: '/',
      headers: { accept: 'application/json;q=0.9, text/html;q=0.1' },
    });
    assert.deepEqual(json.json(), { name: 'plinth', docs: '/docs', openapi: '/openapi.json' });
  });
});

describe('the viewer behind /docs', () => {
  test('is compressed, kept for ever under a name of its own, and plain for those without gzip', async () => {
    const server = standInServer();
    const [, name = ''] =
      /src="(\/docs\/viewer-[0-9a-f]{16}\.js)"/.exec((await server.inject('/docs')).body) ?? [];
    const zipped = await server.inject({ url: name, headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.equal(zipped.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(zipped.headers.vary, 'Accept-Encoding');
    assert.ok(zipped.rawPayload.length < 2_000_000);
    for (const encoding of ['identity', 'gzip;q=0', 'br']) {
      const plain = await server.inject({ url: name, headers: { 'accept-encoding': encoding } });
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.equal(plain.body, gunzipSync(zipped.rawPayload).toString());
    }
    assertProblem(await server.inject('/docs/viewer-0000000000000000.js'), 'not_found');
  });

  test('shows the title and an operation, and asks no other host for anything', async (t) => {
    const app = await startApp();
    const { page, requested, complaints } = await openBrowser(t);
    await page.goto(`${app.url}/docs`);
    await page.getByRole('heading', { name: 'Plinth', exact: true }).waitFor();
    assert.equal(await page.title(), 'Plinth API reference');
    await assertPainted(page);

    await page.goto(`${app.url}/docs#tag/tasks/POST/v1/tasks`);
    const operation = page.getByRole('heading', { name: 'Create a record' }).first();
    await operation.waitFor();
    await page.getByText('TasksCreate').first().waitFor();
    await page.getByText('The record that was created').first().waitFor();
    await assertPainted(page);

    assert.deepEqual(
      requested.filter((url) => new URL(url).origin !== app.url && !/^(data|blob):/.test(url)),
      [],
    );
    assert.ok(requested.includes(`${app.url}/openapi.json`));
    assert.deepEqual(complaints, []);
  });
});

/** A blank page compresses to a few kB. */
async function assertPainted(page: Page): Promise<void> {
  assert.ok((await page.screenshot()).length > 20_000, 'the page is blank');
}

const browserPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
];

async function openBrowser(t: { after(work: () => Promise<void>): void }) {
  const executablePath = browserPaths.find((path) => existsSync(path));
  if (executablePath === undefined) {
    assert.fail('This test needs Chromium: apt-get install chromium');
  }
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ];
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', ...quiet],
  });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(45_000);
  const requested: string[] = [];
  /** Among them every refusal of the content security policy. */
  const complaints: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, requested, complaints };
}
