import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { formatNames, type FormatName } from '#services/transfer/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openTransfer, type TransferFixture } from './fixture.ts';

const definition: CollectionDefinition = {
  name: 'things',
  properties: {
    text: { type: 'string' },
    count: { type: 'integer', default: 7 },
    size: { type: 'number' },
    price: { type: 'string', format: 'decimal', scale: 2 },
    on: { type: 'boolean' },
    day: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'date-time' },
    any: {},
    inner: { type: 'string', private: true },
    key: { type: 'string', writeOnly: true },
  },
};

const rows = [
  {
    text: '',
    count: null,
    size: 1e21,
    price: '-0.5',
    on: false,
    day: '2026-01-31',
    any: 'text',
    inner: 'i',
    key: 'k',
  },
  {
    text: 'a,"b"\r\nc',
    count: 9007199254740991,
    size: -0.1,
    price: '12345678901234567890.12',
    on: true,
    at: '2026-01-31T10:00:00.123Z',
    any: { b: [1, null] },
  },
  { text: ' =1+1 ', any: null },
];

eachDatabase((database) => {
  describe('an export', () => {
    let source: TransferFixture;
    const textOf = async (from: TransferFixture, format: FormatName) => {
      let text = '';
      for await (const part of from.transfer.export({ collection: 'things', format })) text += part;
      return text;
    };

    before(async () => {
      source = await openTransfer(database, [definition]);
      const text = rows.map((row) => JSON.stringify(row)).join('\n');
      assert.equal((await source.importText('things', text, { format: 'ndjson' })).created, 3);
    });

    for (const format of formatNames) {
      test(`as ${format} can be imported again, and gives the same records`, async () => {
        const copy = await openTransfer(database, [definition]);
        const report = await copy.importText('things', await textOf(source, format), { format });
        assert.deepEqual([report.created, report.errors], [3, []]);
        const withoutTimes = (all: Record<string, unknown>[]) =>
          all.map(({ createdAt: _created, updatedAt: _updated, ...rest }) => rest);
        assert.deepEqual(withoutTimes(await copy.list('things')), withoutTimes(await source.list('things')));
      });
    }

    test('has private properties and leaves out what nobody may read', async () => {
      const [first] = (await textOf(source, 'ndjson')).split('\n');
      assert.deepEqual(Object.keys(JSON.parse(first as string) as object), [
        'id', 'createdAt', 'updatedAt', 'version', 'text', 'count', 'size', 'price', 'on', 'day', 'at', 'any', 'inner',
      ]); // prettier-ignore
    });

    test('of nothing is an empty file of its format', async () => {
      const empty = await openTransfer(database, [definition]);
      assert.deepEqual(JSON.parse(await textOf(empty, 'json')), []);
      assert.equal(await textOf(empty, 'ndjson'), '');
      assert.match(await textOf(empty, 'csv'), /^id,createdAt,updatedAt,version,text,[a-z,]+\r\n$/);
      const unknown = empty.transfer.export({ collection: 'thing', format: 'csv' });
      await assert.rejects(unknown.next(), /Did you mean things\?/);
    });
  });
});
