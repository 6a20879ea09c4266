import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quota } from '#config/setting-types.ts';

const read = (text: string) => quota.read(text, '/');

describe('a quota as it is written in a setting', () => {
  it('is a number and a window', () => {
    assert.deepEqual(read('600/1m'), { quota: 600, windowMs: 60_000 });
    assert.deepEqual(read('1/1s'), { quota: 1, windowMs: 1_000 });
    assert.deepEqual(read('1000000/24h'), { quota: 1_000_000, windowMs: 86_400_000 });
    assert.deepEqual(read('10/1d'), { quota: 10, windowMs: 86_400_000 });
  });

  it('is nothing else', () => {
    const wrong = ['', '600', '600/m', '0/1m', '600/0m', '-1/1m', '1.5/1m', '600/1w', '600 / 1m', '600/1m '];
    for (const text of [...wrong, '1000001/1m', '1/25h', '1/2d', '1/99999999s', '0600/1m', '600/1M']) {
      assert.equal(read(text), undefined, text);
    }
  });
});
