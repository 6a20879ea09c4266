import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { FormatName } from '#services/transfer/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openTransfer } from './fixture.ts';

const definition: CollectionDefinition = {
  name: 'prices',
  properties: {
    code: { type: 'string', format: 'decimal', scale: 0, unique: true },
    price: { type: 'string', format: 'decimal', scale: 2, maximum: '99999999999999999999.99' },
  },
};

const exact = '12345678901234567890.12';

const files: Readonly<Record<FormatName, string>> = {
  csv: `code,price\r\n9007199254740993,${exact}\r\n2,+1.5\r\n3,-.5\r\n4,\r\n`,
  ndjson: `{"code":9007199254740993,"price":${exact}}\n{"code":2,"price":1.5}\n{"code":"3","price":-5e-1}\n{"code":4}\n`,
  json: `[{"code":9007199254740993,"price":${exact}},{"code":2,"price":"1.5"},{"code":3,"price":-0.50},{"code":4,"price":null}]`,
};

eachDatabase((database) => {
  for (const [format, text] of Object.entries(files) as [FormatName, string][]) {
    test(`a ${format} file brings decimals digit by digit, and a second time changes nothing`, async () => {
      const fixture = await openTransfer(database, [definition]);
      const report = await fixture.importText('prices', text, { format });
      assert.deepEqual([report.created, report.errors], [4, []]);
      const values = (await fixture.list('prices')).map(({ code, price }) => [code, price]);
      assert.deepEqual(values, [
        ['9007199254740993', exact],
        ['2', '1.50'],
        ['3', '-0.50'],
        ['4', null],
      ]);
      const again = await fixture.importText('prices', text, { format, key: ['code'], onConflict: 'update' });
      assert.deepEqual([again.unchanged, again.errors], [4, []]);
    });
  }

  test('a value that does not fit is an error of its row', async () => {
    const fixture = await openTransfer(database, [definition]);
    const text = 'code,price\n1,1.005\n2,"1,50"\n3,100000000000000000000\n1.5,1\n';
    const { errors } = await fixture.importText('prices', text, { format: 'csv' });
    assert.deepEqual(
      errors.map(({ line, pointer, code }) => `${line} ${pointer} ${code}`),
      ['2 /price scale', '3 /price format', '4 /price maximum', '5 /code scale'],
    );
  });
});
