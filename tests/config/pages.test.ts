import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { format } from 'prettier';
import { settingNames } from '#config/index.ts';
import { envExample, settingsPage } from './pages.ts';

const root = join(import.meta.dirname, '../..');

/** `UPDATE_PAGES=1 node --test tests/config/pages.test.ts` writes the pages anew. */
function sameAs(file: string, expected: string): void {
  if (process.env.UPDATE_PAGES) writeFileSync(join(root, file), expected);
  assert.equal(readFileSync(join(root, file), 'utf8'), expected);
}

describe('the pages about settings', () => {
  test('.env.example has every setting with its default and meaning, and nothing else', () => {
    sameAs('.env.example', envExample());
    const named = readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^#?([A-Z_]+)=/gm);
    assert.deepEqual([...named].map(([, name]) => String(name)).toSorted(), [...settingNames].toSorted());
  });

  test('docs/settings.md says the same as the table', async () => {
    sameAs('docs/settings.md', await format(settingsPage(), { parser: 'markdown', printWidth: 110 }));
  });
});
