import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHmacSha256 } from '#domain/hmac.ts';

/** RFC 4231, section 4: those of its cases whose data is text. */
const cases = [
  {
    name: '4.2',
    key: Buffer.alloc(20, 0x0b),
    text: 'Hi There',
    hmac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    name: '4.3, a short key',
    key: Buffer.from('Jefe'),
    text: 'what do ya want for nothing?',
    hmac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    name: '4.7, a key longer than a block',
    key: Buffer.alloc(131, 0xaa),
    text: 'Test Using Larger Than Block-Size Key - Hash Key First',
    hmac: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  },
];

for (const { name, key, text, hmac } of cases) {
  test(`HMAC-SHA256 gives what RFC 4231 gives in ${name}`, () => {
    assert.equal(createHmacSha256(key)(text).toString('hex'), hmac);
  });
}

test('HMAC-SHA256 is what createHmac gives, for every key and text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 140 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      (key, text) => {
        const expected = createHmac('sha256', key).update(text).digest('hex');
        assert.equal(createHmacSha256(key)(text).toString('hex'), expected);
      },
    ),
    { numRuns: 500 },
  );
});
