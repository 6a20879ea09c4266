import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { normaliseEmail } from '#domain/access/email.ts';

suite('the normal form of an email address', () => {
  for (const [written, form] of [
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace@Example.COM \n', 'ada.lovelace@example.com'],
    ['ada+tag@example.com', 'ada+tag@example.com'],
    ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['ada@münchen.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@MU\u0308NCHEN.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@xn--mnchen-3ya.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@例え.jp', 'ada@xn--r8jz45g.jp'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ] as const) {
    test(`of ${JSON.stringify(written)} is ${form}`, () => {
      assert.equal(normaliseEmail(written), form);
    });
  }

  for (const text of [
    '',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada@localhost',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@[::1]',
    'ada@-example.com',
    'ada@example..com',
    'ada@exa_mple.com',
    'ada@example.com.',
    'ada.@example.com',
    '.ada@example.com',
    'a..da@example.com',
    'a da@example.com',
    'ada@@example.com',
    'ada\0@example.com',
    'ada\r\nBcc: x@example.com',
    '"ada"@example.com',
    'Ada <ada@example.com>',
    'адам@example.com',
    'ada\ud800@example.com',
    'ada@example.com/path',
    'ada@example.com?query',
    'ada@example.com:25',
    'ada@ex%61mple.com',
    'ada@ex\tample.com',
    'ada@example.com\\x',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a.'.repeat(124)}example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `${'a'.repeat(10_000_000)}@example.com`,
  ]) {
    test(`does not exist for ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(normaliseEmail(text), null);
    });
  }

  test('is its own normal form, whatever was written', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.stringMatching(/^[A-Za-zİÅéß.+-]{1,6}$/),
    );
    fc.assert(
      fc.property(parts, parts, (before, after) => {
        const form = normaliseEmail(`${before}@${after}.Example`);
        if (form !== null) assert.equal(normaliseEmail(form), form);
      }),
      { numRuns: 2_000 },
    );
  });
});
