import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressBlock } from '#domain/access/address-block.ts';

describe('whom an address stands for', () => {
  const blocks: readonly (readonly [string, string | null])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['', null],
    ['unknown', null],
    ['192.0.2.1:4711', null],
    ['192.0.2.256', null],
    ['192.0.2.01', null],
    ['[2001:db8::1]', null],
  ];
  for (const [address, block] of blocks) {
    test(`${address === '' ? 'nothing' : address} is ${block ?? 'no address'}`, () => {
      assert.equal(addressBlock(address), block);
    });
  }
});
